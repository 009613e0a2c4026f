"""The capture of a request, which goes on for as long as the body of its response streams."""

from __future__ import annotations

import contextlib
import sys
from contextvars import Token
from types import FrameType, TracebackType

from querylens.config import Config
from querylens.model import Trace
from querylens.record import Scope
from querylens.recorder import Capture, Recording, failed, recordings, request_scope

_UNSEEN = "a part of the request was not captured"
_ENDLESS = "the body streamed on: what it sent after that was not captured"
_MOST_STATEMENTS = 10_000


class RequestCapture(Capture):
    """Entered for the view, and again for each part of a body that streams; ended by `end()`.

    Nothing of it raises: a request whose queries cannot be recorded is served all the same, and
    `is_broken` then.
    """

    def __init__(self, config: Config) -> None:
        super().__init__("", "request", config)
        self.is_broken = False
        self._recording: Recording | None = None
        #: The scope that an outer capture gave the request.
        self._scope: Scope | None = None
        self._token: Token[Scope | None] | None = None

    def __enter__(self) -> Trace:
        try:
            self._enter(sys._getframe(1))
        except Exception:
            self._break()
        return self.trace or Trace()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            here = recordings.get()
            recordings.set(tuple(item for item in here if item is not self._recording))
            if self._token is not None:
                token, self._token = self._token, None
                # A coroutine may be closed in another context than it ran in.
                with contextlib.suppress(ValueError):
                    request_scope.reset(token)
        except Exception:
            self._break()

    def end(self, name: str) -> None:
        """Closes the capture and names its trace; threads that go on are not recorded any more."""
        if self._recording is not None:
            self._recording.scope.name = name
            self._recording.close()
        if self._scope is not None:
            self._scope.name = name
        if self.trace is not None:
            self.trace.name = name

    def _enter(self, frame: FrameType) -> None:
        opener = (frame.f_code, id(frame))
        if self._recording is None:
            self.trace = self._start(opener)
            [self._recording] = self._open
            self._scope = request_scope.get()
            return
        if len(self._recording.trace.records) >= _MOST_STATEMENTS:
            # A stream of events may go on for days.
            if _ENDLESS not in self._recording.trace.gaps:
                self._recording.trace.gaps.append(_ENDLESS)
            return
        self._recording.opener, self._recording.opener_id = opener
        recordings.set((*recordings.get(), self._recording))
        if self._scope is not None:
            self._token = request_scope.set(self._scope)

    def _break(self) -> None:
        self.is_broken = True
        failed("capturing a request")
        if self.trace is not None and _UNSEEN not in self.trace.gaps:
            self.trace.gaps.append(_UNSEEN)
