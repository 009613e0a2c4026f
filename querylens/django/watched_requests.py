"""A request from the middleware to the last byte of its response."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from querylens.config import Config
from querylens.django.exchanges import Exchange, subscribers, tell
from querylens.django.request_capture import RequestCapture
from querylens.django.request_report import RequestReporter, add_headers
from querylens.django.streamed_body import follow, is_streamed
from querylens.engine import check
from querylens.errors import ConfigError
from querylens.model import Report, Trace
from querylens.query_lines import QueryLines
from querylens.recorder import failed
from querylens.rules.too_many_queries import INFO, budget_finding
from querylens.suppressions import Suppressions

if TYPE_CHECKING:
    from querylens.traces import TraceWriter

#: The mark on a view that is left out.
LEFT_OUT = "querylens_leave_out"
#: Where a request that is watched keeps its capture.
CAPTURE = "_querylens_capture"

_NO_ROUTE = "(no route)"
_LONGEST_METHOD = 20


def method_of(request: Any) -> str:
    """The request's method, unless it is nobody's: it is a stranger's word."""
    method: str = request.method or ""
    is_plain = method.isascii() and method.isalpha() and len(method) <= _LONGEST_METHOD
    return method if is_plain else "OTHER"


def route_of(request: Any) -> str:
    """The pattern of the URL, or that there is none."""
    match = getattr(request, "resolver_match", None)
    return _NO_ROUTE if match is None else str(match.route) or "/"


def is_left_out(request: Any) -> bool:
    """Whether its view is marked so."""
    match = getattr(request, "resolver_match", None)
    return getattr(getattr(match, "func", None), LEFT_OUT, False) is True


class RequestWatch:
    """What all requests have in common: what was told already, and the file they go to."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.reporter = RequestReporter()
        #: One for all requests: what one has no use for may serve another.
        self._suppressions = Suppressions(config)
        self._writer: TraceWriter | None = None
        if "record" in config.report:
            self._writer = _writer(config)

    @property
    def is_read(self) -> bool:
        """Whether anybody reads what the rules say; a recording is checked when it is read."""
        return bool({"terminal", "logging", "page"} & set(self.config.report) or subscribers)

    def check(self, trace: Trace, method: str, route: str) -> Report:
        """What the rules say, and the budget of the route."""
        report = check(trace, config=self.config, suppressions=self._suppressions)
        report = replace(report, remarks=(*report.remarks, *self._misspelt(trace)))
        allowed = self._budget(method, route)
        over = None if allowed is None else budget_finding(trace, allowed)
        if over is None or not self.config.selects(INFO.code):
            return report
        return replace(report, findings=(over, *report.findings))

    def record(self, trace: Trace, method: str, route: str, status: int | None) -> None:
        """Appends the trace to this process's file, when that was chosen."""
        if self._writer is not None:
            self._writer.write(trace, {"method": method, "route": route, "status": status or 0})

    def _misspelt(self, trace: Trace) -> list[str]:
        """Comments that name no rule, beside what sent queries."""
        lines = QueryLines()
        lines.add(trace.queries)
        return self._suppressions.unused(lines.files, codes=(), is_asked=lines.touch)

    def _budget(self, method: str, route: str) -> int | None:
        """The route's own, else that of the first pattern that matches it, with or without GET."""
        budgets = self.config.budgets
        names = (f"{method} {route}", route)
        exact = [budgets[name] for name in names if name in budgets]
        matching = (
            allowed
            for pattern, allowed in budgets.items()
            if any(fnmatchcase(name, pattern) for name in names)
        )
        return exact[0] if exact else next(matching, None)


def _writer(config: Config) -> TraceWriter:
    from querylens.traces import TraceWriter

    try:
        return TraceWriter(
            config.root / config.record_folder,
            record_params=config.record_params,
            compress=config.record_compress,
            max_bytes=config.record_max_bytes,
            max_queries=config.record_max_queries,
            sampled_before=config.sample_rate,
        )
    except ConfigError as error:
        # Whether zstd can be written is known to the writer alone.
        raise ConfigError(f"record-compress: {error}") from None


class WatchedRequest:
    """One request under watch. None of its methods raises, whatever fails in them."""

    def __init__(self, request: Any, watch: RequestWatch) -> None:
        self.capture = RequestCapture(watch.config)
        self._request = request
        self._watch = watch
        self._started_at = datetime.now(UTC)
        self._started_ns = perf_counter_ns()
        self._is_over = False
        self._is_streaming = False

    def respond(self, response: Any) -> Any:
        """The response: with headers where they are wanted, and its body in the capture."""
        try:
            if self.capture.is_broken or is_left_out(self._request):
                self._is_over = True
                self.capture.end("")
            elif is_streamed(response):
                self._follow(response)
            else:
                self.end(response)
        except Exception:
            failed("reporting a request")
        return response

    def end(self, response: Any) -> None:
        """Reports the request, once: all was sent, or nothing will be."""
        if self._is_over:
            return
        self._is_over = True
        try:
            duration = perf_counter_ns() - self._started_ns
            status = getattr(response, "status_code", None)
            route = route_of(self._request)
            name = f"{method_of(self._request)} {route}"
            self.capture.end(f"{name} {status or 'no response'}" if route == _NO_ROUTE else name)
            if self.capture.trace is not None and not is_left_out(self._request):
                self._report(self.capture.trace, response, duration)
        except Exception:
            failed("reporting a request")

    def _report(self, trace: Trace, response: Any, duration_ns: int) -> None:
        watch, status = self._watch, getattr(response, "status_code", None)
        method, route = method_of(self._request), route_of(self._request)
        has_headers = "headers" in watch.config.report and response is not None
        wants_headers = has_headers and not self._is_streaming
        try:
            watch.record(trace, method, route, status)
        except Exception:
            failed("recording a request")
        if not watch.is_read and not wants_headers:
            return
        report = watch.check(trace, method, route)
        if wants_headers:
            self._add_headers(response, trace, report)
        exchange = Exchange(
            trace=trace,
            report=report,
            route=route,
            method=method,
            path=self._request.path,
            status=status,
            started_at=self._started_at,
            duration_ns=duration_ns,
            is_streaming=self._is_streaming,
        )
        try:
            watch.reporter.tell(exchange, watch.config.report)
        except Exception:
            failed("telling of a request")
        tell(exchange)

    def _follow(self, response: Any) -> None:
        """Leaves the capture open for the body."""
        self._is_streaming = True
        trace = self.capture.trace
        if "headers" in self._watch.config.report and trace is not None:
            report = self._watch.check(trace, method_of(self._request), route_of(self._request))
            self._add_headers(response, trace, report)
        follow(response, lambda: self.capture, lambda: self.end(response))

    def _add_headers(self, response: Any, trace: Trace, report: Report) -> None:
        try:
            add_headers(response, trace, report, self._is_streaming)
        except Exception:
            failed("the headers of a response")
