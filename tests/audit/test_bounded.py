"""A bounded dict is the same, whatever came first and however it was split."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from querylens.audit.bounded import Bounded
from querylens.sql import fingerprint
from querylens.sql.literal_texts import LiteralTexts

NAMES = st.lists(st.integers(0, 40).map(str), max_size=120)


def bounded(names, most):
    found = Bounded(most)
    for name in names:
        known = found.get(name)
        if known is None:
            known = found.add(name, [0])
        if known is not None:
            known[0] += 1
    return found


def joined(one, other):
    one[0] += other[0]


@given(NAMES, st.integers(1, 12), st.randoms())
def test_any_order(names, most, random):
    shuffled = random.sample(names, len(names))

    assert dict(bounded(names, most).items()) == dict(bounded(shuffled, most).items())


@given(st.lists(NAMES, max_size=5), st.integers(1, 12), st.randoms())
def test_any_split(parts, most, random):
    """Complete for what is kept: no name comes back after it was dropped."""
    whole = bounded([name for part in parts for name in part], most)
    total = Bounded(most)
    for part in random.sample(parts, len(parts)):
        total.merge(pickle.loads(pickle.dumps(bounded(part, most))), joined)

    found = dict(total.items())
    assert found == dict(whole.items())
    assert total.is_full == whole.is_full == (len({name for part in parts for name in part}) > most)
    for name, (count,) in found.items():
        assert count == sum(part.count(name) for part in parts)
    assert len(total) == len(found)


@given(NAMES, st.integers(1, 12))
def test_never_more(names, most):
    found = bounded(names, most)

    assert len(dict(found.items())) == min(len(set(names)), most)


TOKENS = (
    *("SELECT", "FROM", "WHERE", "IN", "(", ")", ",", "=", "AND", "NULL", "LIMIT", "-", "--", "#"),
    *('"a1"', '"b2"."c3"', "a1", "t22.x5", "`c4`", "[d5]", ":p1", "@v1", "$1", "%s", "?", "12abc"),
    *("0x1F", "0b01", "1e5", "1.5", ".5", "5.", "-7", "7", "/*9*/", "'it''s'", "'x1'", "e'\\1'"),
    *("x'1F'", "N'5'", "/*+ 3 */", "::int4", "$$1$$", "$t1$ 2 $t1$"),
)
WORDS = st.one_of(
    st.sampled_from(TOKENS),
    st.integers(0, 10**12).map(str),
    st.text("0123456789abx_.'\"` -", max_size=6),
)
SQL = st.lists(WORDS, max_size=16).map(" ".join)


@given(
    st.lists(st.tuples(SQL, SQL), min_size=1, max_size=8),
    st.sampled_from([None, "postgresql", "mysql", "sqlite"]),
    st.randoms(),
)
def test_literal_texts(texts, vendor, random):
    """The same as `fingerprint`, also for texts like those before in all but digits."""
    literal = LiteralTexts(vendor)
    for before, behind in texts:
        sql = f"{before} WHERE {behind}"
        for _ in range(3):
            assert literal.fingerprint(sql) == fingerprint(sql, vendor), sql
            sql = "".join(random.choice("0189") if each.isdigit() else each for each in sql)
