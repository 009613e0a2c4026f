"""Whether the live frames are a stack that is known, told without a look at each of them.

In a loop only the innermost frames are new at each query. One of those outside is marked, so that
it is known again: as long as it lives, its callers stand where they stood when it was marked. The
mark is kept in `f_trace`, the one attribute that Python lets be set on a frame. It does nothing
when it is called, is never set while somebody traces, and holds no frame, so that it goes when the
frame goes. A debugger that sets its own takes it away, and the frames are compared one by one.
"""

from __future__ import annotations

import inspect
import sys
from types import CodeType, FrameType
from typing import Any

from querylens.record import Scope
from querylens.stack import Stack

#: Such a frame can go on with other callers than it began with.
_RESUMES = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_MOST_STACKS = 100
#: After so many misses in a row a mark is tried at every so many only.
_MOST_TRIES = 40
_TRIED_AGAIN = 32


class Anchor:
    """The mark of a frame: which stacks were seen through it, and for which scope."""

    __slots__ = ("stacks",)

    def __init__(self) -> None:
        self.stacks: dict[Stack, Scope] = {}

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        """Asks Python to trace nothing, as a trace function that gives None does."""


def came_from(
    stack: Stack, top: FrameType, scope: Scope, stop: CodeType | None, stop_id: int
) -> bool:
    """Whether the frames from `top` to the one that a scope began with are this very stack."""
    frame: Any = top
    try:
        for code, offset in stack.inner:
            if frame.f_code is not code or frame.f_lasti != offset:
                return False
            frame = frame.f_back
        anchor = frame.f_trace
        if (
            type(anchor) is Anchor
            and anchor.stacks.get(stack) is scope
            and frame.f_lasti == stack.offsets[len(stack.inner)]
        ):
            stack.misses = 0
            return True
    except (AttributeError, IndexError):
        # The live stack, or the known one, ends here.
        pass
    if not _is_whole(stack, top, stop, stop_id):
        return False
    _mark(stack, top, scope)
    return True


def _is_whole(stack: Stack, top: FrameType, stop: CodeType | None, stop_id: int) -> bool:
    frame: Any = top
    outermost = top
    try:
        # Both are equally long; to say so to `zip` costs time at each query.
        for code, offset in zip(stack.codes, stack.offsets):  # noqa: B905
            if frame.f_code is not code or frame.f_lasti != offset:
                return False
            outermost = frame
            frame = frame.f_back
    except AttributeError:
        return False
    return frame is None or (outermost.f_code is stop and (not stop_id or id(outermost) == stop_id))


def _mark(stack: Stack, top: FrameType, scope: Scope) -> None:
    """Marks the frame where the loop may be: each time that it was gone again, one further out.

    A stack that comes once a request or a test never finds its mark: then it is rarely tried.
    """
    stack.misses += 1
    if stack.misses > _MOST_TRIES and stack.misses % _TRIED_AGAIN:
        return
    if stack.misses > 2:
        place_anchor(stack, len(stack.inner) + 1)
    if sys.gettrace() is not None:
        return
    frame: FrameType | None = top
    for _ in stack.inner:
        frame = frame and frame.f_back
    if frame is None or not (frame.f_trace is None or type(frame.f_trace) is Anchor):
        return
    anchor = frame.f_trace or Anchor()
    if len(anchor.stacks) >= _MOST_STACKS:
        anchor.stacks.clear()
    anchor.stacks[stack] = scope
    frame.f_trace = anchor


def place_anchor(stack: Stack, depth: int = 0) -> None:
    """Chooses the frame to mark: the next from a depth on that can only be left for good.

    It is at the innermost the caller of the ORM's method, and that one again when none is left.
    """
    innermost = max(stack.reading.depth, 0) + 1
    lasting = (
        position
        for position, code in enumerate(stack.codes)
        if position >= max(depth, innermost) and not code.co_flags & _RESUMES
    )
    position = next(lasting, innermost)
    stack.inner = tuple(zip(stack.codes[:position], stack.offsets[:position], strict=True))
