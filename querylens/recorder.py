"""capture(): opens a trace. Whoever sends queries asks one context variable whether to record."""

from __future__ import annotations

import functools
import inspect
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import CodeType, TracebackType
from typing import Any, ParamSpec, TypeVar, cast

from querylens import framework
from querylens.codes import allowed_selectors, codes_of
from querylens.config import Config, load_config
from querylens.errors import ConfigError
from querylens.model import Query, Trace
from querylens.record import Ignored, Record, Scope

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

logger = logging.getLogger("querylens")


class Recording:
    """An open capture, as the hot path sees it."""

    __slots__ = ("add", "is_open", "opener", "opener_id", "scope", "trace")

    def __init__(self, trace: Trace, opener: CodeType | None, opener_id: int) -> None:
        self.trace = trace
        self.add: Callable[[Record], None] = trace.records.append
        self.is_open = True
        self.scope = Scope(trace.name)
        #: The frame that opened it: no loop that matters lies outside.
        self.opener = opener
        self.opener_id = opener_id

    def close(self) -> None:
        """Lets go of the trace: a thread or task may keep this for as long as it lives."""
        self.is_open = False
        self.trace = Trace()
        self.add = _drop


def _drop(record: Record) -> None:
    """Where a thread's last query goes when the capture ends while it is being sent."""


#: The open captures of this thread or task, the outermost first. Empty: nobody records.
recordings: ContextVar[tuple[Recording, ...]] = ContextVar("querylens_recordings", default=())


def is_recording() -> bool:
    """Whether a capture of this thread or task is still open; it may have outlived its own."""
    return any(recording.is_open for recording in recordings.get())


#: The request that is being served inside a capture.
request_scope: ContextVar[Scope | None] = ContextVar("querylens_request", default=None)

#: The blocks of `ignore()` around the running code, the outermost first.
ignoring: ContextVar[tuple[Ignored, ...]] = ContextVar("querylens_ignoring", default=())


def configuration() -> Config:
    """The configuration of the running project.

    Raises `ConfigError` when it is wrong.
    """
    return load_config(settings=framework.settings())


class Capture:
    """Context manager, async context manager and decorator in one; see `capture`."""

    def __init__(self, name: str, kind: str, config: Config | None) -> None:
        self._name = name
        self._kind = kind
        self._config = config
        #: The trace of the last finished call, when used as a decorator.
        self.trace: Trace | None = None
        self._open: list[Recording] = []

    def __enter__(self) -> Trace:
        return self._start(_opener(sys._getframe(1)))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        here = recordings.get()
        # The one of this thread or task. None is: entered in one context and left in another, as
        # a generator fixture may be.
        recording = next((item for item in reversed(here) if item in self._open), self._open[-1])
        self._open.remove(recording)
        # Not reset to what it was: captures may be left in any order.
        recordings.set(tuple(item for item in here if item is not recording))
        self.trace = recording.trace
        recording.close()

    async def __aenter__(self) -> Trace:
        return self._start(_opener(sys._getframe(1)))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)

    def _start(self, opener: tuple[CodeType | None, int]) -> Trace:
        config = self._config or configuration()
        gaps = framework.make_queries_visible()
        trace = Trace(self._name, self._kind, functools.partial(_read, config, gaps))
        trace.config = config
        trace.gaps = gaps
        recording = Recording(trace, *opener)
        self._open.append(recording)
        recordings.set((*recordings.get(), recording))
        return trace

    def __call__(self, function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
        """Captures every call; the last finished call's trace is the function's `trace`."""
        if inspect.isclass(function):
            raise TypeError("querylens.capture() cannot decorate a class: decorate its methods")
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError("querylens.capture() cannot decorate a generator: use it inside")
        name = self._name or getattr(function, "__qualname__", type(function).__name__)
        wrapper: Any

        async def awaited(coroutine: Any) -> Any:
            with _Call(name, self._kind, self._config, wrapper):
                return await coroutine

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                return await awaited(function(*args, **kwargs))

        else:

            @functools.wraps(function)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                with _Call(name, self._kind, self._config, wrapper):
                    result = function(*args, **kwargs)
                # A function that hands out a coroutine, such as an asynchronous class-based view,
                # has done nothing yet.
                return awaited(result) if inspect.iscoroutine(result) else result

        wrapper.trace = None
        return cast("Callable[_Parameters, _Result]", wrapper)


class _Call(Capture):
    """One call of a decorated function, which gets its trace even when it fails."""

    def __init__(self, name: str, kind: str, config: Config | None, function: Any) -> None:
        super().__init__(name, kind, config)
        self._function = function

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, traceback)
        self._function.trace = self.trace


def _opener(frame: Any) -> tuple[CodeType | None, int]:
    """The frame that opened a capture; not the one of `ExitStack.enter_context` and its like."""
    while frame is not None and frame.f_globals.get("__name__") == "contextlib":
        frame = frame.f_back
    return (frame.f_code, id(frame)) if frame is not None else (None, 0)


def capture(name: str = "", *, kind: str = "block", config: Config | None = None) -> Capture:
    """Records every query sent inside: `with capture("checkout") as trace:`.

    Also `async with`, and `@capture()` on sync and async functions. All database aliases, ORM and
    raw SQL; threads and tasks started inside with the context copied are seen too. Captures nest,
    and both record. `kind` says what is captured (`block`, `request`, `test`, `command`).

    Raises `ConfigError` when the configuration is wrong and `UnsupportedDjangoError` when Django is
    older than 5.2.
    """
    if callable(name):
        raise TypeError("write @querylens.capture() with parentheses")
    return Capture(name, kind, config)


def _read(config: Config, gaps: list[str], records: Sequence[Record]) -> list[Query]:
    """The queries of a trace; without their places when these cannot be read."""
    # Many traces are never read: most tests hold nothing to find.
    from querylens import explain

    try:
        return explain.queries(config, records)
    except Exception:  # noqa: BLE001 - the test or request that asks must not fail for it
        failed("reading a trace")
        gap = "the places of this trace could not be read"
        if gap not in gaps:
            gaps.append(gap)
        return [
            Query(
                sql=record.shape.sql,
                params=record.params,
                alias=record.alias,
                vendor=record.vendor,
                started_ns=record.started_ns,
                duration_ns=record.duration_ns,
                many=record.many,
                error=record.error,
                scope=record.scope,
                ignored=record.ignored,
            )
            for record in records
        ]


@contextmanager
def ignore(*codes: str, reason: str) -> Iterator[None]:
    """Silences rules for the queries sent inside: `with ignore("QL104", reason="five rows"):`.

    `codes` are codes, prefixes, names or groups of rules; none at all means every rule. The
    findings stay in the report, as suppressed, with the reason.

    Raises `ConfigError` for a code that no rule has.
    """
    for code in codes:
        if not codes_of(code):
            raise ConfigError(f"ignore(): no rule {code!r}. Allowed: {allowed_selectors()}")
    block = Ignored(codes, reason)
    ignoring.set((*ignoring.get(), block))
    try:
        yield
    finally:
        # Not by a token: a fixture may be left in another context than it was entered in.
        ignoring.set(tuple(item for item in ignoring.get() if item is not block))


def failed(what: str) -> None:
    """Tells once a process that a part of querylens failed; the host goes on."""
    first = object()
    if _failures.setdefault(what, first) is first:
        logger.warning("querylens: %s failed; its results are missing here", what, exc_info=True)


_failures: dict[str, object] = {}
