"""Captures inside captures: all record, and they may be left in any order, even elsewhere."""

from __future__ import annotations

from contextlib import ExitStack
from contextvars import copy_context

import pytest

import querylens
from querylens.recorder import ignoring, recordings
from tests.capture.sending import send, texts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_stays_open():
    yield
    assert recordings.get() == ()
    assert ignoring.get() == ()


def test_both_captures_record():
    with querylens.capture("outer") as outer:
        send("SELECT 1")
        with querylens.capture("inner") as inner:
            send("SELECT 2")
        send("SELECT 3")

    assert texts(outer) == ["SELECT 1", "SELECT 2", "SELECT 3"]
    assert texts(inner) == ["SELECT 2"]


def test_the_inner_one_is_right_while_both_are_open():
    with querylens.capture() as outer, querylens.capture() as inner:
        send()

        assert (len(outer), len(inner)) == (1, 1)


def test_a_failure_inside_ends_only_the_captures_that_it_leaves():
    with querylens.capture() as outer:
        with pytest.raises(ZeroDivisionError), querylens.capture() as inner:
            raise ZeroDivisionError
        send()

    assert (len(outer), len(inner)) == (1, 0)


def test_the_same_capture_can_be_used_again():
    capture = querylens.capture("again")
    with capture as first:
        send("SELECT 1")
    with capture as second:
        send("SELECT 2")

    assert (texts(first), texts(second)) == (["SELECT 1"], ["SELECT 2"])
    assert capture.trace is second


def test_the_same_capture_can_be_open_twice():
    capture = querylens.capture()
    with capture as outer:
        send("SELECT 1")
        with capture as inner:
            send("SELECT 2")
        send("SELECT 3")

    assert texts(outer) == ["SELECT 1", "SELECT 2", "SELECT 3"]
    assert texts(inner) == ["SELECT 2"]


def test_the_outer_one_may_be_left_first():
    outer, inner = querylens.capture(), querylens.capture()
    outer_trace = outer.__enter__()
    inner_trace = inner.__enter__()
    outer.__exit__(None, None, None)
    send()
    inner.__exit__(None, None, None)
    send()

    assert (len(outer_trace), len(inner_trace)) == (0, 1)


def test_an_exit_stack_holds_captures():
    with ExitStack() as stack:
        traces = [stack.enter_context(querylens.capture(str(number))) for number in range(3)]
        send()

    assert [len(trace) for trace in traces] == [1, 1, 1]


def test_a_capture_may_be_left_in_another_context_than_it_was_entered_in():
    """As the fixtures of asynchronous test runners are."""
    capture = querylens.capture()
    context = copy_context()
    trace = context.run(capture.__enter__)
    context.run(send, "SELECT 1")
    send("SELECT 2")
    capture.__exit__(None, None, None)
    context.run(send, "SELECT 3")

    assert texts(trace) == ["SELECT 1"]


def test_ignoring_may_be_left_in_another_context_than_it_was_entered_in():
    block = querylens.ignore("QL104", reason="five rows")
    context = copy_context()
    context.run(block.__enter__)
    block.__exit__(None, None, None)

    assert ignoring.get() == ()


def test_blocks_of_ignoring_may_be_left_in_any_order():
    with querylens.capture() as trace:
        outer, inner = querylens.ignore(reason="outer"), querylens.ignore(reason="inner")
        outer.__enter__()
        inner.__enter__()
        outer.__exit__(None, None, None)
        send()
        inner.__exit__(None, None, None)

    assert [[block.reason for block in query.ignored] for query in trace.queries] == [["inner"]]
