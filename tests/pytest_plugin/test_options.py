"""The options of a run: failing for findings, the summary, reports, the baseline, recording."""

from __future__ import annotations

import json
import re
from importlib.metadata import entry_points
from xml.etree import ElementTree

import pytest

from querylens.traces import read_traces
from tests.pytest_plugin.conftest import UNRELATED

SHOP = """
    pytestmark = pytest.mark.django_db


    @pytest.fixture(autouse=True)
    def rows(db):
        populate(4)

    def test_as_found(client):
        client.get("/as-found/")

    @pytest.mark.parametrize("turn", range(5))
    def test_as_found_again(client, turn):
        client.get("/as-found/")

    def test_fixed(client):
        client.get("/fixed/")

    def test_titles(client):
        client.get("/titles/")
"""


@pytest.fixture
def shop(project):
    project.test(SHOP)
    return project


def test_without_an_option_nothing_is_said(shop):
    result = shop.run()

    result.assert_outcomes(passed=8)
    said = [line for line in result.stdout.lines if "querylens" in line]
    assert all(line.startswith("plugins: ") for line in said)


def test_beside_the_other_plugins_that_are_installed(shop):
    installed = {plugin.name for plugin in entry_points(group="pytest11")}

    result = shop.run(*(f"-p{name}" for name in UNRELATED if name in installed))

    result.assert_outcomes(passed=8)


def test_fail_on(shop):
    result = shop.run("--querylens-fail-on=QL101")

    result.assert_outcomes(passed=2, failed=6)
    text = result.stdout.str()
    assert "1 N+1 found: 4 queries could go" in text
    assert '.select_related("author")' in text


@pytest.mark.parametrize("words", ["n-plus-one", "any", "QL1", "QL101,aggregate-in-loop"])
def test_fail_on_words(shop, words):
    shop.run("-k", "as_found or titles", f"--querylens-fail-on={words}").assert_outcomes(
        failed=7, deselected=1
    )


def test_fail_on_duplicated_only(shop):
    shop.run("--querylens-fail-on=duplicated").assert_outcomes(passed=8)


def test_the_summary_names_each_place_once(shop):
    (shop.path / "CODEOWNERS").write_text("shop/ @the-shop\n")

    text = shop.run("--querylens").stdout.str()

    shown = text.split(" querylens ")[-1]
    assert shown.count("QL101") == 1
    assert "in 6 tests" in shown
    assert "24 could go" in shown
    assert "@the-shop" in shown
    assert "shop/views.py:7" in shown
    assert "8 tests sent" in shown
    assert all(len(line) <= 100 for line in shown.splitlines())


def test_options_may_stand_in_the_ini_file(shop):
    ini = shop.path / "pytest.ini"
    ini.write_text(ini.read_text() + "querylens_fail_on = QL101\nquerylens = true\n")

    result = shop.run()

    result.assert_outcomes(passed=2, failed=6)
    assert "8 tests sent" in result.stdout.str()


def test_only_a_folder(shop):
    shop.run("--querylens-fail-on=any", "--querylens-only=elsewhere").assert_outcomes(passed=8)
    shop.run("--querylens-fail-on=QL101", "--querylens-only=shop").assert_outcomes(
        passed=2, failed=6
    )


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("--querylens-fail-on=n-plus-two", "'n-plus-two' names no rule. Did you mean 'n-plus-one'"),
        ("--querylens-report=x.txt", "'x.txt' has no known ending. Allowed: .json"),
        ("--querylens-update-baseline", "which file? Add --querylens-baseline=FILE"),
        ("--querylens-baseline=missing.txt", "missing.txt"),
    ],
)
def test_a_wrong_option_is_one_clear_error(shop, option, complaint):
    result = shop.run(option)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    errors = [line for line in result.stderr.str().splitlines() if line.startswith("ERROR")]
    assert len(errors) == 1
    assert complaint in errors[0]


