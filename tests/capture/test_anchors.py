"""Stacks that are known again by a marked frame are the stacks that were live."""

from __future__ import annotations

import io
import pdb
import sys

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import querylens
from querylens.django import anchors
from tests.project.library.models import Author

pytestmark = pytest.mark.django_db

LEAVES = st.sampled_from(["ask", "look", "pair", "resume"])
NESTS = st.sampled_from(["left", "right", "twice", "generate", "capture", "trace"])
PLANS = st.recursive(
    st.lists(LEAVES, max_size=4),
    lambda inner: st.lists(LEAVES | st.tuples(NESTS, inner), max_size=5),
    max_leaves=12,
)


def ask():
    Author.objects.filter(pk=1).exists()


def look():
    return Author.objects.filter(pk=2).first()


def left(plan, asked):
    play(plan, asked)


def right(plan, asked):
    play(plan, asked)


def generate(plan, asked):
    for action in plan:
        yield play([action], asked)


def asking_for_ever():
    while True:
        ask()
        yield
        look()
        yield


def play(plan, asked):
    """Plays a plan: calls, loops, generators and captures within each other."""
    for action in plan:
        if action == "ask":
            ask()
        elif action == "look":
            look()
        elif action == "pair":
            # The same SQL and frames below, from two places of one frame.
            for _ in range(3):
                Author.objects.filter(pk=1).exists()
            Author.objects.filter(pk=1).exists()
        elif action == "resume":
            next(asked)
        else:
            nest(*action, asked)


def nest(name, plan, asked):
    if name == "left":
        left(plan, asked)
    elif name == "right":
        right(plan, asked)
    elif name == "twice":
        for _ in range(2):
            play(plan, asked)
    elif name == "generate":
        list(generate(plan, asked))
    elif name == "capture":
        with querylens.capture():
            play(plan, asked)
    else:
        traced(play, plan, asked)


def traced(function, *arguments):
    before = sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        function(*arguments)
    finally:
        sys.settrace(before)


class Witness:
    """An execute wrapper that looks at every frame of every query."""

    def __init__(self):
        self.stacks = []

    def __call__(self, execute, sql, params, many, context):
        # Its caller is the wrapper that records; that one's caller is the innermost frame kept.
        frame = sys._getframe(2)
        stack = []
        while frame is not None:
            stack.append((frame.f_code, frame.f_lasti))
            frame = frame.f_back
        self.stacks.append(stack)
        return execute(sql, params, many, context)


def recorded(plan):
    with querylens.capture() as trace:
        for _ in range(3):
            play(plan, asking_for_ever())
    return trace


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PLANS)
def test_every_frame_is_what_it_was(plan):
    assert_is_right(plan)


def assert_is_right(plan):
    witness = Witness()
    with connection.execute_wrapper(witness):
        trace = recorded(plan)

    assert len(trace.records) == len(witness.stacks)
    for record, live in zip(trace.records, witness.stacks, strict=True):
        stack = record.stack
        assert [*zip(stack.codes, stack.offsets, strict=True)] == live[: len(stack.codes)]
        assert stack.codes[-1] is recorded.__code__


def test_a_mark_that_is_believed_without_a_look_at_its_place_is_noticed(monkeypatch):
    monkeypatch.setattr(anchors, "came_from", None)
    monkeypatch.setattr("querylens.django.capturing.came_from", lambda *_: True)

    with pytest.raises(AssertionError):
        assert_is_right(["ask", ("left", ["ask"]), ("right", ["ask"])])


def test_a_capture_that_begins_further_in_ends_the_stack_there():
    def loop(outer):
        inner = querylens.capture()
        for turn in range(6):
            if turn == 3:
                outer.__exit__(None, None, None)
                traces.append(inner.__enter__())
            Author.objects.filter(pk=1).exists()
        inner.__exit__(None, None, None)

    outer = querylens.capture()
    traces = [outer.__enter__()]
    loop(outer)

    ends = [{record.stack.codes[-1].co_name for record in trace.records} for trace in traces]
    assert ends == [
        {"test_a_capture_that_begins_further_in_ends_the_stack_there"},
        {"loop"},
    ]


@pytest.fixture
def walks(monkeypatch):
    """The stacks that were compared frame by frame."""
    found = []
    original = anchors._is_whole

    def is_whole(stack, *arguments):
        found.append(stack)
        return original(stack, *arguments)

    monkeypatch.setattr(anchors, "_is_whole", is_whole)
    return found


def in_a_loop(*functions):
    with querylens.capture() as trace:
        for _ in range(50):
            for function in functions:
                function()
    return trace


def test_a_loop_is_walked_a_few_times(walks):
    trace = in_a_loop(lambda: Author.objects.filter(pk=1).exists())

    assert len(trace) == 50
    assert len(walks) <= 8


def test_two_accesses_in_one_loop_are_both_known(walks):
    trace = in_a_loop(ask, look)

    assert len(trace) == 100
    assert len(walks) <= 16


def test_nothing_is_marked_while_somebody_traces(walks):
    traced(in_a_loop, ask)

    assert len(walks) >= 49


def test_the_mark_of_another_stays():
    def mine(frame, event, arg):
        return mine

    sys._getframe().f_trace = mine
    with querylens.capture() as trace:
        for _ in range(5):
            Author.objects.filter(pk=1).exists()

    assert sys._getframe().f_trace is mine
    assert len({id(record.stack) for record in trace.records}) == 1


def test_a_marked_frame_tells_its_own_line():
    with querylens.capture():
        for _ in range(3):
            Author.objects.filter(pk=1).exists()
        marked, here = sys._getframe().f_trace, sys._getframe().f_lineno

    assert type(marked) is anchors.Anchor
    assert here == test_a_marked_frame_tells_its_own_line.__code__.co_firstlineno + 4
    assert sys._getframe().f_lineno > here


def test_a_trace_function_that_comes_later_sees_what_it_asks_for():
    seen = []

    def trace(frame, event, arg):
        seen.append((frame.f_code.co_name, event))
        return trace

    with querylens.capture():
        for _ in range(3):
            Author.objects.filter(pk=1).exists()
        before = sys.gettrace()
        sys.settrace(trace)
        ask()
        sys.settrace(before)

    assert ("ask", "line") in seen
    assert ("ask", "return") in seen


def test_a_debugger_steps_through_a_marked_frame():
    said = io.StringIO()
    debugger = pdb.Pdb(
        stdin=io.StringIO("next\nnext\nwhere\ncontinue\n"), stdout=said, nosigint=True
    )
    with querylens.capture() as trace:
        for number in range(6):
            Author.objects.filter(pk=1).exists()
            if number == 3:
                debugger.set_trace()
    debugger.set_continue()
    sys.settrace(None)

    assert "test_a_debugger_steps_through_a_marked_frame" in said.getvalue()
    assert len(trace) == 6
    assert len({query.call_site.line for query in trace.queries}) == 1
