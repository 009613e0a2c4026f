"""The demo's own tests pass for the fixed page, and fail for the one as found, with its fixes."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.pytest_plugin.conftest import UNRELATED
from tests.test_readme import FENCE

ROOT = Path(__file__).parents[2]
TESTS = "demo_app/media/tests/test_pages.py"
RELATION = '.select_related("service")'
PROFILE = "request.user.profile"
LOOKUP = "Service.objects.filter(tmdb_provider_id__in=tmdb_provider_ids)"
INSERT = "StreamingOffer.objects.bulk_create(streaming_offers_to_create)"
FIXES = {
    "test_budget": ("7 queries allowed, 16 sent: 9 too many", [RELATION, PROFILE]),
    "test_no_n_plus_one": ("1 N+1 found: 8 queries could go", [RELATION]),
    "test_no_n_plus_one_when_offers_are_fetched_anew": (
        "3 N+1 found: 22 queries could go",
        [RELATION, LOOKUP, INSERT],
    ),
    "test_growth": (
        "queries grow with rows: 10 for 2 rows, 11 for 3 (+1 a row)",
        [RELATION],
    ),
    "test_growth_when_offers_are_fetched_anew": (
        "queries grow with rows: 16 for 2 rows, 19 for 3 (+3 a row)",
        [RELATION, LOOKUP, INSERT],
    ),
}
MISS = """
def test_miss(client, old_offers):
    client.get("/as-found/project-hail-mary/")
"""


@pytest.fixture
def demo(pytester, monkeypatch):
    """Runs the demo's tests in a copy of it, whose files are the project's own."""
    for name in list(os.environ):
        if name.startswith(("PYTEST_", "QUERYLENS_", "DJANGO_", "DEMO_", "COV_")):
            monkeypatch.delenv(name)
    # pytest does not shorten its lines there.
    monkeypatch.delenv("CI", raising=False)
    ignored = shutil.ignore_patterns("__pycache__", "*.sqlite3")
    shutil.copytree(ROOT / "demo_app", pytester.path / "demo_app", ignore=ignored)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(pytester.path), str(ROOT)]))
    monkeypatch.setenv("COLUMNS", "80")
    quiet = ("asyncio", "cacheprovider", "rerunfailures", *UNRELATED)
    fixed = [f"-pno:{name}" for name in quiet] + ["--ds=demo_app.settings", "demo_app"]

    def run(*arguments):
        return pytester.runpytest_subprocess(*fixed, *arguments)

    return run


@pytest.fixture
def as_found(pytester, demo):
    """Runs the same tests for the page as it was found."""
    module = pytester.path / TESTS
    module.write_text(module.read_text().replace('"/fixed/', '"/as-found/'))
    return demo


def test_the_fixed_page_passes(demo):
    demo().assert_outcomes(passed=5)


def test_the_page_as_found_fails_and_names_its_fixes(as_found):
    result = as_found("-rN")

    result.assert_outcomes(failed=5)
    _, *said = re.split(r"^_+ (test_\w+) _+\n", result.stdout.str(), flags=re.MULTILINE)
    messages = dict(zip(said[::2], said[1::2], strict=True))
    assert list(messages) == list(FIXES)
    for name, (verdict, fixes) in FIXES.items():
        message = messages[name]
        assert message.count(verdict) == 1
        assert [fix for fix in (RELATION, PROFILE, LOOKUP, INSERT) if fix in message] == fixes
        assert "demo_app/media/services/as_found.py:" in message


def test_the_verdict_is_the_first_line(as_found):
    lines = as_found("-rN", "-k", "test_budget").stdout.lines

    [head] = [number for number, line in enumerate(lines) if "_ test_budget _" in line]
    assert lines[head + 1] == "7 queries allowed, 16 sent: 9 too many"


def test_the_docs_show_it(as_found):
    text = (ROOT / "docs/how-to/prove-growth.md").read_text(encoding="utf-8")

    [shown] = [match["text"] for match in FENCE.finditer(text) if "9 too many" in match["text"]]
    assert shown in as_found("-rN", "-k", "test_budget").stdout.str()


def test_with_two_of_four_findings_in_the_baseline_only_the_other_two_fail(pytester, demo):
    (pytester.path / TESTS).write_text(MISS)
    baseline = pytester.path / "baseline.txt"
    demo("--querylens-baseline=baseline.txt", "--querylens-update-baseline")
    head, *blocks = baseline.read_text().split("\n\n")
    assert [block[:5] for block in blocks] == ["QL101", "QL104", "QL201", "QL302"]
    baseline.write_text("\n\n".join([head, blocks[0], blocks[3]]))

    result = demo("--querylens-fail-on=any", "--querylens-baseline=baseline.txt", "-rN")

    text = result.stdout.str()
    result.assert_outcomes(failed=1)
    assert "2 N+1 found: 14 queries could go" in text
    assert "8 queries → 1  QL104 lookup-in-loop" in text
    assert "8 queries → 1  QL201 insert-in-loop" in text
    assert "QL101" not in text
    assert "QL302" not in text
