"""What a failure says: the verdict first, what explains it, and never a wall of SQL."""

from __future__ import annotations

import functools
import operator

import pytest

import querylens
from querylens.model import Cause, Report
from querylens.rules.too_many_queries import budget_finding, budget_verdict
from querylens.testing import budget_message, findings_message, n_plus_one_message
from tests.project.library.models import Tag
from tests.rules.traces import asked, trace
from tests.testing.rows import authors

TIMES = "\N{MULTIPLICATION SIGN}"
HOSTILE = "SELECT \x1b '\u202e' FROM \"a\nb\" WHERE x = 'secret'"


@pytest.mark.parametrize(
    ("sent", "allowed", "exact", "verdict"),
    [
        (16, 7, False, "7 queries allowed, 16 sent: 9 too many"),
        (2, 1, False, "1 query allowed, 2 sent: 1 too many"),
        (3, 0, False, "0 queries allowed, 3 sent: 3 too many"),
        (5, 7, True, "exactly 7 queries expected, 5 sent: 2 too few"),
        (0, 1, True, "exactly 1 query expected, 0 sent: 1 too few"),
        (9, 7, True, "exactly 7 queries expected, 9 sent: 2 too many"),
    ],
)
def test_verdict(sent, allowed, exact, verdict):
    assert budget_verdict(sent, allowed, exact) == verdict


@pytest.mark.parametrize(("allowed", "exact"), [(0, False), (1, False), (0, True)])
def test_a_budget_that_is_kept_is_no_finding(allowed, exact):
    assert budget_finding(querylens.Trace(), allowed, exact) is None


def test_budgets_of_two_tests_are_two_findings():
    one, other = querylens.Trace("test_one"), querylens.Trace("test_other")

    keys = {budget_finding(each, 3, exact=True).key for each in (one, other)}

    assert len(keys) == 2


def test_explains_by_findings(db, shop):
    authors(3)
    with querylens.capture() as captured:
        shop.lazy()

    assert budget_message(captured, 1, info="the page of authors").splitlines() == [
        "1 query allowed, 4 sent: 3 too many",
        "the page of authors",
        "",
        "3 queries → 0  QL101 lazy-forward-relation",
        "  library.Author.publisher is fetched for each of 3 rows",
        f"  access    shop/{shop.__name__}.py:9 in lazy",
        "            names.append(author.publisher.name)",
        f"  loop      shop/{shop.__name__}.py:8 in lazy",
        "            for author in Author.objects.using(using):",
        f"  fix: add at the end of shop/{shop.__name__}.py:8",
        '    .select_related("publisher")',
    ]


def test_paths_are_found_from_the_current_directory(db, shop, monkeypatch, tmp_path):
    authors(2)
    with querylens.capture() as captured:
        shop.lazy()
    captured.queries  # noqa: B018 - read while the project's root is the current directory
    monkeypatch.chdir(tmp_path / "shop")

    told = budget_message(captured, 0)
    assert f"  fix: add at the end of {shop.__name__}.py:8" in told.splitlines()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    told = budget_message(captured, 0)
    assert f"  fix: add at the end of {tmp_path}/shop/{shop.__name__}.py:8" in told.splitlines()


def test_without_a_finding_tells_the_largest_groups(db, project):
    module = project(
        """
        def read():
            list(Book.objects.select_related("author").filter(pages__gt=7))
            Tag.objects.count()
        """
    )
    with querylens.capture() as captured:
        module.read()

    lines = budget_message(captured, 0).splitlines()

    assert lines[2] == "most sent:"
    assert lines[3].startswith(f'  1{TIMES} SELECT ••• FROM "library_book" INNER JOIN')
    assert lines[4] == f"      at shop/{module.__name__}.py:7"
    assert lines[6] == f"      at shop/{module.__name__}.py:8"


def test_tells_five_groups_at_most():
    queries = [asked(None, 1, sql=f'SELECT 1 FROM "t{n}"', line=n) for n in range(7)]

    lines = budget_message(trace(*functools.reduce(operator.iadd, queries, [])), 0).splitlines()

    assert sum(TIMES in line for line in lines) == 5
    assert lines[-1] == "and 2 more places"


