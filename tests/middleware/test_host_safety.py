"""A part of the middleware that fails costs its report and one log line, never a request."""

from __future__ import annotations

import io
from contextlib import redirect_stderr

import pytest
from asgiref.sync import async_to_sync

from querylens.django import exchanges as exchanges_module
from querylens.django import (
    middleware,
    request_capture,
    request_report,
    watched_requests,
)
from querylens.django.middleware import subscribers
from querylens.recorder import recordings
from querylens.traces import TraceWriter

pytestmark = pytest.mark.django_db

PATHS = ["/lazy/", "/streamed/", "/nowhere/", "/crashing/", "/template/", "/left-out/"]

#: What is broken, and what the log says.
BROKEN = [
    (middleware, "_matches", "watching a request"),
    (middleware, "WatchedRequest", "watching a request"),
    (request_capture.RequestCapture, "_start", "capturing a request"),
    (request_capture.RequestCapture, "end", "reporting a request"),
    (watched_requests, "route_of", "reporting a request"),
    (watched_requests, "method_of", "reporting a request"),
    (watched_requests, "is_left_out", "reporting a request"),
    (watched_requests.WatchedRequest, "_follow", "reporting a request"),
    (watched_requests, "check", "reporting a request"),
    (watched_requests, "budget_finding", "reporting a request"),
    (watched_requests, "Exchange", "reporting a request"),
    (watched_requests, "add_headers", "the headers of a response"),
    (request_report, "_text", "telling of a request"),
    (request_report.RequestReporter, "_is_first", "telling of a request"),
    (TraceWriter, "write", "recording a request"),
]


def fails(*args, **kwargs):
    raise ZeroDivisionError("broken for a test")


def answer(client, path):
    """All that a browser gets, but for what querylens adds."""
    response = client.get(path)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = dict(response.headers)
    for name in ("Server-Timing", "X-Querylens"):
        headers.pop(name, None)
    return response.status_code, headers, body


@pytest.mark.parametrize(
    ("owner", "name", "what"), BROKEN, ids=[f"{owner.__name__}.{name}" for owner, name, _ in BROKEN]
)
def test_a_part_that_fails_changes_no_answer(
    site, settings, monkeypatch, caplog, rows, tmp_path, owner, name, what
):
    options = {
        "REPORT": ["terminal", "logging", "headers", "record"],
        "RECORD_FOLDER": tmp_path,
        "BUDGETS": {"*": 1},
    }
    expected = [answer(site(ENABLED=False), path) for path in PATHS]
    client = site(**options)
    client.get("/nowhere/")
    caplog.clear()
    monkeypatch.setattr(owner, name, fails)

    given = [answer(client, path) for path in PATHS]

    assert given == expected
    assert recordings.get() == ()
    ours = [line for line in caplog.records if line.name == "querylens"]
    expected_line = f"querylens: {what} failed; its results are missing here"
    assert [line.getMessage() for line in ours] == [expected_line]


def test_a_subscriber_that_fails_costs_itself(site, exchanges, monkeypatch, caplog):
    monkeypatch.setattr(exchanges_module, "subscribers", [fails, *subscribers])
    response = site(REPORT=["headers"]).get("/")

    assert response["X-Querylens"] == "1 query; 0 findings"
    assert len(exchanges) == 1
    [line] = caplog.records
    assert line.getMessage() == "querylens: subscriber fails failed; its results are missing here"


@pytest.mark.django_db(transaction=True)
def test_a_coroutine_is_answered_though_nothing_can_be_captured(async_site, monkeypatch, caplog):
    client = async_site()
    monkeypatch.setattr(request_capture.RequestCapture, "_start", fails)

    response = async_to_sync(client.get)("/awaited/")

    assert response.status_code == 200
    assert len([line for line in caplog.records if line.name == "querylens"]) == 1


def test_a_body_goes_on_though_the_capture_broke(site, rows, monkeypatch, exchanges, caplog):
    response = site().get("/streamed/")
    monkeypatch.setattr(request_capture.RequestCapture, "_enter", fails)

    body = b"".join(response.streaming_content)

    assert body.count(b"\n") == rows
    [exchange] = exchanges
    assert exchange.trace.gaps == ["a part of the request was not captured"]
    assert exchange.report.remarks == ("a part of the request was not captured",)


def test_a_full_disk_behind_the_terminal_costs_the_line(site, caplog):
    full = io.TextIOWrapper(io.FileIO("/dev/full", "w"), write_through=True)
    with full, redirect_stderr(full):
        response = site(REPORT=["terminal"]).get("/")

    assert response.status_code == 200
    [line] = caplog.records
    assert (
        line.getMessage() == "querylens: telling of a request failed; its results are missing here"
    )