def test_wrong_configuration_is_one_clear_error(shop):
    shop.write("pyproject.toml", "[tool.querylens]\nthreshhold = 3\n")

    result = shop.run("--querylens")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "unknown setting 'threshhold'. Did you mean 'threshold'" in result.stderr.str()


def test_reports(shop):
    names = ["out/a.json", "a.sarif", "a.md", "a.html", "a.xml"]

    shop.run(*(f"--querylens-report={name}" for name in names)).assert_outcomes(passed=8)

    document = json.loads((shop.path / "out/a.json").read_text())
    assert [finding["code"] for finding in document["findings"]] == ["QL101", "QL105"]
    assert document["summary"]["traces"] == 8
    sarif = json.loads((shop.path / "a.sarif").read_text())
    assert {item["ruleId"] for item in sarif["runs"][0]["results"]} == {"QL101", "QL105"}
    assert len(list(ElementTree.parse(shop.path / "a.xml").iter("testcase"))) == 2
    assert "QL101" in (shop.path / "a.md").read_text()
    assert "QL101" in (shop.path / "a.html").read_text()


def test_a_report_that_cannot_be_written_costs_no_test(shop):
    (shop.path / "taken").write_text("a file, not a folder")

    result = shop.run("--querylens-report=taken/a.json")

    result.assert_outcomes(passed=8)
    assert "taken/a.json could not be written" in result.stdout.str()


def test_workers_find_the_same(shop):
    alone = shop.run("--querylens-report=alone.json", "--querylens")
    together = shop.run("--querylens-report=together.json", "--querylens", "-n", "2")

    alone.assert_outcomes(passed=8)
    together.assert_outcomes(passed=8)
    texts = [(shop.path / name).read_text() for name in ("alone.json", "together.json")]
    assert "QL101" in texts[0]
    assert without_times(texts[0]) == without_times(texts[1])


def without_times(text):
    return re.sub(r'"duration_ms": [\d.]+', "", text)


def test_what_a_dying_worker_found_stays(project):
    project.write(
        "tests/conftest.py",
        """
        from pathlib import Path


        def pytest_runtest_logreport(report):
            # Where results are collected: not in the worker.
            if report.when == "teardown" and "PYTEST_XDIST_WORKER" not in os.environ:
                Path("arrived").touch()


        import os
        """,
    )
    project.test(
        """
        import os
        import time
        from pathlib import Path

        pytestmark = pytest.mark.django_db


        def test_1(client):
            populate(4)
            client.get("/as-found/")

        def test_2():
            deadline = time.monotonic() + 60
            while not Path("arrived").exists() and time.monotonic() < deadline:
                pass
            os._exit(3)
        """
    )

    result = project.run("--querylens", "-n", "1", "--max-worker-restart=0")

    assert "QL101" in result.stdout.str().split(" querylens ")[-1]


def test_what_was_found_before_a_stop_stays(project):
    project.test(
        """
        pytestmark = pytest.mark.django_db


        def test_1(client):
            populate(4)
            client.get("/as-found/")

        def test_2():
            assert 0

        def test_3():
            pass
        """
    )

    result = project.run("--querylens", "--querylens-record=traces", "-x")

    result.assert_outcomes(passed=1, failed=1)
    assert "QL101" in result.stdout.str().split(" querylens ")[-1]
    assert len(list(read_traces(project.path / "traces"))) == 2


def test_the_trace_of_each_test_is_recorded(shop):
    shop.run("--querylens-record=traces", "-n", "2").assert_outcomes(passed=8)

    files = list((shop.path / "traces").iterdir())
    traces = {trace.name: trace for trace in read_traces(shop.path / "traces")}
    assert len(files) == 2
    assert len(traces) == 8
    assert len(traces["tests/test_shop.py::test_as_found"]) == 5
    # Nor does a file hold what was asked for.
    assert not any("author 1" in file.read_text() for file in files)


def test_reruns_count_once(project):
    pytest.importorskip("pytest_rerunfailures")
    project.test(
        """
        pytestmark = pytest.mark.django_db
        turns = []


        def test_1(client):
            populate(4)
            client.get("/as-found/")
            turns.append(1)
            assert len(turns) == 3
        """
    )

    result = project.run("--querylens", "--reruns=3")

    assert "in 1 test," in result.stdout.str()
    assert "1 test sent" in result.stdout.str()


