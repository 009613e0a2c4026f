"""The panel of Django Debug Toolbar: how many N+1, and what to write instead."""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, replace
from inspect import isawaitable
from pathlib import Path
from typing import Any

from debug_toolbar.panels import Panel
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from querylens import framework
from querylens.codes import exactness
from querylens.config import Config
from querylens.django.checks import is_ours
from querylens.django.inspector.cards import cards
from querylens.django.inspector.rendering import fill
from querylens.django.inspector.timeline import positions
from querylens.django.middleware import is_switched_on
from querylens.django.request_capture import RequestCapture
from querylens.django.watched_requests import (
    CAPTURE,
    RequestWatch,
    is_left_out,
    method_of,
    route_of,
)
from querylens.errors import ConfigError
from querylens.model import Report, Trace
from querylens.recorder import configuration, failed
from querylens.reporters._words import queries, total_words

_STATIC = Path(__file__).parent / "inspector" / "static" / "querylens_inspector"
#: Served from here, as querylens need not be installed as an application.
_ASSETS = {
    "panel.css": "text/css; charset=utf-8",
    "panel.js": "text/javascript; charset=utf-8",
}

_PANEL = "the panel of the toolbar"
_FAILED = "querylens failed here: the log has the reason."
_LEFT_OUT = "The view of this request is left out of all reports."
_NOT_WATCHED = (
    "QueryLensMiddleware left this request alone: because of IGNORE_PATHS or SAMPLE_RATE, "
    "or because the request was answered before it."
)


