"""The comparison has teeth: with a broken key, workloads by hand and generated ones fail."""

from __future__ import annotations

import re
from itertools import chain

import pytest
from hypothesis import given

from querylens.model import query as query_module
from querylens.model import trace as trace_module
from querylens.parameters import Unread, comparison_key
from tests.differential.generated import (
    ALIASES,
    ALIKE,
    NOT_FOR_SQLITE,
    SEARCH,
    plain_workloads,
)
from tests.differential.test_requests import (
    test_requests_inside_one_capture_are_counted_one_by_one as compare_requests,
)
from tests.differential.test_requests import toolbars  # noqa: F401 - a fixture
from tests.differential.test_toolbar import compare, our_key, their_key
from tests.differential.toolbar import assert_equal, both
from tests.differential.workloads import BY_HAND

pytestmark = [pytest.mark.once, pytest.mark.django_db(databases=ALIASES)]


def similar(*parts):
    """A key made of other parts than scope, alias and text."""
    return lambda query: tuple(part(query) for part in parts)


def scope(query):
    return query.scope


def alias(query):
    return query.alias


def text(query):
    return query.sql


SIMILAR = {
    "drops the alias": similar(scope, text),
    "drops the text": similar(scope, alias),
    "keeps a literal": similar(scope, alias, text, lambda query: query.params_key),
    "takes the fingerprint": similar(scope, alias, lambda query: query.fingerprint),
    "takes no notice of case": similar(scope, alias, lambda query: query.sql.lower()),
    "folds white space": similar(scope, alias, lambda query: " ".join(query.sql.split())),
    "drops comments": similar(scope, alias, lambda query: re.sub("--.*", "", query.sql).strip()),
    "tells failures apart": similar(scope, alias, text, lambda query: query.error),
    "tells call sites apart": similar(scope, alias, text, lambda query: query.stack),
}
DUPLICATED = {
    "drops the values": lambda params: "",
    "drops the types of values": lambda params: str([str(value) for value in params or ()]),
    "compares by value": lambda params: str(sorted(map(hash, params or ()))),
    "tells lists from tuples": repr,
    "tells nothing from an empty list": lambda params: repr(params and tuple(params)),
    "tells dates from their text": lambda params: repr(tuple(params or ())),
    "takes the first value only": lambda params: comparison_key(params and params[:1]),
    "never finds one": lambda params: str(Unread("")),
}
#: The generated statements are all sent by one line.
ONLY_BY_HAND = {"tells call sites apart"}


def fails(suite):
    try:
        suite()
    except AssertionError:
        return True
    return False


@SEARCH
@given(steps=plain_workloads)
def generated(steps):
    compare(steps)


def by_hand():
    for workload in BY_HAND.values():
        assert_equal(*both(workload))


@pytest.mark.parametrize("broken", SIMILAR)
def test_a_broken_key_of_similar_is_noticed(rows, monkeypatch, broken):
    monkeypatch.setattr(trace_module, "_similar_key", SIMILAR[broken])

    assert fails(by_hand)
    assert broken in ONLY_BY_HAND or fails(generated)


@pytest.mark.parametrize("broken", DUPLICATED)
def test_a_broken_key_of_duplicated_is_noticed(rows, monkeypatch, broken):
    monkeypatch.setattr(query_module, "comparison_key", DUPLICATED[broken])

    assert fails(by_hand)
    assert fails(generated)


def test_a_key_without_the_scope_is_noticed(rows, monkeypatch, toolbars):  # noqa: F811
    monkeypatch.setattr(trace_module, "_similar_key", similar(alias, text))

    assert fails(lambda: compare_requests(rows, toolbars))


def test_leaving_transactions_out_is_noticed(rows, monkeypatch):
    counted = property(
        lambda trace: [item for item in trace._read(trace.records) if item.is_counted]
    )
    monkeypatch.setattr(trace_module.Trace, "queries", counted)

    assert fails(by_hand)
    assert fails(generated)


@pytest.mark.parametrize(
    "broken",
    [
        lambda params: repr(params),
        lambda params: str(list(params)),
        lambda params: comparison_key([str(value) for value in params]),
        lambda params: comparison_key([v if isinstance(v, list) else str(v) for v in params]),
    ],
    ids=["repr", "str", "every value as text", "all but lists as text"],
)
def test_pairs_of_values_notice_a_broken_key(broken):
    values = [[value] for value in chain(*ALIKE, *NOT_FOR_SQLITE)]

    assert any(
        (broken(one) == broken(other)) != (their_key(one) == their_key(other))
        for one in values
        for other in values
    )
    assert all(
        (our_key(one) == our_key(other)) == (their_key(one) == their_key(other))
        for one in values
        for other in values
    )
