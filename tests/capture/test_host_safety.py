"""A part of querylens that fails costs its own result and one log line, never the host."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, connections, transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.test import override_settings
from django.urls import path
from django.utils.safestring import mark_safe

import querylens
from querylens import explain, recorder
from querylens.django import capturing, causes, hooks, marks, rows
from querylens.rules import RULES
from tests.capture.sending import send
from tests.project.library.models import Author, Book, Tag


def lazy(request):
    return HttpResponse(str([book.author.name for book in Book.objects.all()]))


def joined(request):
    books = Book.objects.select_related("author__publisher")
    return HttpResponse(str([book.author.publisher.name for book in books]))


def iterated(request):
    async def titles():
        return [book.title async for book in Book.objects.aiterator()]

    return HttpResponse(str(async_to_sync(titles)()))


def raw(request):
    return HttpResponse(str([tag.name for tag in Tag.objects.raw("SELECT * FROM library_tag")]))


def written(request):
    author = Author.objects.get(name="Author 1")
    author.books.first().tags.add(Tag.objects.create(name="new"))
    author.save()
    return HttpResponse(author.name)


def listed(request):
    return HttpResponse(str(send("SELECT %s", [1])))


def marked(request):
    return HttpResponse(str(send(mark_safe("SELECT 1"))))


def rendered(request):
    return render(request, "library/book_list.html", {"books": Book.objects.order_by("title")})


def awaited(request):
    async def count():
        return await Author.objects.acount()

    return HttpResponse(str(async_to_sync(count)()))


def called(request):
    cursor = connection.make_cursor(SimpleNamespace(callproc=lambda *call: call))
    return HttpResponse(str(cursor.callproc("area", [2])))


def connected(request):
    connections.create_connection("default").close()
    return HttpResponse(str(send()))


VIEWS = [lazy, joined, iterated, raw, written, listed, marked, rendered, awaited, called, connected]
urlpatterns = [path(f"{view.__name__}/", view) for view in VIEWS]

#: What is broken, in which view, what the log says, and who calls it when only one caller is meant.
BROKEN = [
    (capturing, "keep", listed, "keeping parameters", ""),
    (capturing, "_text_of", marked, "recording a query", ""),
    (capturing, "came_from", lazy, "recording a query", ""),
    (capturing, "_shape_of", lazy, "recording a query", ""),
    (capturing, "_stack_of", lazy, "recording a query", ""),
    (capturing, "_new_stack", lazy, "recording a query", ""),
    (capturing, "learn", lazy, "recording a query", ""),
    (capturing, "make_shape", lazy, "recording a query", ""),
    (capturing, "_make", lazy, "recording a query", ""),
    (capturing, "make_shape", called, "recording a query", ""),
    (capturing, "_stack_of", awaited, "the await line", "remember_awaiting"),
    (causes, "_read_descriptor", lazy, "recording a query", ""),
    (causes, "_read_queryset", lazy, "recording a query", ""),
    (causes, "_read_iterable", iterated, "recording a query", ""),
    (causes, "_read_manager", written, "recording a query", ""),
    (causes, "_read_model", written, "recording a query", ""),
    (marks, "_node", rendered, "recording a query", ""),
    (marks, "_for_node", rendered, "recording a query", ""),
    (rows, "_builder", lazy, "the origin of a queryset", ""),
    (rows, "_builder", raw, "the origin of a raw queryset", "watch_raw_builder"),
    (rows, "_sent_for", lazy, "tagging a row", ""),
    (rows, "_tag_joined", joined, "tagging a row", ""),
    (hooks, "Scope", lazy, "the scope of a request", ""),
    (hooks, "_watching", connected, "watching a connection", ""),
    (explain, "queries", lazy, "reading a trace", ""),
    *[(rule, "check", lazy, f"rule {rule.info.code}", "") for rule in RULES],
]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_fresh")]


@pytest.fixture
def _fresh(rows):
    """Nothing is remembered of earlier stacks and earlier failures."""
    for memory in (capturing._stacks, capturing._expected, recorder._failures):
        memory.clear()
    with override_settings(ROOT_URLCONF=__name__):
        yield
    for memory in (capturing._stacks, capturing._expected, recorder._failures):
        memory.clear()


def fails(*args, **kwargs):
    raise ZeroDivisionError("broken for a test")


def fails_for(caller, original):
    """Fails when it is called from one function, and works for all others."""

    def broken(*args):
        return fails() if caller in sys._getframe(1).f_code.co_qualname else original(*args)

    return broken


def answer(client, view):
    """All that a browser gets."""
    response = client.get(f"/{view.__name__}/")
    return response.status_code, response.headers, response.content


def undone(client, view):
    """The answer, with what the view wrote taken back."""
    with transaction.atomic():
        found = answer(client, view)
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize(
    ("owner", "name", "view", "what", "caller"),
    BROKEN,
    ids=[f"{owner.__name__}.{name} {view.__name__}" for owner, name, view, _, _ in BROKEN],
)
def test_a_part_that_fails_changes_no_answer(
    client, monkeypatch, caplog, owner, name, view, what, caller
):
    with querylens.capture() as whole:
        expected = undone(client, view)
    capturing._stacks.clear()
    capturing._expected.clear()
    broken = fails_for(caller, getattr(owner, name)) if caller else fails
    monkeypatch.setattr(owner, name, broken)

    with querylens.capture() as trace:
        given = undone(client, view)

    assert given == expected
    assert len(trace) == len(whole)
    assert str(querylens.check(trace)).startswith(f"{len(trace)} quer")
    [line] = caplog.records
    assert (line.name, line.levelname) == ("querylens", "WARNING")
    assert line.getMessage() == f"querylens: {what} failed; its results are missing here"
    assert line.exc_info


def test_an_unread_query_is_told_of_in_the_trace(client, monkeypatch):
    monkeypatch.setattr(capturing, "make_shape", fails)
    with querylens.capture() as trace:
        answer(client, lazy)

    [gap] = trace.gaps
    assert gap == "the cause and the place of some queries could not be read"
    assert {query.scope.name for query in trace.queries} == {"GET lazy/"}
    assert {(query.cause, query.call_site) for query in trace.queries} == {(None, None)}


def test_an_unread_trace_has_its_queries_and_says_so(client, monkeypatch):
    monkeypatch.setattr(explain, "queries", fails)
    with querylens.capture() as trace:
        send("SELECT %s", [1])

    [query] = trace.queries
    assert (query.sql, query.params, query.alias) == ("SELECT %s", [1], "default")
    assert trace.gaps == ["the places of this trace could not be read"]


def test_a_rule_that_fails_is_told_of_in_the_report(client, monkeypatch):
    broken = RULES[0]
    monkeypatch.setattr(broken, "check", fails)
    with querylens.capture() as trace:
        answer(client, lazy)

    report = querylens.check(trace)

    assert report.remarks == (f"rule {broken.info.code} failed: its findings are missing",)


def test_even_a_query_that_cannot_be_counted_reaches_its_caller(monkeypatch, caplog):
    monkeypatch.setattr(capturing, "make_shape", fails)
    monkeypatch.setattr(capturing, "Record", None)
    with querylens.capture():
        assert send() == [(1,)]
        assert send() == [(1,)]

    assert [line.args[0] for line in caplog.records] == ["recording a query", "counting a query"]


def test_the_hosts_own_error_is_its_own(monkeypatch, caplog):
    """A row that cannot be made raises what it raised, also while it is tagged."""

    def broken(cls, *args, **kwargs):
        raise ZeroDivisionError("the project's own")

    monkeypatch.setattr(Author, "from_db", classmethod(broken))
    with querylens.capture(), pytest.raises(ZeroDivisionError, match="the project's own"):
        list(Author.objects.all())

    assert caplog.records == []


def test_an_interrupt_is_recorded_and_passed_on():
    def interrupt(*args):
        raise KeyboardInterrupt

    interrupted = connection.execute_wrapper(interrupt)
    with querylens.capture() as trace, interrupted, pytest.raises(KeyboardInterrupt):
        send()

    assert [query.error for query in trace.queries] == ["KeyboardInterrupt"]
