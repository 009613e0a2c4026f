from __future__ import annotations

from dataclasses import replace

import pytest

from querylens.model import QueryGroup
from querylens.reporters._repeated import sample_values, short_statement


@pytest.mark.parametrize(
    ("params", "many", "shown"),
    [
        ((1,), False, ["1"]),
        ((1, "IT"), False, ["(1, 'IT')"]),
        ({"id": 1, "name": "x"}, False, ["(id=1, name='x')"]),
        ([(1, 2), (3, 4)], True, ["(1, 2)"]),
        ([7, 8], True, ["7"]),
        (tuple(range(9)), False, ["(0, 1, 2, 3, 4, …)"]),
        (("x" * 99,), False, ["'" + "x" * 30 + "…"]),
        ((b"\x00\xff",), False, ["b'\\x00\\xff'"]),
    ],
)
def test_values_are_short(page_report, params, many, shown):
    first = replace(page_report.findings[0].group.queries[0], params=params, many=many)

    assert sample_values(QueryGroup((first, first))) == shown


def test_likeness_counts_within_the_group(page_report):
    found = page_report.findings[0].group

    assert (found.similar, found.duplicated) == (8, 8)
    assert (found.most_similar, found.most_duplicated) == (8, 2)


@pytest.mark.parametrize(
    ("sql", "lines"),
    [
        ("", [""]),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT COUNT(*) AS n FROM a", ["SELECT COUNT(*) AS n FROM a"]),
        (
            f"select distinct {', '.join(f'a.b{number}' for number in range(20))} from a",
            ["select ••• from a"],
        ),
        (
            "SELECT a FROM b WHERE EXISTS(SELECT " + "c, " * 30 + "d FROM e)",
            ["SELECT a FROM b WHERE EXISTS(SELECT ••• FROM e)"],
        ),
        ("SELECT (SELECT " + "c, " * 30 + "d FROM e), f FROM g", ["SELECT ••• FROM g"]),
        ("SELECT 'it''s FROM', " + "c, " * 30 + "d FROM e", ["SELECT ••• FROM e"]),
        ("SELECT " + "c, " * 30 + "a IS DISTINCT FROM b FROM e", ["SELECT ••• FROM e"]),
        ("SELECT " + "c, " * 30 + "d", ["SELECT •••"]),
        (
            "SELECT a FROM b WHERE c IN (" + "%s, " * 999 + "%s)",
            ["SELECT a FROM b WHERE c IN (%s, …)"],
        ),
        (
            "INSERT INTO a (b, c) VALUES " + "(%s, %s), " * 99 + "(%s, %s)",
            ["INSERT INTO a (b, c) VALUES (%s, %s), …"],
        ),
        ("SELECT a\n\tFROM b -- c", ["SELECT a FROM b -- c"]),
    ],
)
def test_a_statement_is_short(sql, lines):
    assert short_statement(sql, 60) == lines


def test_a_long_statement_is_laid_out_by_clause():
    sql = "SELECT a FROM books INNER JOIN authors ON (x = y) WHERE a = %s AND b = %s LIMIT 21"

    assert short_statement(sql, 40) == [
        "SELECT a FROM books",
        "INNER JOIN authors ON (x = y)",
        "WHERE a = %s",
        "  AND b = %s",
        "LIMIT 21",
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT '" + "x" * 1_000_000 + "'",
        "SELECT " + "(" * 100_000,
        "(SELECT " * 5_000,
        "(" * 900 + "1" + ")" * 900,
        "/*" * 500_000,
        "SELECT a FROM b WHERE " + " OR ".join(f"c = {number}" for number in range(100_000)),
        "1, " * 300_000,
        "(%s), " * 200_000,
        "INSERT INTO a" + " (" * 300_000,
        " " * 1_000_000,
    ],
)
def test_a_long_statement_is_read_quickly_and_shown_in_few_lines(sql):
    lines = short_statement(sql, 80)

    assert len(lines) <= 10
    assert max(map(len, lines)) <= 80
