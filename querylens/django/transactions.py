"""BEGIN, COMMIT and ROLLBACK that go round cursors: seen only by the traces that ask for them.

Django counts them in `assertNumQueries`. The methods are patched when a trace asks for the first
time; from then on they cost one context variable read for each transaction.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from django.db.backends.base.base import BaseDatabaseWrapper

from querylens.django import capturing
from querylens.model import Trace
from querylens.recorder import failed, recordings

_asking: WeakSet[Trace] = WeakSet()
_lock = threading.Lock()
_installed = False


def record_transactions(trace: Trace) -> None:
    """From here on an open trace holds every transaction statement that Django would count."""
    global _installed
    try:
        with _lock:
            if not _installed:
                _watch_end("_commit", "COMMIT")
                _watch_end("_rollback", "ROLLBACK")
                _watch_begin()
                _installed = True
    except Exception:
        failed("watching transactions")
        trace.gaps.append("some transaction statements could not be seen")
    _asking.add(trace)


def _watch_end(name: str, sql: str) -> None:
    original = getattr(BaseDatabaseWrapper, name)

    @functools.wraps(original)
    def end(self: Any) -> Any:
        if self.connection is None:
            return original(self)
        return _recorded(self, sql, lambda: original(self))

    setattr(BaseDatabaseWrapper, name, end)


def _watch_begin() -> None:
    original = BaseDatabaseWrapper.set_autocommit

    @functools.wraps(original)
    def set_autocommit(
        self: Any, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False
    ) -> None:
        forced = force_begin_transaction_with_broken_autocommit
        # SQLite sends its BEGIN through a cursor, which is seen anyway.
        is_sent = forced and hasattr(self, "_start_transaction_under_autocommit")
        if autocommit or is_sent:
            original(self, autocommit, forced)
        else:
            _recorded(self, "BEGIN", lambda: original(self, autocommit, forced))

    BaseDatabaseWrapper.set_autocommit = set_autocommit  # type: ignore[method-assign]


def _recorded(connection: Any, sql: str, call: Callable[[], Any]) -> Any:
    asking = tuple(item for item in recordings.get() if item.is_open and item.trace in _asking)
    if not asking:
        return call()
    # Only for those that ask: elsewhere a trace holds what the toolbar shows.
    token = recordings.set(asking)
    try:
        context = {"connection": connection, "cursor": None}
        return capturing.record_query(lambda *_: call(), sql, (), False, context)
    finally:
        recordings.reset(token)
