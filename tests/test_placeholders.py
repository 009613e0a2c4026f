"""Whether a statement's values stand beside its text, or were taken out of it."""

from __future__ import annotations

import pytest

from querylens.sql.batches import has_placeholders


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "SELECT a FROM b WHERE a = 1",
        "SELECT a::text, '12:00:00' FROM b",
        "SELECT a FROM b WHERE data ? 'key'",
        "SELECT a FROM b WHERE data ?| array['x']",
        "SELECT a FROM b WHERE a LIKE '50%'",
        "SELECT '%s', '?', $$x$$, a[1:2]",
    ],
)
def test_values_that_are_there(sql):
    assert not has_placeholders(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM b WHERE a = ?",
        "SELECT a FROM b WHERE a=%s",
        "SELECT a FROM b WHERE a IN (%s, 7)",
        "SELECT a FROM b WHERE a IN (7,$2)",
        "SELECT a FROM b WHERE a > :since",
        "INSERT INTO a (b) VALUES (%(b)s)",
        "SELECT a FROM b LIMIT ?",
        "SELECT a FROM b WHERE a BETWEEN 1 AND ?",
    ],
)
def test_values_that_are_not(sql):
    assert has_placeholders(sql)


@pytest.mark.parametrize("part", ["%(", "=%(a", "=? |", ":", "$", " ", "=%"])
def test_hostile_text(part):
    assert not has_placeholders(part * (1_000_000 // len(part)))
