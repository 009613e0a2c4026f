"""*similar* and *duplicated* are Django Debug Toolbar's: per query, and per alias."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import chain

import pytest
from debug_toolbar.panels.sql.panel import _duplicate_query_key
from debug_toolbar.panels.sql.tracking import NormalCursorMixin
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from querylens.parameters import comparison_key, keep
from tests.capture.sending import send
from tests.differential.generated import (
    ALIASES,
    ALIKE,
    NOT_FOR_SQLITE,
    SETTINGS,
    all_workloads,
    anything,
    plain_workloads,
    run_all,
)
from tests.differential.toolbar import assert_equal, assert_equal_in_each_scope, both
from tests.differential.workloads import BY_HAND
from tests.shapes.corpus import all_shapes

pytestmark = pytest.mark.django_db(databases=ALIASES)
#: Its parameters are a dict: see test_deviations.py.
DEVIATING = {"raw_execute_named_parameters"}
SHAPES = [shape for shape in all_shapes() if shape.name not in DEVIATING]


def compare(steps):
    """Both tools over the steps, which are then undone."""
    with ExitStack() as stack:
        for alias in ALIASES:
            stack.enter_context(transaction.atomic(alias))
        assert_equal(*both(lambda: run_all(steps)))
        for alias in ALIASES:
            transaction.set_rollback(True, alias)


@pytest.mark.parametrize("name", BY_HAND)
def test_workloads_by_hand(rows, name):
    assert_equal(*both(BY_HAND[name]))


@pytest.mark.usefixtures("_readable")
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_shape_of_the_corpus(rows, shape):
    stats, trace = both(shape.run)

    assert_equal_in_each_scope(stats, trace)


@pytest.mark.django_db(transaction=True, databases=ALIASES)
def test_transactions_of_their_own():
    def workload():
        for alias in ("default", "default", "other"):
            with transaction.atomic(alias):
                send("SELECT 1", alias=alias)

    stats, trace = both(workload)

    assert_equal(stats, trace)
    assert [query.sql for query in trace.queries[:2]] == ["BEGIN", "SELECT 1"]
    assert trace.similar_counts() == [2, 2, 2, 2, 1, 1]


@SETTINGS
@given(steps=plain_workloads)
def test_generated_workloads(steps):
    compare(steps)


@pytest.mark.usefixtures("_readable")
@SETTINGS
@given(steps=all_workloads)
def test_generated_workloads_with_values_that_fail_and_executemany(steps):
    compare(steps)


def their_key(params):
    decoded = NormalCursorMixin._decode(NormalCursorMixin.__new__(NormalCursorMixin), params)
    return _duplicate_query_key({"raw_sql": "", "params": decoded})


def our_key(params):
    return comparison_key(keep(params))


parameters = st.one_of(st.none(), st.lists(anything, max_size=2), st.tuples(anything, anything))


@SETTINGS
@given(one=parameters, other=parameters)
def test_generated_parameters_are_equal_for_both_or_for_none(one, other):
    assert (our_key(one) == our_key(other)) == (their_key(one) == their_key(other))
    assert our_key(one) == our_key(one)


@pytest.mark.parametrize("make", [list, tuple])
def test_all_pairs_of_what_looks_alike_are_equal_for_both_or_for_none(make):
    values = [make([value]) for value in chain(*ALIKE, *NOT_FOR_SQLITE)]
    for one in values:
        for other in values:
            same_for_us = our_key(one) == our_key(other)
            assert same_for_us == (their_key(one) == their_key(other)), (one, other)
