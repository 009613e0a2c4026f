"""A bounded dict is the same, whatever came first and however it was split."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from querylens.audit.bounded import Bounded

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


@given(st.lists(NAMES, max_size=5), st.integers(1, 12), st.integers(1, 8), st.randoms())
def test_any_split(parts, most, size, random):
    """Complete for what is kept: no name comes back after it was dropped."""
    whole = bounded([name for part in parts for name in part], most)
    total = Bounded(most)
    for part in random.sample(parts, len(parts)):
        for few in bounded(part, most).in_parts(size):
            total.merge(pickle.loads(pickle.dumps(few)), joined)

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
