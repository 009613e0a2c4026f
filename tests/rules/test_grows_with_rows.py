"""QL502: what counts as growth, what it is called, and whose fix it takes."""

from __future__ import annotations

import pytest

from querylens.model import Cause
from querylens.rules.grows_with_rows import finding_behind, growth_findings, rate
from querylens.rules.lookup_in_loop import LookupInLoop
from tests.rules.traces import asked, trace

LOOKUP = Cause("lookup", "get", model="library.Book", fields=("pk",))


@pytest.mark.parametrize(
    ("fewer", "more"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([1, 2], [1, 2], id="as many"),
        pytest.param([1, 2, 3], [1, 2], id="fewer"),
    ],
)
def test_is_silent(fewer, more):
    assert growth_findings(asked(None, *fewer), asked(None, *more), 1) == []


@pytest.mark.parametrize("sql", ["BEGIN", 'SAVEPOINT "s1"'])
def test_transaction_statements_do_not_grow(sql):
    assert growth_findings([], asked(None, 1, 2, sql=sql), 1) == []


def test_another_request_is_no_growth():
    fewer, more = asked(None, 1, 2, scope="one"), asked(None, 1, 2, scope="other")

    assert growth_findings(fewer, more, 1) == []


def test_a_line_that_sent_more():
    [finding] = growth_findings(asked(None, 1, 2), asked(None, 1, 2, 3, 4), 2)

    assert finding.rule.code == "QL502"
    assert finding.message == "library_book: 2 → 4 (+1 a row)"
    assert (str(finding.call_site), finding.count, finding.saved) == ("shop/views.py:12", 4, 0)
    assert (finding.evidence, finding.fix.kind) == ("grows", "none")


def test_the_greatest_growth_comes_first():
    more = [*asked(None, 1, line=1), *asked(None, 1, 2, line=2)]

    found = growth_findings([], more, 1)

    assert [str(finding.call_site) for finding in found] == ["shop/views.py:2", "shop/views.py:1"]


@pytest.mark.parametrize(
    ("difference", "rows", "words"),
    [(1, 1, "+1 a row"), (3, 2, "+1.5 a row"), (1, 3, "+0.333 a row"), (-2, 1, "-2 a row")],
)
def test_rate(difference, rows, words):
    assert rate(difference, rows) == words


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ('SELECT a FROM "book"', "book"),
        ("SELECT a FROM `book`", "book"),
        ("SELECT a FROM book, author", "BOOK"),
        ('SELECT a FROM "shop"."book" WHERE x = 1', "book"),
        ("SELECT a FROM shop.book", "BOOK"),
        ('INSERT INTO "book" ("a") VALUES (1)', "book"),
        ('UPDATE "book" SET a = 1', "book"),
        ('DELETE FROM "book"', "book"),
        ('SELECT a FROM "a book of mine"', "a book of mine"),
        ("SELECT 1", "SELECT ?"),
    ],
)
def test_table(sql, table):
    [finding] = growth_findings([], asked(None, 1, sql=sql), 1)

    assert finding.message == f"{table}: 0 → 1 (+1 a row)"


def test_a_finding_that_shares_no_query_is_not_behind_it():
    [known] = LookupInLoop().check(trace(*asked(LOOKUP, 1, 2, line=3)))
    [grown] = growth_findings([], asked(None, 1, line=9), 1, [known])

    assert finding_behind(grown, [known]) is None
    assert grown.fix.kind == "none"


def test_takes_the_fix_of_the_finding_behind_it():
    made = trace(*asked(LOOKUP, 1, 2))
    [known] = LookupInLoop().check(made)
    [grown] = growth_findings([], made, 1, [known])

    assert finding_behind(grown, [known]) is known
    assert (grown.fix, grown.saved) == (known.fix, known.saved)
