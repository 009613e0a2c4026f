"""What a run loads: nothing while nobody asks, and no rules while there is nothing to find."""

from __future__ import annotations

SAY_WHAT_IS_LOADED = """
    import sys


    def pytest_unconfigure():
        loaded = sorted(name for name in sys.modules if name.startswith("querylens"))
        print("\\nloaded:", *loaded)
"""
CLEAN = """
    @pytest.mark.django_db
    def test_fixed(client):
        populate(1)
        client.get("/fixed/")


    def test_without_queries():
        assert True
"""
AS_FOUND = """
    @pytest.mark.django_db
    def test_as_found(client):
        populate(4)
        client.get("/as-found/")
"""
UNNEEDED = ("rules", "rewrite", "testing", "traces", "reporters", "engine", "explain")


def loaded_by(project, text, *arguments):
    project.write("conftest.py", SAY_WHAT_IS_LOADED)
    project.test(text)
    result = project.run("-s", *arguments)
    [line] = [line for line in result.stdout.lines if line.startswith("loaded: ")]
    return line.split()[1:]


def test_nothing_but_the_plugin_while_nobody_asks(project):
    assert loaded_by(project, AS_FOUND) == [
        "querylens",
        "querylens.errors",
        "querylens.framework",
        "querylens.pytest_plugin",
        "querylens.pytest_plugin.options",
    ]


def test_no_rules_where_nothing_can_be_found(project):
    loaded = loaded_by(project, CLEAN, "--querylens")

    assert "querylens.django.hooks" in loaded
    assert {name.split(".")[1] for name in loaded[1:]}.isdisjoint(UNNEEDED)


def test_rules_for_the_first_test_that_may_hold_something(project):
    loaded = loaded_by(project, AS_FOUND, "--querylens")

    assert {"querylens.rules", "querylens.rewrite"} <= set(loaded)
    assert "querylens.traces" not in loaded