def test_tells_what_the_findings_leave_unexplained(db, shop):
    authors(2)
    with querylens.capture() as captured:
        shop.lazy()
        Tag.objects.count()

    lines = budget_message(captured, 0).splitlines()

    assert "also sent:" in lines
    assert f'  1{TIMES} SELECT COUNT(*) AS "__count" FROM "library_tag"' in lines


def test_too_few_tells_what_was_sent(db):
    with querylens.capture() as captured:
        Tag.objects.count()

    lines = budget_message(captured, 3, exact=True).splitlines()

    assert lines[0] == "exactly 3 queries expected, 1 sent: 2 too few"
    assert lines[2:4] == [
        "most sent:",
        f'  1{TIMES} SELECT COUNT(*) AS "__count" FROM "library_tag"',
    ]


def test_nothing_sent_is_the_verdict_alone():
    assert budget_message(querylens.Trace(), 1, exact=True) == (
        "exactly 1 query expected, 0 sent: 1 too few"
    )


def test_verbose_adds_the_queries_as_a_tree():
    captured = trace(*asked(None, 1, 2, line=3), *asked(None, 3, line=9))

    lines = budget_message(captured, 0, verbose=True).splitlines()

    start = lines.index("all queries:")
    assert lines[start + 1].startswith(
        f'  3{TIMES} 0.0 ms SELECT "library_book"."id" FROM "library_book"'
    )
    assert lines[start + 2 :] == [
        f"      2{TIMES} at shop/views.py:3",
        f"      1{TIMES} at shop/views.py:9",
    ]
    assert "all queries:" not in budget_message(captured, 0)


def test_what_could_not_be_seen_is_said():
    captured = trace(*asked(None, 1))
    captured.gaps.append("the cause and the place of some queries could not be read")

    told = budget_message(captured, 0)

    assert told.splitlines()[-1].startswith("not seen: the cause and the place of some")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_fits_its_width(db, rows, project, width):
    """All but paths and code to paste, which stay whole."""
    module = project(
        """
        def read():
            for book in Book.objects.all():
                names = [book.author.name, "and a line that is longer than any terminal is wide", 1]
                book.tags.count(), book.editor.publisher.name, names
        """
    )
    with querylens.capture() as captured:
        module.read()

    told = budget_message(captured, 0, verbose=True, width=width, info="why " * 40)

    wide = [line for line in told.splitlines() if len(line) > width]
    assert all("shop/" in line or line.startswith("    ") for line in wide)
    assert [line for line in wide if "terminal is wide" in line or "SELECT" in line] == []


def test_hostile_sql_is_written_out():
    told = budget_message(trace(*asked(None, 1, sql=HOSTILE)), 0, verbose=True)

    assert all(char.isprintable() or char == "\n" for char in told)
    assert "secret" not in told


def test_values_are_never_shown(db, project):
    module = project(
        """
        def read(*titles):
            return [Book.objects.filter(title=title).first() for title in titles]
        """
    )
    with querylens.capture() as captured:
        module.read("secret one", "secret two")

    assert "secret" not in budget_message(captured, 0, verbose=True)
    assert "secret" not in findings_message(querylens.check(captured), verbose=True)


def test_n_plus_one_counts_what_could_go(db, shop):
    authors(2)
    with querylens.capture() as captured:
        shop.lazy()
        Tag.objects.count()
        Tag.objects.count()
    report = querylens.check(captured)

    told = n_plus_one_message(report, info="the shop")

    assert told.startswith("1 N+1 found: 2 queries could go\nthe shop\n\n2 queries → 0  QL101")
    assert "QL301" not in told


def test_findings_of_all_kinds_are_counted_together(db, shop, project):
    authors(2)
    twice = project("def read():\n    return Tag.objects.count(), Tag.objects.count()")
    with querylens.capture() as captured:
        shop.lazy()
        twice.read()
    report = querylens.check(captured)

    assert findings_message(report).startswith("2 findings: 3 queries could go\n")
    assert findings_message(Report(report.findings[:1], ())).startswith("1 N+1 found: 2 queries")


def test_places_of_a_recording_are_told_as_they_were_written():
    cause = Cause("lookup", "get", model="library.Book", fields=("pk",))

    report = querylens.check(trace(*asked(cause, 1, 2)))

    assert "  access    shop/views.py:12 in listing" in findings_message(report).splitlines()
