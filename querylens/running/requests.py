"""Requests as units: from the handler to the last byte of the body, sync and async."""

from __future__ import annotations

import functools
from typing import Any, Protocol

from django.core.handlers.base import BaseHandler

from querylens.django.streamed_body import follow, is_streamed
from querylens.recorder import failed
from querylens.running.units import Unit


class Opener(Protocol):
    """What opens a unit."""

    def open(self, name: str, kind: str) -> Unit | None: ...


def watch_requests(process: Opener) -> None:
    """Makes each request a unit."""
    handlers: Any = BaseHandler
    get_response = handlers.get_response
    get_response_async = handlers.get_response_async

    @functools.wraps(get_response)
    def sync_response(handler: Any, request: Any) -> Any:
        unit = process.open(_name(request, None), "request")
        response = None
        try:
            response = get_response(handler, request)
        finally:
            _finish(unit, request, response)
        return response

    @functools.wraps(get_response_async)
    async def async_response(handler: Any, request: Any) -> Any:
        unit = process.open(_name(request, None), "request")
        response = None
        try:
            response = await get_response_async(handler, request)
        finally:
            _finish(unit, request, response)
        return response

    handlers.get_response = sync_response
    handlers.get_response_async = async_response


def _name(request: Any, response: Any) -> str:
    """By route, so that the requests to one view are alike."""
    match = getattr(request, "resolver_match", None)
    if match is not None:
        return f"{request.method} {match.route or '/'}"
    status = f" {response.status_code}" if response is not None else ""
    return f"{request.method} (no route){status}"


def _finish(unit: Unit | None, request: Any, response: Any) -> None:
    """Ends the unit, or lets it go on in the body that is still to be sent."""
    if unit is None:
        return
    unit.leave()
    try:
        unit.name = _name(request, response)
        if is_streamed(response):
            follow(response, unit.resumed, unit.end)
            return
    except Exception:  # noqa: BLE001 - the request goes on
        failed("the name or the body of a response")
    unit.end()
