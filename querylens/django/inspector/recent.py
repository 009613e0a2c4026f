"""The last requests of all processes: kept when they end, found again when they are asked for."""

from __future__ import annotations

import logging
import os
import secrets
from dataclasses import dataclass, replace
from functools import cached_property

from querylens.config import Config
from querylens.django.exchanges import Exchange
from querylens.django.inspector.entries import Entry
from querylens.django.inspector.memory import Memory
from querylens.django.inspector.storage import SharedFolder, UnsafeFolderError, folder_of
from querylens.django.watched_requests import RequestWatch
from querylens.model import Report
from querylens.recorder import configuration
from querylens.traces import RecordedTrace, TraceFormatError, decode
from querylens.traces.encoding import Encoder

logger = logging.getLogger("querylens")

_MOST_QUERIES = 5_000
_LARGEST_LINE = 4_000_000
_TOO_LARGE = "its queries were too large to keep"


@dataclass(frozen=True)
class Opened:
    """A request with its queries and findings; `is_own` tells whether its values are known."""

    entry: Entry
    trace: RecordedTrace
    report: Report
    is_own: bool


class RecentRequests:
    """What the page shows. No method raises, whatever happens to the folder."""

    def __init__(self, memory: Memory | None = None, folder: SharedFolder | None = None) -> None:
        self._memory = memory or Memory()
        self._given = folder
        self._key = secrets.token_bytes(32)
        #: Why requests of other processes are not seen; empty when they are.
        self.problem = ""

    @cached_property
    def _folder(self) -> SharedFolder:
        return self._given or SharedFolder(folder_of(configuration().root))

    def keep(self, exchange: Exchange) -> None:
        """Keeps a request: with its values here, without them for other processes."""
        entry = Entry.of(exchange)
        self._memory.put(entry, self._line(exchange, has_values=True))
        try:
            self._folder.put(entry, self._line(exchange, has_values=False))
        except (OSError, UnsafeFolderError) as error:
            self._has_failed(error)
        else:
            self.problem = ""

    def entries(self) -> list[Entry]:
        """All requests that are kept, the newest first."""
        found = {entry.id: entry for entry in self._shared()}
        found |= {entry.id: entry for entry in self._memory.entries()}
        return sorted(found.values(), key=lambda entry: entry.id, reverse=True)

    def open(self, entry_id: str) -> Opened | None:
        """A request as it was; None when it is not kept any more."""
        own = self._memory.read(entry_id)
        kept = own or self._read(entry_id)
        if kept is None:
            return None
        entry, line = kept
        config = configuration()
        trace = _trace(line, config)
        if trace is None:
            return None
        # What the middleware checks, budgets included; but nothing is recorded again.
        watch = RequestWatch(replace(config, report=()))
        report = watch.check(trace, entry.method, entry.route)
        return Opened(entry, trace, report, own is not None)

    def forget_own(self) -> None:
        """Lets go of what the parent of a forked process kept."""
        self._memory.forget()

    def _line(self, exchange: Exchange, has_values: bool) -> bytes:
        encoder = Encoder(self._key, record_params=has_values, max_queries=_MOST_QUERIES)
        line = encoder.encode(exchange.trace, {})
        return line if len(line) <= _LARGEST_LINE else b""

    def _shared(self) -> list[Entry]:
        try:
            return self._folder.entries()
        except (OSError, UnsafeFolderError) as error:
            self._has_failed(error)
            return []

    def _read(self, entry_id: str) -> tuple[Entry, bytes] | None:
        try:
            return self._folder.read(entry_id)
        except (OSError, UnsafeFolderError) as error:
            self._has_failed(error)
            return None

    def _has_failed(self, error: Exception) -> None:
        reason = str(error)
        if isinstance(error, OSError):
            reason = f"{self._folder.path}: {error.strerror or error}"
        if not self.problem:
            logger.warning("querylens: the page shows this process's requests only: %s", reason)
        self.problem = reason


def _trace(line: bytes, config: Config) -> RecordedTrace | None:
    """The trace of a line, an empty one for no line; None when it is damaged."""
    if not line:
        trace = RecordedTrace("", "request", ())
        trace.gaps = [_TOO_LARGE]
        trace.config = config
        return trace
    try:
        return decode(line, config)
    except TraceFormatError:
        return None


#: Those of this process.
recent = RecentRequests()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=recent.forget_own)


def keep(exchange: Exchange) -> None:
    """Subscribes the page to requests: those that are to be reported there are kept."""
    config = exchange.trace.config
    if config is not None and "page" in config.report:
        recent.keep(exchange)
