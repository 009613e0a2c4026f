"""What the fast ways of reading a log tell is what the careful ones tell."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from querylens.audit import forms
from querylens.audit.forms import Forms
from tests.audit.conftest import text
from tests.test_sql_masks import VENDORS, values

#: `{}` stands for a value, and for any number of them `[]` (a list), `<>` (rows), `<WHEN>`.
TEMPLATES = (
    'SELECT "t"."a" FROM "t" WHERE "t"."id" = {} LIMIT 21',
    "SELECT a FROM t WHERE b IN ([]) AND c = {}",
    "SELECT a FROM t WHERE b IN ([]) OR c IN ([]) ORDER BY {}",
    "SELECT a FROM t WHERE b in ([]) AND c = ANY([])",
    "INSERT INTO t (a, b) VALUES <>",
    "INSERT INTO t (a, b) VALUES <> ON CONFLICT DO NOTHING",
    "INSERT INTO t5 (a, b) VALUES <> /*route='x'*/",
    'UPDATE "t" SET "a" = {}, "b" = {} WHERE "t"."c" = {}',
    "SELECT a FROM t WHERE b = $1 AND c IN ($2, {}) AND d = {}",
    "SELECT a FROM t12 T3 WHERE T3.b = {} AND T3.c IN ([])",
    "SELECT /* c */ {} FROM t",
    "SELECT a FROM t WHERE b && ARRAY[[]] AND c = {}",
    'UPDATE "t" SET "a" = CASE<WHEN> ELSE NULL END WHERE "t"."c" IN ([])',
    "SELECT CASE<WHEN> ELSE {} END FROM t WHERE a IN ([])",
)


@st.composite
def texts(draw, vendor):
    sql = draw(st.sampled_from(TEMPLATES))
    value = values(vendor) | st.integers(0, 10**7).map(str)
    when = ' WHEN ("t"."c" = {}) THEN {}'
    for mark, row, gap in (("[]", "{}", ", "), ("<>", "({}, {})", ", "), ("<WHEN>", when, "")):
        while mark in sql:
            sql = sql.replace(mark, gap.join([row] * draw(st.integers(1, 3))), 1)
    while "{}" in sql:
        sql = sql.replace("{}", draw(value), 1)
    return sql


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(VENDORS))
def test_a_form_is_the_same_for_all_texts_that_share_it(data, vendor):
    known = Forms(vendor)
    for sql in data.draw(st.lists(texts(vendor), min_size=1, max_size=8)):
        form, anew = known.of(sql), Forms(vendor).of(sql)

        assert replace(form, durations=[]) == replace(anew, durations=[]), sql


@pytest.mark.parametrize("first", ["E'', ''", "-5, ''", "NULL, 5", "'', ''"])
@pytest.mark.parametrize("later", ["1", "-1", "E'1'", "'1'"])
def test_the_first_value_of_rows_is_told(first, later):
    """Whatever stood there in the text that a form was made of."""
    known = Forms("postgresql")
    known.of(f"INSERT INTO t (a, b) VALUES ({first}), (1, '')")
    one, other = (
        f"INSERT INTO t (a, b) VALUES ({value}, ''), (1, '')"
        for value in (later, later.replace("1", "2"))
    )

    assert known.of(one).values(one, "") != known.of(other).values(other, "")


@pytest.mark.parametrize("name", ["postgresql.log", "mysql-slow.log"])
def test_plain_statements_are_added_like_others(inputs, monkeypatch, name):
    fast = text(inputs / name)
    made = Forms._made

    monkeypatch.setattr(Forms, "_made", lambda *told: replace(made(*told), is_plain=False))

    assert text(inputs / name) == fast


def test_all_shapes_are_let_go_of_when_they_are_many(monkeypatch):
    monkeypatch.setattr(forms, "_MOST_SHAPES", 2)
    known = Forms("postgresql")
    for name in "abc":
        known.of(f'SELECT "{name}" FROM "t"').durations.append(5)
    assert known.is_full

    folded = {}
    known.fold(Folded(folded))

    assert known.shapes == 0
    assert sorted(shape.text for shape in folded) == [f'SELECT "{name}" FROM "t"' for name in "abc"]
    assert [durations.total_ns for durations in folded.values()] == [5, 5, 5]


class Folded:
    """As much of a `Bounded` as folding asks for."""

    def __init__(self, values):
        self.get = values.get
        self.add = values.setdefault