class TestBaseline:
    def test_known_findings_fail_nothing_and_new_ones_do(self, shop):
        shop.run(
            "-k", "titles", "--querylens-baseline=known.txt", "--querylens-update-baseline"
        ).assert_outcomes(passed=1, deselected=7)

        result = shop.run("--querylens-baseline=known.txt", "--querylens-fail-on=any")

        result.assert_outcomes(passed=2, failed=6)

    def test_an_old_project_adopts_it_in_one_run(self, shop):
        shop.run(
            "--querylens-baseline=known.txt",
            "--querylens-update-baseline",
            "--querylens-fail-on=any",
        ).assert_outcomes(passed=8)

        text = (shop.path / "known.txt").read_text()
        assert "shop.Book.author" in text
        shop.run("--querylens-baseline=known.txt", "--querylens-fail-on=any").assert_outcomes(
            passed=8
        )

    @pytest.mark.parametrize(
        "narrowed",
        [
            ["-k", "fixed"],
            ["tests/test_shop.py::test_fixed"],
            ["-n", "2", "-k", "fixed"],
            ["--deselect", "tests/test_shop.py::test_titles"],
        ],
    )
    def test_a_part_of_the_tests_removes_nothing(self, shop, narrowed):
        update = ["--querylens-baseline=known.txt", "--querylens-update-baseline"]
        shop.run(*update)
        before = (shop.path / "known.txt").read_text()

        result = shop.run(*update, *narrowed)

        assert (shop.path / "known.txt").read_text() == before
        assert "nothing was removed" in result.stdout.str()

    def test_a_run_that_stopped_removes_nothing(self, shop):
        update = ["--querylens-baseline=known.txt", "--querylens-update-baseline"]
        shop.run(*update)
        before = (shop.path / "known.txt").read_text()
        shop.test("def test_a():\n    assert 0\n", "tests/test_a.py")

        shop.run(*update, "-x")

        assert (shop.path / "known.txt").read_text() == before

    def test_an_interrupted_run_removes_nothing(self, shop):
        update = ["--querylens-baseline=known.txt", "--querylens-update-baseline"]
        shop.run(*update)
        before = (shop.path / "known.txt").read_text()
        shop.test("def test_a():\n    raise KeyboardInterrupt\n", "tests/test_a.py")

        result = shop.run(*update)

        assert result.ret == pytest.ExitCode.INTERRUPTED
        assert (shop.path / "known.txt").read_text() == before

    def test_a_run_from_a_folder_inside_removes_nothing(self, shop, monkeypatch):
        update = [f"--querylens-baseline={shop.path}/known.txt", "--querylens-update-baseline"]
        shop.run(*update)
        before = (shop.path / "known.txt").read_text()
        (shop.path / "tests" / "others").mkdir()
        shop.write("tests/others/test_b.py", "def test_b():\n    pass\n")
        monkeypatch.chdir(shop.path / "tests" / "others")

        result = shop.run(*update)

        assert (shop.path / "known.txt").read_text() == before
        assert "only the tests below others were asked for" in result.stdout.str()

    def test_entries_that_are_gone_are_listed_then_removed(self, shop):
        known = ["--querylens-baseline=known.txt", "--querylens-fail-on=any"]
        shop.run("--querylens-baseline=known.txt", "--querylens-update-baseline")
        views = shop.path / "shop/views.py"
        views.write_text(views.read_text().replace('.order_by("pk")', '.select_related("author")'))

        listed = shop.run(*known).stdout.str()
        shop.run(*known, "--querylens-update-baseline").assert_outcomes(passed=8)

        assert "1 of 2 entries no longer occur" in listed
        assert "QL101 shop.Book.author" in listed
        assert "QL101" not in (shop.path / "known.txt").read_text()
        assert "QL105" in (shop.path / "known.txt").read_text()
