"""Lists of any length are written once, and come back as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querylens.traces import TraceFormatError, decode, encode
from querylens.traces.lists import folded, unfolded
from tests.traces.samples import statements


def listed(value, count):
    return ", ".join([value] * count)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "SELECT a, b, c, d, e, f, g FROM t",
        "SELECT a FROM t WHERE id IN (%s, %s, %s, %s)",
        f"SELECT a FROM t WHERE id IN ({listed('1', 9)})",
        "INSERT INTO t (a, b) VALUES (%s, %s), (%s, %s), (%s, %s), (%s, %s)",
    ],
)
def test_what_has_no_long_list_stays(sql):
    assert folded(sql) == (sql, ())


@pytest.mark.parametrize("value", ["%s", "0", "'?'"])
@pytest.mark.parametrize("count", [5, 6, 1_000])
def test_a_list_is_the_same_for_any_length(value, count):
    sql = f"SELECT a FROM t WHERE id IN ({listed(value, count)}) LIMIT 21"

    written, more = folded(sql)

    assert written == f"SELECT a FROM t WHERE id IN ({value}, {value}) LIMIT 21"
    assert [times for _, _, times in more] == [count - 2]
    assert unfolded(written, more) == sql


def test_rows_are_the_same_for_any_number():
    row = f"({listed('%s', 7)})"
    rows = {folded(f"INSERT INTO t VALUES {listed(row, count)}") for count in (5, 90)}

    written = "INSERT INTO t VALUES (%s, %s), (%s, %s, %s, %s, %s, %s, %s)"
    assert {text for text, _ in rows} == {written}
    assert len({more for _, more in rows}) == 2


@given(
    st.lists(
        st.sampled_from(["%s", "0", "'?'", "(%s, 0)", "(%s)", ", ", ", ", "IN (", ")", "é", " a"]),
        max_size=40,
    ).map("".join)
)
def test_what_was_left_out_comes_back(sql):
    assert unfolded(*folded(sql)) == sql


@pytest.mark.parametrize("more", [(1, 2, 3), (5, 1, 1), (0, 0, 1), (0, 1, 0), (2, 1, 1)])
def test_a_list_that_is_nowhere(more):
    with pytest.raises(ValueError, match="nowhere"):
        unfolded("ab", [more])


def test_queries_come_back_with_their_lists():
    texts = [f"SELECT a FROM t WHERE id IN ({listed('%s', count)})" for count in (3, 7, 7, 9)]
    line = encode(statements(*texts))

    again = decode(line)

    assert [query.sql for query in again] == texts
    assert again.similar_counts() == [1, 2, 2, 1]
    assert line.count(b"SELECT a") == 2


def test_a_list_that_would_fill_the_memory_is_damage():
    line = encode(statements(f"SELECT {listed('%s', 7)}"))

    with pytest.raises(TraceFormatError, match="more text"):
        decode(line.replace(b"[[9,4,5]]", b"[[9,4,%d]]" % 10**12))