@login_not_required
def asset(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001
    """The panel's style sheet and its script."""
    if name not in _ASSETS:
        raise Http404
    return HttpResponse((_STATIC / name).read_bytes(), content_type=_ASSETS[name])


class QueryLensPanel(Panel):
    """Says how many N+1 a request has, and shows each with its places and its fix.

    List it in DEBUG_TOOLBAR_PANELS. It shows the queries that the toolbar's own panel of SQL
    shows: those of QueryLensMiddleware where that watches the request, else it captures them.
    """

    title = "N+1 queries"
    is_async = True

    def __init__(self, toolbar: Any, get_response: Any) -> None:
        super().__init__(toolbar, get_response)
        self._watch: _Watch | None = None
        self._problem = _FAILED

    @classmethod
    def ready(cls) -> None:
        """Before the first request, which would else be in the middle of what is patched."""
        try:
            framework.make_queries_visible()
        except Exception:
            failed(_PANEL)

    @classmethod
    def get_urls(cls) -> list[URLPattern]:
        return [path("querylens/<str:name>", asset, name="querylens_asset")]

    @property
    def nav_title(self) -> str:
        return self._stat("verdict") or "N+1"

    @property
    def nav_subtitle(self) -> str:
        return self._stat("summary")

    @property
    def content(self) -> SafeString:
        # What a store gives back is a plain string again.
        return SafeString(self._stat("content"))

    @property
    def scripts(self) -> list[str]:
        return [*super().scripts, _address("panel.js")]

    def process_request(self, request: Any) -> Any:
        try:
            self._watch = _Watch(request)
        except ConfigError as error:
            self._problem = str(error)
        except Exception:
            failed(_PANEL)
        if self._watch is None:
            return self.get_response(request)
        with self._watch.capture:
            response = self.get_response(request)
        return self._awaited(response, self._watch) if isawaitable(response) else response

    async def _awaited(self, response: Awaitable[Any], watch: _Watch) -> Any:
        with watch.capture:
            return await response

    def disable_instrumentation(self) -> None:
        """Takes what was recorded: what comes now are the toolbar's own queries."""
        try:
            if self._watch is not None:
                self._watch.end()
        except Exception:
            failed(_PANEL)

    def generate_stats(self, request: Any, response: Any) -> None:  # noqa: ARG002
        try:
            self._keep(self._stats(request))
        except Exception:
            failed(_PANEL)
            # Not by a template: that may be what failed.
            self._keep({"summary": "failed", "content": f"<p>{_FAILED}</p>"})

    def _keep(self, stats: dict[str, Any]) -> None:
        self.record_stats(stats)  # type: ignore[no-untyped-call]

    def _stat(self, name: str) -> str:
        return str(self.get_stats().get(name, ""))  # type: ignore[no-untyped-call]

    def _stats(self, request: Any) -> dict[str, Any]:
        """What the panel shows, as plain data and markup: the store keeps both."""
        if self._watch is None:
            return self._told(self._problem, "failed")
        if is_left_out(request):
            return self._told(_LEFT_OUT, "left out")
        trace = self._watch.trace
        if trace is None and self._watch.is_left_alone:
            return self._told(_NOT_WATCHED, "not watched")
        if trace is None:
            return self._told(_FAILED, "failed")
        report = self._watch.check(trace)
        found = [finding.rule.code for finding in report.findings]
        shown = cards(report, positions(trace.queries))
        return {
            "verdict": f"N+1: {sum(exactness('n-plus-one', code) > 0 for code in found)}",
            "summary": _summary(report),
            "totals": asdict(report.totals),
            "findings": found,
            "content": self._fill(
                cards=shown,
                more=len(found) - len(shown),
                is_own=True,
                remarks=report.remarks,
                suppressed=report.suppressed,
                totals=total_words(report.totals),
            ),
        }

    def _told(self, problem: str, summary: str) -> dict[str, Any]:
        """The panel of a request of which there is nothing to show."""
        return {"summary": summary, "content": self._fill(problem=problem)}

    def _fill(self, **context: Any) -> str:
        nonce = self.toolbar.csp_nonce
        context |= {"nonce": str(nonce or ""), "style": _address("panel.css")}
        return str(fill("panel.html", context))


class _Watch:
    """The queries of a request from when the toolbar began to look until it stopped.

    `capture` is to be entered while they are sent; it does nothing where the middleware captures.
    """

    def __init__(self, request: Any) -> None:
        self.trace: Trace | None = None
        #: The middleware was to watch the request, and did not.
        self.is_left_alone = False
        self.capture: AbstractContextManager[Any] = nullcontext()
        self._config: Config = configuration()
        self._request = request
        self._own: RequestCapture | None = None
        # The middleware stands before the toolbar, so that it has begun already.
        self._seen_before = len(_records_of(request))
        if not _is_left_to_middleware(request, self._config):
            self._own = RequestCapture(self._config)
            self.capture = self._own

    def end(self) -> None:
        """Closes what was opened here, and cuts off what was not sent under the toolbar."""
        if self._own is not None:
            self._own.end(f"{method_of(self._request)} {route_of(self._request)}")
        capture = self._own or getattr(self._request, CAPTURE, None)
        self.is_left_alone = capture is None
        if capture is not None and capture.trace is not None:
            self.trace = capture.trace.part(capture.trace.records[self._seen_before :])

    def check(self, trace: Trace) -> Report:
        """What the middleware would say of it, budgets included; but nothing is recorded again."""
        watch = RequestWatch(replace(self._config, report=()))
        return watch.check(trace, method_of(self._request), route_of(self._request))


def _records_of(request: Any) -> list[Any]:
    capture = getattr(request, CAPTURE, None)
    return [] if capture is None or capture.trace is None else capture.trace.records


def _is_left_to_middleware(request: Any, config: Config) -> bool:
    """Whether it watches the request already, or stands behind the toolbar."""
    if getattr(request, CAPTURE, None) is not None:
        return True
    return is_switched_on(config) and any(map(is_ours, settings.MIDDLEWARE))


def _summary(report: Report) -> str:
    sent = queries(report.query_count)
    return f"{sent}, {report.saved} could go" if report.saved else sent


def _address(name: str) -> str:
    return reverse("djdt:querylens_asset", args=[name])
