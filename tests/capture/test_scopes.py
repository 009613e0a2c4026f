"""A request inside a capture is a scope of its own: groups and duplicates never span scopes."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.http import HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path

import querylens
from querylens.recorder import request_scope
from tests.capture.sending import in_event_loop, in_threads, send, texts, with_context

ONE = "SELECT 1"


def view(request):
    send(ONE)
    return HttpResponse("plain")


async def coroutine_view(request):
    await sync_to_async(send)(ONE)
    return HttpResponse("plain")


def threaded_view(request):
    in_threads(with_context(send, ONE))
    return HttpResponse("plain")


def capturing_view(request):
    with querylens.capture("inside") as trace:
        send(ONE)
    return HttpResponse(f"{trace.queries[0].scope.name} {len(trace)}")


def failing_view(request):
    send(ONE)
    raise ZeroDivisionError


def calling_view(request):
    send(ONE)
    Client().get("/view/")
    send(ONE)
    return HttpResponse("plain")


VIEWS = [view, coroutine_view, threaded_view, capturing_view, failing_view, calling_view]
urlpatterns = [path(f"{function.__name__}/", function) for function in VIEWS]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("_own_addresses"),
]


@pytest.fixture
def _own_addresses():
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        yield


def scopes(trace):
    return [query.scope.name for query in trace.queries]


def test_what_is_sent_outside_of_requests_is_one_scope():
    with querylens.capture("block") as trace:
        send(ONE)
        send(ONE)

    assert scopes(trace) == ["block", "block"]
    assert trace.similar_counts() == [2, 2]


@pytest.mark.parametrize("name", ["view", "coroutine_view", "threaded_view"])
def test_a_request_is_a_scope(client, name):
    with querylens.capture("block") as trace:
        send(ONE)
        client.get(f"/{name}/")
        send(ONE)

    assert scopes(trace) == ["block", f"GET {name}/", "block"]
    assert trace.similar_counts() == [2, 1, 2]
    assert trace.duplicated_count() == 2


@pytest.mark.parametrize("name", ["view", "coroutine_view"])
def test_an_asynchronous_request_is_a_scope(name):
    async def ask():
        async with querylens.capture("block") as trace:
            await sync_to_async(send)(ONE)
            await AsyncClient().post(f"/{name}/")
        return trace

    assert scopes(in_event_loop(ask)) == ["block", f"POST {name}/"]


def test_two_requests_to_one_address_are_two_scopes(client):
    with querylens.capture() as trace:
        client.get("/view/")
        client.get("/view/")

    first, second = trace.queries
    assert first.scope is not second.scope
    assert (trace.similar_count(), len(trace.groups())) == (0, 2)


def test_a_request_inside_a_request_is_a_scope_and_the_outer_one_goes_on(client):
    with querylens.capture() as trace:
        client.get("/calling_view/")

    assert scopes(trace) == ["GET calling_view/", "GET view/", "GET calling_view/"]
    assert trace.similar_counts() == [2, 1, 2]


def test_a_request_that_fails_ends_its_scope(client):
    with querylens.capture("block") as trace:
        with pytest.raises(ZeroDivisionError):
            client.get("/failing_view/")
        send(ONE)

    assert scopes(trace) == ["GET failing_view/", "block"]
    assert request_scope.get() is None


def test_both_captures_see_the_request_of_the_outer_one(client):
    with querylens.capture("test") as trace:
        response = client.get("/capturing_view/")

    assert response.content == b"GET 1"
    assert scopes(trace) == ["GET capturing_view/"]


def test_a_capture_inside_a_request_that_nobody_records_is_its_own_scope(client):
    assert client.get("/capturing_view/").content == b"inside 1"


def test_requests_in_two_threads_are_two_scopes():
    with querylens.capture() as trace:
        in_threads(*[with_context(lambda: Client().get("/view/")) for _ in range(2)])

    assert scopes(trace) == ["GET view/", "GET view/"]
    assert trace.similar_counts() == [1, 1]


def test_a_request_with_no_capture_open_sets_no_scope(client):
    client.get("/view/")
    with querylens.capture("block") as trace:
        send(ONE)

    assert (scopes(trace), texts(trace)) == (["block"], [ONE])
