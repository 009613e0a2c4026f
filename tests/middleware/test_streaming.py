"""Queries that are sent while the body streams belong to the request."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished
from django.test import RequestFactory

import querylens
from querylens.recorder import recordings
from tests.capture.sending import disconnect, send
from tests.middleware.views import CrashError, Waiting
from tests.project.library.models import Author

pytestmark = pytest.mark.django_db


def read(response):
    """The body as the client gets it, from whatever kind of response."""

    async def parts():
        return b"".join([part async for part in response])

    body = async_to_sync(parts)() if response.is_async else b"".join(response)
    response.close()
    return body


def test_a_streamed_body_counts_for_its_request(site, exchanges, rows):
    response = site().get("/streamed/")

    assert exchanges == []
    assert read(response).count(b"\n") == rows
    [exchange] = exchanges
    assert (exchange.is_streaming, exchange.status) == (True, 200)
    assert len(exchange.trace) == 1 + 1 + rows
    assert len({query.scope for query in exchange.trace}) == 1
    [finding] = exchange.report.findings
    assert (finding.rule.code, finding.count) == ("QL101", rows)
    assert finding.call_site.function == "_lines"


def test_a_file_that_is_made_line_by_line_counts_for_its_request(site, exchanges, rows):
    response = site().get("/made-file/")

    assert exchanges == []
    assert read(response).count(b"\n") == rows
    [exchange] = exchanges
    assert len(exchange.trace) == 1 + rows


@pytest.mark.django_db(transaction=True)
def test_an_asynchronous_body_counts_for_its_request(async_site, exchanges, rows):
    async def run():
        response = await async_site().get("/streamed-async/")
        assert exchanges == []
        return b"".join([part async for part in response])

    body = async_to_sync(run)()

    [exchange] = exchanges
    assert body.count(b"\n") == rows
    assert len(exchange.trace) == 1 + 1 + rows
    [finding] = exchange.report.findings
    assert (finding.rule.code, finding.count) == ("QL104", rows)


def test_a_synchronous_body_under_asgi(async_site, exchanges, rows):
    async def run():
        response = await async_site().get("/streamed/")
        return b"".join([part async for part in response])

    with pytest.warns(Warning, match="must consume synchronous iterators"):
        async_to_sync(run)()

    assert [len(exchange.trace) for exchange in exchanges] == [1 + 1 + rows]


def test_an_asynchronous_body_under_wsgi(site, exchanges, rows):
    response = site().get("/streamed-async/")
    with pytest.warns(Warning, match="must consume asynchronous iterators"):
        body = b"".join(response.streaming_content) if not response.is_async else b"".join(response)

    assert body.count(b"\n") == rows
    assert [len(exchange.trace) for exchange in exchanges] == [1 + 1 + rows]


def test_a_body_that_is_closed_early_is_reported_once(site, exchanges, rows):
    response = site().get("/streamed/")
    parts = iter(response.streaming_content)
    next(parts)
    response.close()
    response.close()

    assert [len(exchange.trace) for exchange in exchanges] == [1 + 1 + 1]


def test_a_body_that_is_never_asked_for_is_reported_when_it_is_closed(site, exchanges, rows):
    response = site().head("/streamed/")
    response.close()

    assert [exchange.trace.name for exchange in exchanges] == ["HEAD streamed/"]
    assert len(exchanges[0].trace) == 1


def test_a_body_that_fails_is_reported_and_fails_as_before(site, exchanges, rows):
    response = site().get("/streamed-crash/")
    with pytest.raises(CrashError, match="in the middle"):
        read(response)

    assert [(len(item.trace), item.status) for item in exchanges] == [(1, 200)]


def test_an_asynchronous_body_that_fails(async_site, exchanges, rows):
    async def run():
        response = await async_site().get("/streamed-crash-async/")
        return [part async for part in response]

    with pytest.raises(CrashError, match="in the middle"):
        async_to_sync(run)()

    assert [len(exchange.trace) for exchange in exchanges] == [1]


def test_nothing_is_recorded_between_the_parts_of_a_body(site, exchanges, rows):
    response = site().get("/streamed/")
    for _ in response.streaming_content:
        send("SELECT 'of the server'")
        assert recordings.get() == ()

    [exchange] = exchanges
    assert not [query for query in exchange.trace if "server" in query.sql]


def test_two_bodies_that_stream_by_turns_are_kept_apart(site, exchanges, rows):
    client = site()
    one, other = client.get("/streamed/"), client.get("/streamed-crash/")
    next_of_one, next_of_other = iter(one.streaming_content), iter(other.streaming_content)
    next(next_of_one)
    next(next_of_other)
    with contextlib.suppress(StopIteration):
        while True:
            next(next_of_one)
    other.close()

    assert [len(exchange.trace) for exchange in exchanges] == [1 + 1 + rows, 1]


def test_a_capture_around_the_request_records_it_too(site, exchanges, rows):
    with querylens.capture() as outer:
        read(site().get("/streamed/"))
        Author.objects.count()

    [exchange] = exchanges
    assert len(exchange.trace) == 1 + 1 + rows
    assert len(outer) == len(exchange.trace) + 1
    assert len({query.scope for query in exchange.trace}) == 1


def test_a_file_is_sent_as_before(site, exchanges):
    site()
    environment = RequestFactory().get("/file/").environ
    environment["wsgi.file_wrapper"] = Wrapped

    sent = WSGIHandler()(environment, lambda *head: None)

    assert isinstance(sent, Wrapped)
    assert sent.file is environment["tests.content"]
    sent.file.close()
    assert [len(exchange.trace) for exchange in exchanges] == [1]


class Wrapped:
    """What a server makes of a file that it sends by itself."""

    def __init__(self, file, block_size):
        self.file = file


@pytest.mark.django_db(transaction=True)
def test_requests_in_one_event_loop_are_kept_apart(async_site, exchanges, rows):
    client = async_site()

    async def one(path):
        response = await client.get(path)
        if response.streaming:
            return [part async for part in response]
        return response.content

    async def run():
        paths = ["/awaited/", "/streamed-async/", "/lazy/", "/"] * 3
        await asyncio.gather(*map(one, paths))

    async_to_sync(run)()

    found = sorted((exchange.route, len(exchange.trace)) for exchange in exchanges)
    assert found == sorted(
        [
            ("awaited/", 1 + rows),
            ("streamed-async/", 2 + rows),
            ("lazy/", 1 + rows),
            ("/", 1),
        ]
        * 3
    )


@pytest.fixture
def _events():
    """Made in the loop that waits for them."""
    Waiting.arrived, Waiting.may_go = asyncio.Event(), asyncio.Event()


@pytest.fixture
def _disconnecting():
    """The handler serves in a thread of its own, whose connection nobody else closes."""

    def close(**_):
        disconnect()

    request_finished.connect(close)
    yield
    request_finished.disconnect(close)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_events")
def test_a_request_that_is_cancelled_is_reported(async_site, exchanges):
    async def run():
        request = asyncio.ensure_future(async_site().get("/waiting/"))
        await Waiting.arrived.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request

    async_to_sync(run)()

    assert [(item.route, item.status, len(item.trace)) for item in exchanges] == [
        ("waiting/", None, 1)
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_events", "_disconnecting")
def test_a_client_that_goes_away_ends_the_request(async_site, exchanges):
    async_site()

    async def run():
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/events/",
            "headers": [],
            "query_string": b"",
            "root_path": "",
            "asgi": {"version": "3.0"},
        }
        server = ApplicationCommunicator(ASGIHandler(), scope)
        await server.send_input({"type": "http.request", "body": b""})
        assert (await server.receive_output())["status"] == 200
        assert (await server.receive_output())["body"] == b"0\n"
        assert exchanges == []
        await server.send_input({"type": "http.disconnect"})
        await server.wait()

    async_to_sync(run)()

    [exchange] = exchanges
    assert (exchange.status, exchange.is_streaming, len(exchange.trace)) == (200, True, 1)


def test_a_stream_without_end_does_not_grow_without_end(site, exchanges):
    response = site().get("/many/")
    assert sum(1 for _ in response.streaming_content) == 10_050

    [exchange] = exchanges
    assert len(exchange.trace) == 10_000
    assert exchange.trace.gaps == ["the body streamed on: what it sent after that was not captured"]
