"""What is told of recorded traces by the one that stands for them, and by comments in source."""

from __future__ import annotations

import pytest

from querylens.audit import audit, processes
from querylens.config import Config
from querylens.model import Cause, Place, Query, Trace
from tests.audit.conftest import write_recording

AUTHOR = 'SELECT "a"."name" FROM "a" WHERE "a"."id" = %s'
CAUSE = Cause("forward", "attribute", "shop.Author", "shop.Book.author", "author", True)


def at(line, file="views.py"):
    return Place(file, line, line, "listing", f"line {line}", column=4, end_column=9)


def page(name, line, values, *, loop=2, origin=1, kind="request", loops_in="views.py"):
    """A page that asks for authors at a line, for the rows of a queryset."""
    made = Trace(name, kind)
    made.records.extend(
        Query(
            AUTHOR,
            (value,),
            "default",
            "sqlite",
            started_ns=number,
            duration_ns=5,
            cause=CAUSE,
            call_site=at(line),
            loop=at(loop, loops_in),
            origin=at(origin),
            scope="request",
            row=value,
            # What is asked for again is asked for elsewhere.
            stack=line if len(set(values)) > 1 else number,
        )
        for number, value in enumerate(values)
    )
    return made


def test_querysets_and_loops_of_one_access_are_told_by_themselves(tmp_path):
    """Each has a fix of its own, and a page that repeats one less is not forgotten."""
    path = write_recording(
        tmp_path / "recorded.jsonl",
        page("GET /a/", 9, range(8), origin=21),
        page("GET /b/", 9, range(5), origin=22),
        page("GET /c/", 9, range(3), origin=22, loop=7),
        page("GET /d/", 9, range(4), origin=22),
    )

    findings = audit([str(path)], Config(root=tmp_path)).report.findings

    told = [(each.origin.line, each.loop.line, each.count, each.scopes) for each in findings]
    assert told == [(22, 2, 5, 2), (21, 2, 8, 1), (22, 7, 3, 1)]


def test_loops_of_test_code_are_no_findings(tmp_path):
    """As the pytest plugin has it, whose recordings these are."""
    path = write_recording(
        tmp_path / "recorded.jsonl",
        page("test_a.py::test_a", 9, range(8), kind="test", loops_in="shop/tests/test_a.py"),
        page("test_a.py::test_b", 12, range(3), kind="test"),
        page("GET /a/", 15, range(4), loops_in="shop/tests/test_a.py"),
    )

    findings = audit([str(path)], Config(root=tmp_path)).report.findings

    assert [each.call_site.line for each in findings] == [15, 12]


@pytest.fixture
def source(tmp_path):
    """The lines of `views.py`: what stands at some of them, and nothing at the others."""

    def write(**comments):
        lines = {int(name.removeprefix("line_")): text for name, text in comments.items()}
        text = "\n".join(f"get()  {lines.get(number, '')}" for number in range(1, 40))
        (tmp_path / "views.py").write_text(text)

    return write


SAME, DIFFERENT = [1, 1, 1], [1, 2, 3]


@pytest.mark.parametrize("others", [SAME, DIFFERENT])
@pytest.mark.parametrize("silenced", [SAME, DIFFERENT])
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_comment_that_one_trace_needs_is_not_needless(tmp_path, source, jobs, silenced, others):
    source(line_9="# querylens: ignore  on purpose")
    paths = [
        write_recording(tmp_path / "1.jsonl", page("GET /a/", 9, silenced)),
        write_recording(tmp_path / "2.jsonl", page("GET /b/", 9, [1]), page("GET /c/", 12, others)),
    ]

    with processes(jobs) as pool:
        report = audit(
            list(map(str, paths)), Config(root=tmp_path), executor=pool, workers=jobs
        ).report

    assert [each.reason for each in report.suppressed] == ["on purpose"]
    assert len(report.findings) == 1
    assert report.remarks == ()


def test_needless_comments_are_told_where_queries_were_seen(tmp_path, source):
    """Elsewhere nobody knows: what would need them was not recorded."""
    source(
        line_5="# querylens: ignore[QL104]",
        line_9="# querylens: ignore[QL104]",
        line_21="# querylens: ignore[QL999]",
        line_30="# querylens: ignore",
    )
    path = write_recording(tmp_path / "recorded.jsonl", page("GET /a/", 9, DIFFERENT, origin=21))

    report = audit([str(path)], Config(root=tmp_path)).report

    assert report.remarks == (
        "views.py:21: querylens: ignore[QL999] names no rule; did you mean QL901?",
        "views.py:9: querylens: ignore[QL104] suppresses nothing",
    )
