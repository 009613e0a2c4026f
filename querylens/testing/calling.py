"""Calls what a test hands in, sync or async, on the test's own connection."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from querylens.errors import MisuseError


def finished(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What a function returns; what it hands out to be awaited is awaited here.

    `async_to_sync` keeps the ORM in this thread, and so on this thread's connection.
    """
    from asgiref.sync import async_to_sync

    if inspect.iscoroutinefunction(function):
        return async_to_sync(function)(*args, **kwargs)
    result = function(*args, **kwargs)
    if not inspect.isawaitable(result):
        return result

    async def awaited() -> Any:
        return await result

    return async_to_sync(awaited)()


def require_no_event_loop(what: str) -> None:
    """Raises `MisuseError` in a running event loop, where nothing may block."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise MisuseError(f"{what} cannot block an event loop: write `await a{what}(…)`")
