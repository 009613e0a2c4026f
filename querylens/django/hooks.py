"""Every place where querylens takes part in Django's work. Nothing else here touches Django.

Queries come from `connection.execute_wrappers`, which is public. What a public interface cannot
give is patched below, each patch with its reason and its cost while nobody records; a test fails
loudly when Django or asgiref moves one of them.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import threading
from collections.abc import Callable
from contextvars import Token
from typing import Any

import asgiref.sync
import django
from django.core.handlers.base import BaseHandler
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.backends.utils import CursorWrapper
from django.db.models.base import ModelState
from django.db.models.query import ModelIterable, QuerySet, RawModelIterable, RawQuerySet
from django.db.models.sql.query import Query as SQLQuery
from django.db.models.sql.query import RawQuery

from querylens.django import capturing, rows
from querylens.errors import UnsupportedDjangoError
from querylens.record import Scope
from querylens.recorder import failed, is_recording, recordings, request_scope

_OLDEST = (5, 2)
_lock = threading.Lock()
_watching = threading.RLock()
_installed = False


def install() -> list[str]:
    """Puts every hook in place, once a process; gives what could not be reached, in words."""
    global _installed
    if django.VERSION < _OLDEST:
        raise UnsupportedDjangoError(
            f"querylens needs Django 5.2 or newer; this is Django {django.get_version()}"
        )
    with _lock:
        if not _installed:
            _install()
            _installed = True
    for connection in connections.all(initialized_only=True):
        _watch(connection)
    return list(_gaps)


_gaps: list[str] = []


def _install() -> None:
    for part in (
        _watch_new_connections,
        _watch_open_connections,
        _patch_callproc,
        _patch_querysets,
        _patch_pickling,
        _patch_row_iterables,
        _patch_sync_to_async,
        _patch_requests,
    ):
        try:
            part()
        except Exception:
            failed(part.__name__)
            _gaps.append(f"querylens could not take part in Django: {part.__name__.strip('_')}")


def _watch_new_connections() -> None:
    """From the moment they are made, so that what Django sends while connecting is seen too."""
    connection_created.connect(_on_connection_created, dispatch_uid="querylens")
    original = BaseDatabaseWrapper.__init__

    @functools.wraps(original)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        _watch(self)

    BaseDatabaseWrapper.__init__ = __init__  # type: ignore[method-assign]


def _on_connection_created(connection: BaseDatabaseWrapper, **_: Any) -> None:
    _watch(connection)


def _watch(connection: BaseDatabaseWrapper) -> None:
    # First, not last: Django's own `execute_wrapper()` leaves by removing the last one, so that a
    # connection opened inside such a block would lose ours and keep the block's.
    try:
        with _watching:
            if capturing.record_query not in connection.execute_wrappers:
                connection.execute_wrappers.insert(0, capturing.record_query)
    except Exception:
        failed("watching a connection")


def _watch_open_connections() -> None:
    """Reaches the connections that other threads opened before: `connections` shows only ours."""
    for item in gc.get_objects():
        # `type(item)`, since `isinstance` would wake lazy objects through their `__class__`.
        # Another thread may be making one.
        if issubclass(type(item), BaseDatabaseWrapper) and hasattr(item, "execute_wrappers"):
            _watch(item)


def _patch_callproc() -> None:
    """`CursorWrapper.callproc` goes round the execute wrappers. Costs nothing else."""
    original = CursorWrapper.callproc

    def callproc(self: Any, procname: str, params: Any = None, *args: Any, **kwargs: Any) -> Any:
        def execute(sql: str, params: Any, *_: Any) -> Any:
            return original(self, sql, params, *args, **kwargs)

        return capturing.record_query(
            execute, procname, params, False, {"connection": self.db, "cursor": self}
        )

    # Under its own name, since the cause is read from the stack.
    callproc.__code__ = callproc.__code__.replace(co_qualname=original.__qualname__)
    CursorWrapper.callproc = functools.wraps(original)(callproc)  # type: ignore[method-assign]


def _patch_querysets() -> None:
    """Where a queryset is built. An attribute of its SQL query rides through every clone.

    Costs a call for each clone, and a walk of a few frames for each new queryset; none for those
    that load a row's relation.
    """
    SQLQuery._querylens_built = None  # type: ignore[attr-defined]
    QuerySet.__init__ = rows.watch_builder(QuerySet.__init__)  # type: ignore[method-assign]
    RawQuerySet.__init__ = rows.watch_raw_builder(RawQuerySet.__init__)  # type: ignore[method-assign]


def _patch_pickling() -> None:
    """A pickle holds nothing of ours, so that it loads where querylens is not installed."""
    owners: tuple[tuple[Any, str], ...] = (
        (SQLQuery, rows.BUILT),
        (RawQuery, rows.BUILT),
        (ModelState, rows.LOADED_BY),
    )
    for owner, key in owners:
        owner.__getstate__ = _without(owner.__getstate__, key)


def _without(original: Callable[[Any], Any], key: str) -> Callable[[Any], Any]:
    @functools.wraps(original)
    def __getstate__(self: Any) -> Any:
        state = original(self)
        if isinstance(state, dict) and key in state:
            state = {name: value for name, value in state.items() if name != key}
        return state

    return __getstate__


def _patch_row_iterables() -> None:
    """Which query loaded a row. While nobody records, the original iterator is handed out."""
    ModelState._querylens_loaded_by = None  # type: ignore[attr-defined]
    for iterable in (ModelIterable, RawModelIterable):
        iterable.__iter__ = _tagging(iterable.__iter__)  # type: ignore[method-assign]


def _tagging(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(original)
    def __iter__(self: Any) -> Any:
        if recordings.get() and is_recording():
            return rows.tagged(original(self), self.queryset)
        return original(self)

    return __iter__


def _patch_sync_to_async() -> None:
    """The `await` line: the awaiting coroutine is not on the stack of the thread that queries."""
    original: Any = asgiref.sync.SyncToAsync.__call__

    @functools.wraps(original)
    async def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not recordings.get():
            return await original(self, *args, **kwargs)
        token = capturing.remember_awaiting()
        try:
            return await original(self, *args, **kwargs)
        finally:
            # A coroutine may be closed in another context than it ran in.
            with contextlib.suppress(ValueError):
                capturing.awaiting.reset(token)

    asgiref.sync.SyncToAsync.__call__ = __call__  # type: ignore[method-assign]


def _patch_requests() -> None:
    """A request inside a capture is a scope of its own, sync or async.

    `request_started` cannot tell: an ASGI handler sends it from a task of its own, whose context
    is gone when the view runs.
    """
    get_response: Any = BaseHandler.get_response
    get_response_async: Any = BaseHandler.get_response_async

    def sync_response(self: Any, request: Any) -> Any:
        if not recordings.get():
            return get_response(self, request)
        entered = _enter_request(request)
        try:
            return get_response(self, request)
        finally:
            _leave_request(entered, request)

    async def async_response(self: Any, request: Any) -> Any:
        if not recordings.get():
            return await get_response_async(self, request)
        entered = _enter_request(request)
        try:
            return await get_response_async(self, request)
        finally:
            _leave_request(entered, request)

    capturing.request_code = sync_response.__code__
    BaseHandler.get_response = functools.wraps(get_response)(sync_response)  # type: ignore[method-assign]
    BaseHandler.get_response_async = functools.wraps(get_response_async)(async_response)  # type: ignore[method-assign]


def _enter_request(request: Any) -> tuple[Scope, Token[Scope | None]] | None:
    try:
        # The path is a stranger's word, and traces are written to files; the route comes later.
        scope = Scope(str(request.method))
        return scope, request_scope.set(scope)
    except Exception:
        failed("the scope of a request")
        return None


def _leave_request(entered: tuple[Scope, Token[Scope | None]] | None, request: Any) -> None:
    if entered is None:
        return
    scope, token = entered
    try:
        match = getattr(request, "resolver_match", None)
        if " " not in scope.name:
            scope.name += f" {match.route or '/'}" if match is not None else " (no route)"
    except Exception:
        failed("the name of a request")
    # A request's coroutine may be closed in another context than it ran in.
    with contextlib.suppress(ValueError):
        request_scope.reset(token)
