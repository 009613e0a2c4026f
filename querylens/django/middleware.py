"""The middleware: every request reports itself, and may be recorded."""

from __future__ import annotations

import random
from collections.abc import Callable
from fnmatch import fnmatchcase
from inspect import isclass
from typing import Any, TypeVar

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed

from querylens import framework
from querylens.config import Config
from querylens.django.exchanges import Exchange, subscribers
from querylens.django.watched_requests import CAPTURE, LEFT_OUT, RequestWatch, WatchedRequest
from querylens.recorder import configuration, failed

__all__ = ["Exchange", "QueryLensMiddleware", "leave_out", "subscribers"]

_View = TypeVar("_View", bound=Callable[..., Any])


def leave_out(view: _View) -> _View:
    """Leaves a view, sync or async, out of all reports; it stays the same function.

    For a class-based view write `@method_decorator(leave_out, name="dispatch")`.

    Raises `TypeError` for a class.
    """
    if isclass(view):
        raise TypeError(
            "leave_out() cannot decorate a class: "
            'write @method_decorator(leave_out, name="dispatch")'
        )
    setattr(view, LEFT_OUT, True)
    return view


def is_switched_on(config: Config) -> bool:
    """Whether requests are watched: under DEBUG, unless somebody chose with `enabled`."""
    return config.enabled if "enabled" in config.given else bool(settings.DEBUG)


class QueryLensMiddleware:
    """Captures each request and reports it, also while the body of its response streams.

    List it first in MIDDLEWARE. Raises `MiddlewareNotUsed` when it is switched off, `ConfigError`
    when the configuration is wrong, and never for a request.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        config = configuration()
        if not is_switched_on(config):
            raise MiddlewareNotUsed('querylens is off: set DEBUG, or QUERYLENS = {"ENABLED": True}')
        # Before the first request, which would else be in the middle of what is patched.
        framework.make_queries_visible()
        self.get_response = get_response
        self._config = config
        self._watch = RequestWatch(config)
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: Any) -> Any:
        if self._is_async:
            return self._respond(request)
        watched = self._begin(request)
        if watched is None:
            return self.get_response(request)
        try:
            with watched.capture:
                response = self.get_response(request)
        except BaseException:
            watched.end(None)
            raise
        return watched.respond(response)

    async def _respond(self, request: Any) -> Any:
        watched = self._begin(request)
        if watched is None:
            return await self.get_response(request)
        try:
            with watched.capture:
                response = await self.get_response(request)
        except BaseException:
            watched.end(None)
            raise
        return watched.respond(response)

    def _begin(self, request: Any) -> WatchedRequest | None:
        """None for a request that is left alone, or is watched already."""
        try:
            if getattr(request, CAPTURE, None) or not self._is_wanted(request):
                return None
            watched = WatchedRequest(request, self._watch)
            setattr(request, CAPTURE, watched.capture)
            return watched
        except Exception:
            failed("watching a request")
            return None

    def _is_wanted(self, request: Any) -> bool:
        path = request.path_info
        if any(_matches(path, pattern) for pattern in self._config.ignore_paths):
            return False
        rate = self._config.sample_rate
        return rate >= 1 or random.random() < rate  # noqa: S311 - nobody gains by guessing it


def _matches(path: str, pattern: str) -> bool:
    is_glob = any(char in pattern for char in "*?[")
    return fnmatchcase(path, pattern) if is_glob else path.startswith(pattern)
