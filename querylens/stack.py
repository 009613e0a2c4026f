"""The call stack of a query: kept as code objects and offsets, read as frames when asked for."""

from __future__ import annotations

import itertools
import opcode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from querylens import source
from querylens.source import Span


@dataclass(frozen=True, slots=True)
class Frame:
    """A Python frame: where it stood, and in which code."""

    file: str
    span: Span
    function: str
    code: CodeType
    #: Whether it stands where a loop asks for its next row, as it does while a generator runs.
    steps: bool = False
    #: The instruction it stood at; lines and columns tell places apart.
    offset: int = field(default=-1, compare=False)

    @property
    def line(self) -> int:
        return self.span.line


@dataclass(frozen=True, slots=True)
class Tag:
    """A template's tag or variable that was being rendered.

    `loops` marks a tag that renders its body many times.
    """

    template: str
    file: str
    line: int
    text: str
    loops: bool = False


@dataclass(frozen=True, slots=True)
class Declaration:
    """A class whose field sent a query without a frame of its own, such as a serializer's."""

    owner: type
    field: str = ""


Site = Frame | Tag | Declaration

_NEXT_TURN = opcode.opmap["FOR_ITER"]
_CACHE = opcode.opmap["CACHE"]
_NEXT_AWAITED = opcode.opmap["GET_ANEXT"]
_AWAITED = opcode.opmap["SEND"]
_ASYNCHRONOUS = frozenset({opcode.opmap["GET_AITER"], _NEXT_AWAITED, _AWAITED})


class Stack:
    """One distinct call stack, the innermost frame first. Shared by all queries sent from it."""

    __slots__ = (
        "_frames",
        "_lines",
        "codes",
        "inner",
        "marks",
        "misses",
        "offsets",
        "read_marks",
        "reading",
        "shapes",
        "template_lines",
    )

    def __init__(self, codes: Sequence[CodeType], offsets: Sequence[int]) -> None:
        self.codes = tuple(codes)
        self.offsets = tuple(offsets)
        self._frames: tuple[Frame, ...] | None = None
        self._lines: tuple[tuple[str, int, str], ...] | None = None
        #: The frames that are compared one by one, to those outside that are known as one.
        self.inner: tuple[tuple[CodeType, int], ...] = ()
        self.misses = 0
        #: Depths at which something other than a Python line tells the place, such as a tag.
        self.marks: tuple[int, ...] = ()
        #: Turns what was read at these depths into sites.
        self.read_marks: Callable[[tuple[Any, ...]], Sequence[Tag | Declaration | None]] = _nothing
        #: How the cause is read from the live frames; set by whoever knows the ORM.
        self.reading: Any = None
        #: By SQL text, what all queries from here with that text share.
        self.shapes: dict[str, Any] = {}
        #: For frames of templates compiled to Python: the template's name, file and line.
        self.template_lines: dict[int, tuple[str, str, Callable[[int], int]]] = {}

    @property
    def lines(self) -> tuple[tuple[str, int, str], ...]:
        """`(file, line, function)` of each frame."""
        if self._lines is None:
            self._lines = tuple((item.file, item.line, item.function) for item in self.frames)
        return self._lines

    @property
    def frames(self) -> tuple[Frame, ...]:
        if self._frames is None:
            self._frames = tuple(map(read_frame, self.codes, self.offsets))
        return self._frames


def _nothing(_: tuple[Any, ...]) -> Sequence[Tag | Declaration | None]:
    return ()


def _instruction_at(code: CodeType, offset: int) -> int:
    """Python 3.12 stands at an instruction's cache while the generator that it asks runs."""
    while offset >= 2 and code.co_code[offset] == _CACHE:
        offset -= 2
    return offset


def read_frame(code: CodeType, offset: int) -> Frame:
    """The position of an instruction; whole lines where Python kept no columns."""
    line, end_line, column, end_column = next(
        itertools.islice(code.co_positions(), max(offset, 0) // 2, None), (None,) * 4
    )
    line = line or code.co_firstlineno
    span = Span(line, end_line or line, column or 0, end_column or 0)
    steps = offset >= 0 and code.co_code[_instruction_at(code, offset)] == _NEXT_TURN
    return Frame(code.co_filename, span, code.co_qualname, code, steps, offset)


def asked_at(frame: Frame) -> Span:
    """The expression whose rows a frame asks for, where Python says it stands at a whole loop."""
    code, span = frame.code, frame.span
    stands_at = code.co_code[_instruction_at(code, frame.offset)] if frame.offset >= 0 else None
    waits = stands_at in _ASYNCHRONOUS
    whole = (span.line, span.end_line, span.column, span.end_column)
    before = itertools.islice(
        zip(code.co_code[::2], code.co_positions(), strict=False), max(frame.offset, 0) // 2
    )
    turn = _NEXT_AWAITED if waits else _NEXT_TURN
    begun = sum(instruction == turn and position == whole for instruction, position in before)
    return source.asked_at(frame.file, span, begun - (stands_at == _AWAITED), waits)


def call_site(sites: Sequence[Site], is_project: Callable[[str], bool]) -> int | None:
    """Where in `sites` (innermost first) the project's own code did more than pass a call on.

    None when no line of the project is concerned.
    """
    return next(
        (
            position
            for position, site in enumerate(sites)
            if isinstance(site, Declaration) or (is_project(site.file) and not only_passes_on(site))
        ),
        None,
    )


def only_passes_on(site: Site) -> bool:
    """Whether a frame is a middleware's or decorator's that hands everything on."""
    return isinstance(site, Frame) and source.passes_request_on(
        site.file, site.span, site.code.co_freevars
    )


def loop(
    sites: Sequence[Site], start: int, is_project: Callable[[str], bool]
) -> tuple[Site, Span | None] | None:
    """The nearest loop at or outside `sites[start]`, and the span of its statement.

    In code it is a `for`, `while` or comprehension around the line, in a template a tag that
    loops, or a function that calls itself. None when there is none.
    """
    seen: set[CodeType] = set()
    for position in range(start, len(sites)):
        site = sites[position]
        if isinstance(site, Tag):
            if site.loops and position > start and is_project(site.file):
                return site, None
        elif isinstance(site, Frame) and is_project(site.file):
            called = sites[position - 1] if position > start else None
            # A library's generator called back: it runs anew in each turn of this loop.
            steps = site.steps and isinstance(called, Frame) and not is_project(called.file)
            span = source.loop_over(site.file, site.span) if steps else None
            if span or (span := source.enclosing_loop(site.file, site.span)):
                return site, span
            if site.code in seen:
                return site, None
            seen.add(site.code)
    first = sites[start] if start < len(sites) else None
    if isinstance(first, Tag) and first.text.startswith("{% for "):
        # A filter in the tag itself went through the rows, as `dictsort` does.
        return first, None
    return _callback(sites, start, is_project)


def _callback(
    sites: Sequence[Site], start: int, is_project: Callable[[str], bool]
) -> tuple[Site, Span | None] | None:
    """The line that handed a function to `map`, `sorted` and the like."""
    for site in sites[start:]:
        if isinstance(site, Frame) and is_project(site.file):
            span = source.callback_call(site.file, site.span)
            if span is not None:
                return site, span
    return None


def collapse(sites: Sequence[Site]) -> tuple[Site, ...]:
    """The stack with each repeated frame once, so that every depth of a recursion is equal."""
    return tuple(dict.fromkeys(sites))
