"""The hot path: what happens at each query while somebody records, and nothing otherwise.

Frames are walked, never kept: a frame that outlived its call would keep the host's objects alive.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextvars import ContextVar, Token
from datetime import timedelta
from decimal import Decimal
from time import perf_counter_ns
from types import CodeType, FrameType
from typing import Any
from uuid import UUID

from querylens.django.anchors import came_from, place_anchor
from querylens.django.causes import NOTHING, Reading, learn
from querylens.django.rows import last_sent
from querylens.django.shapes import OrmShape, make_shape
from querylens.parameters import IMMUTABLE, Unread, keep
from querylens.record import Record
from querylens.recorder import Recording, failed, ignoring, recordings, request_scope
from querylens.stack import Stack

_DEEPEST = 500
_MOST_STACKS = 20_000
_MOST_SHAPES = 500

#: The frame that serves a request: what lies outside belongs to the server.
request_code: CodeType | None = None
#: Where a coroutine awaits an ORM call that runs in another thread.
awaiting: ContextVar[Stack | None] = ContextVar("querylens_awaiting", default=None)

#: Every distinct stack by the identity of its code objects and their offsets. A stack keeps its
#: code objects alive, so that an identity can't come to mean another.
_stacks: dict[tuple[int, ...], Stack] = {}
#: The shape that each SQL text had last: in a loop it is the next one's too.
_expected: dict[str, OrmShape] = {}
_IMMUTABLE = IMMUTABLE | {Decimal, UUID, timedelta}
_make = tuple.__new__


def record_query(
    execute: Callable[[Any, Any, bool, Any], Any], sql: Any, params: Any, many: bool, context: Any
) -> Any:
    """An execute wrapper: gives what `execute` gives, raises what it raises, and never else."""
    # In one piece, though it is long: every query of the host would pay for each further call.
    recording = recordings.get()
    if not recording:
        return execute(sql, params, many, context)
    if not recording[-1].is_open:
        # A thread or task that outlived a capture it was started in.
        recording = tuple(item for item in recording if item.is_open)
        if not recording:
            return execute(sql, params, many, context)
    error = ""
    if type(params) is not tuple or not _IMMUTABLE.issuperset(map(type, params)):
        kept = _keep(params)
    else:
        kept = params
    started = perf_counter_ns()
    try:
        return execute(sql, params, many, context)
    except BaseException as exception:
        error = type(exception).__name__
        raise
    finally:
        duration = perf_counter_ns() - started
        try:
            connection = context["connection"]
            scope = request_scope.get()
            if scope is None:
                outermost = recording[0]
                scope, stop, stop_id = outermost.scope, outermost.opener, outermost.opener_id
            else:
                stop, stop_id = request_code, 0
            top = sys._getframe(1)
            text = sql if type(sql) is str else _text_of(sql, connection)
            shape = _expected.get(text)
            if shape is None or not came_from(shape.stack, top, scope, stop, stop_id):
                shape = _shape_of(text, top, stop, stop_id)
            reading = shape.reading
            reader = reading.reader
            subject, row, parent, built, _ = (
                NOTHING if reader is None else reader(sys._getframe(reading.depth + 1).f_locals)
            )
            record = _make(
                Record,
                (
                    shape,
                    kept,
                    connection.alias,
                    connection.vendor,
                    many,
                    error,
                    started,
                    duration,
                    reading.read_marks(top) if reading.mark_readers else (),
                    awaiting.get(),
                    scope,
                    subject,
                    row,
                    parent,
                    built,
                    ignoring.get(),
                ),
            )
            last_sent.record = record
            for each in recording:
                each.add(record)
        except Exception:
            failed("recording a query")
            sent = (kept, many, error, started, duration)
            _record_without_cause(recording, context["connection"], sql, sent)


def _record_without_cause(
    recording: tuple[Recording, ...], connection: Any, sql: Any, sent: tuple[Any, ...]
) -> None:
    """What cannot be read costs the cause and the place, not the query: counts stay right."""
    params, many, error, started, duration = sent
    try:
        shape = OrmShape(sql if isinstance(sql, str) else f"<{type(sql).__name__}>", None, "")
        shape.stack = Stack((), ())
        scope = request_scope.get() or recording[0].scope
        call = (connection.alias, connection.vendor, many, error, started, duration)
        found = ((), None, scope, None, None, None, (), ignoring.get())
        record = Record._make((shape, params, *call, *found))
        last_sent.record = record
        for each in recording:
            each.add(record)
            if _UNREAD not in each.trace.gaps:
                each.trace.gaps.append(_UNREAD)
    except Exception:
        failed("counting a query")


_UNREAD = "the cause and the place of some queries could not be read"


def _keep(params: Any) -> Any:
    try:
        return keep(params)
    except Exception:
        failed("keeping parameters")
        return Unread("<parameters>")


def _shape_of(sql: str, top: FrameType, stop: CodeType | None, stop_id: int) -> OrmShape:
    stack = _stack_of(top, stop, stop_id)
    shape: OrmShape | None = stack.shapes.get(sql)
    if shape is None:
        if len(stack.shapes) >= _MOST_SHAPES:
            stack.shapes.clear()
        reading: Reading = stack.reading
        shape = make_shape(sql, reading, stack, reading.read(top).live, reading.filtered(top))
        stack.shapes[sql] = shape
    if len(_expected) >= _MOST_STACKS:
        _expected.clear()
    _expected[sql] = shape
    return shape


def _text_of(sql: Any, connection: Any) -> str:
    """SQL that is no text: bytes, or an object of psycopg's that composes it."""
    if isinstance(sql, bytes):
        return sql.decode("utf-8", "replace")
    if hasattr(sql, "as_string"):
        return str(sql.as_string(connection.connection))
    return str(sql)


def _stack_of(top: FrameType | None, stop: CodeType | None, stop_id: int) -> Stack:
    """The stack from `top` to the frame that opened the capture, or that serves the request."""
    key: list[int] = []
    add = key.append
    frame = top
    while frame is not None:
        code = frame.f_code
        add(id(code))
        add(frame.f_lasti)
        if code is stop and (not stop_id or id(frame) == stop_id):
            break
        frame = frame.f_back
    parts = tuple(key)
    stack = _stacks.get(parts)
    if stack is None:
        if len(_stacks) >= _MOST_STACKS:
            _stacks.clear()
        stack = _stacks[parts] = _new_stack(top, len(parts) // 2)
    return stack


def _new_stack(top: FrameType | None, depth: int) -> Stack:
    frames: list[FrameType] = []
    frame = top
    while frame is not None and len(frames) < min(depth, _DEEPEST):
        frames.append(frame)
        frame = frame.f_back
    stack = Stack([item.f_code for item in frames], [item.f_lasti for item in frames])
    learn(stack, frames)
    place_anchor(stack)
    return stack


def remember_awaiting() -> Token[Stack | None]:
    """Keeps where the running coroutine stands, for the queries of the thread it waits for."""
    stack: Stack | None = None
    try:
        recording = recordings.get()[0]
        stop, stop_id = recording.opener, recording.opener_id
        if request_scope.get() is not None:
            stop, stop_id = request_code, 0
        stack = _stack_of(sys._getframe(2), stop, stop_id)
    except Exception:
        failed("the await line")
    return awaiting.set(stack)
