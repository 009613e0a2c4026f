"""`@querylens.capture()` on everything that can be called and finishes."""

from __future__ import annotations

import functools
import inspect
import threading

import pytest
from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpResponse
from django.test import RequestFactory
from django.views import View

import querylens
from tests.capture.sending import PATIENCE, in_event_loop, in_threads, send, texts

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_function_gets_the_trace_of_its_last_call():
    @querylens.capture()
    def ask(number):
        return send(f"SELECT {number}")

    assert ask.trace is None
    assert ask(1) == [(1,)]
    assert ask(number=2) == [(2,)]
    assert texts(ask.trace) == ["SELECT 2"]


def test_a_function_keeps_its_name_and_signature():
    @querylens.capture()
    def ask(number: int) -> list:
        """Asks."""

    assert (ask.__name__, ask.__doc__) == ("ask", "Asks.")
    assert list(inspect.signature(ask).parameters) == ["number"]


@pytest.mark.parametrize(
    ("given", "name"), [("", "test_a_trace_is_named.<locals>.ask"), ("shop", "shop")]
)
def test_a_trace_is_named(given, name):
    @querylens.capture(given, kind="command")
    def ask():
        pass

    ask()

    assert (ask.trace.name, ask.trace.kind) == (name, "command")


def test_a_function_that_fails_has_its_trace():
    @querylens.capture()
    def ask():
        send()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask()

    assert len(ask.trace) == 1


def test_a_function_that_calls_itself_has_the_trace_of_the_outermost_call():
    @querylens.capture()
    def ask(depth):
        send(f"SELECT {depth}")
        if depth:
            ask(depth - 1)

    ask(2)

    assert texts(ask.trace) == ["SELECT 2", "SELECT 1", "SELECT 0"]


def test_a_method_is_recorded():
    class Shop:
        @querylens.capture()
        def ask(self, number):
            return send(f"SELECT {number}")

    assert Shop().ask(1) == [(1,)]
    assert texts(Shop.ask.trace) == ["SELECT 1"]


def test_calls_in_two_threads_do_not_see_each_other():
    step = threading.Barrier(2)

    @querylens.capture()
    def ask(times):
        step.wait(PATIENCE)
        for _ in range(times):
            send()
        step.wait(PATIENCE)

    in_threads(lambda: ask(3), lambda: ask(5))

    assert len(ask.trace) in (3, 5)


def test_a_coroutine_function_is_recorded_and_stays_one():
    @querylens.capture("shop")
    async def ask(number):
        return await sync_to_async(send)(f"SELECT {number}")

    assert iscoroutinefunction(ask)
    assert in_event_loop(lambda: ask(3)) == [(3,)]
    assert (ask.trace.name, texts(ask.trace)) == ("shop", ["SELECT 3"])


def test_a_coroutine_that_fails_has_its_trace():
    @querylens.capture()
    async def ask():
        await sync_to_async(send)()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_event_loop(ask)

    assert len(ask.trace) == 1


def test_a_function_that_was_made_asynchronous_is_recorded():
    ask = querylens.capture()(sync_to_async(send))

    assert iscoroutinefunction(ask)
    assert in_event_loop(lambda: ask("SELECT 4")) == [(4,)]
    assert texts(ask.trace) == ["SELECT 4"]


def test_an_asynchronous_class_based_view_is_recorded():
    class Shop(View):
        @querylens.capture()
        def dispatch(self, request):
            return super().dispatch(request)

        async def get(self, request):
            return HttpResponse(await sync_to_async(send)("SELECT 5"))

    response = in_event_loop(lambda: Shop.as_view()(RequestFactory().get("/")))

    assert response.content == b"(5,)"
    assert texts(Shop.dispatch.trace) == ["SELECT 5"]


def test_a_partial_and_an_object_that_can_be_called_are_recorded():
    class Asker:
        def __call__(self):
            return send("SELECT 2")

    partial = querylens.capture()(functools.partial(send, "SELECT 1"))
    asker = querylens.capture()(Asker())

    assert (partial(), asker()) == ([(1,)], [(2,)])
    assert (partial.trace.name, asker.trace.name) == ("partial", "Asker")


def yields():
    yield


async def yields_later():
    yield


@pytest.mark.parametrize("function", [yields, yields_later])
def test_a_generator_is_refused(function):
    with pytest.raises(TypeError, match="cannot decorate a generator: use it inside"):
        querylens.capture()(function)


def test_a_class_is_refused():
    with pytest.raises(TypeError, match="cannot decorate a class: decorate its methods"):
        querylens.capture()(View)


def test_missing_parentheses_are_told():
    with pytest.raises(TypeError, match=r"write @querylens.capture\(\) with parentheses"):

        @querylens.capture
        def ask():
            pass
