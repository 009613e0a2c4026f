"""Where querylens takes part in Django and asgiref: a test fails when they move one of the places.

Each place is there, takes what it took, is patched, and what the patch is for works.
"""

from __future__ import annotations

import inspect
import pickle
from types import SimpleNamespace

import asgiref.sync
import django
import pytest
from django.contrib.contenttypes import fields as generic
from django.core.handlers.base import BaseHandler
from django.db import connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.backends.utils import CursorWrapper
from django.db.models import query, query_utils
from django.db.models.base import ModelState
from django.db.models.fields import related_descriptors as related
from django.db.models.sql import query as sql
from django.template import base as template
from django.template import defaulttags

import querylens
from querylens.django import capturing, hooks
from querylens.errors import UnsupportedDjangoError
from querylens.recorder import _failures
from tests.capture.sending import disconnect, in_event_loop, in_threads, send
from tests.project.library.models import Author, Book, Tag

pytestmark = pytest.mark.django_db

PATCHED = [
    (BaseDatabaseWrapper, "__init__", ["self", "settings_dict", "alias"]),
    (CursorWrapper, "callproc", ["self", "procname", "params", "kparams"]),
    (query.QuerySet, "__init__", ["self", "model", "query", "using", "hints"]),
    (query.RawQuerySet, "__init__", ["self", "raw_query", "model", "query", "params"]),
    (query.ModelIterable, "__iter__", ["self"]),
    (query.RawModelIterable, "__iter__", ["self"]),
    (sql.Query, "__getstate__", ["self"]),
    (sql.RawQuery, "__getstate__", ["self"]),
    (ModelState, "__getstate__", ["self"]),
    (asgiref.sync.SyncToAsync, "__call__", ["self", "args", "kwargs"]),
    (BaseHandler, "get_response", ["self", "request"]),
    (BaseHandler, "get_response_async", ["self", "request"]),
]


@pytest.fixture(autouse=True, scope="module")
def _hooks_are_in():
    hooks.install()


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    PATCHED,
    ids=[f"{owner.__name__}.{name}" for owner, name, _ in PATCHED],
)
def test_what_is_patched_is_there_and_takes_what_it_took(owner, name, parameters):
    patched = vars(owner)[name]
    original = inspect.unwrap(patched)

    assert patched is not original
    assert patched.__code__.co_filename.startswith(str(hooks.__file__).rpartition("/")[0])
    if name != "__getstate__":
        assert list(inspect.signature(original).parameters)[: len(parameters)] == parameters


#: What is read from the stack: code objects by name, and the variables they must have.
READ_FROM_THE_STACK = [
    (BaseDatabaseWrapper.connect, "BaseDatabaseWrapper.connect", ["self"]),
    (CursorWrapper.execute, "CursorWrapper.execute", ["self"]),
    (CursorWrapper.executemany, "CursorWrapper.executemany", ["self"]),
    (related.ForwardManyToOneDescriptor.__get__, None, ["self", "instance"]),
    (related.ReverseOneToOneDescriptor.__get__, None, ["self", "instance"]),
    (query_utils.DeferredAttribute.__get__, "DeferredAttribute.__get__", ["self", "instance"]),
    (query.QuerySet._fetch_all, "QuerySet._fetch_all", ["self"]),
    (query.prefetch_one_level, "prefetch_one_level", ["instances", "lookup", "level"]),
    (query.prefetch_related_objects, "prefetch_related_objects", []),
    (models.Model.save, "Model.save", ["self"]),
    (models.Model.refresh_from_db, "Model.refresh_from_db", ["self"]),
    (template.Node.render_annotated, "Node.render_annotated", ["self"]),
    (defaulttags.ForNode.render, "ForNode.render", ["self"]),
    (asgiref.sync.SyncToAsync.thread_handler, "SyncToAsync.thread_handler", []),
]


@pytest.mark.parametrize(
    ("function", "name", "variables"),
    READ_FROM_THE_STACK,
    ids=[function.__qualname__ for function, _, _ in READ_FROM_THE_STACK],
)
def test_what_is_read_from_the_stack_has_its_name_and_variables(function, name, variables):
    code = inspect.unwrap(function).__code__

    assert code.co_qualname == (name or function.__qualname__)
    assert set(variables) <= set(code.co_varnames)


def test_the_generic_foreign_key_has_one_of_its_known_descriptors():
    names = {"GenericForeignKey", "GenericForeignKeyDescriptor"}
    [owner] = [
        getattr(generic, name)
        for name in names
        if "__get__" in vars(vars(generic).get(name, object))
    ]

    assert {"self", "instance"} <= set(owner.__get__.__code__.co_varnames)


def test_a_wrapper_is_given_the_connection():
    seen = []

    def note(execute, sql, params, many, context):
        seen.append(context["connection"])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        send()

    assert [item.alias for item in seen] == ["default"]
    assert isinstance(connection.execute_wrappers, list)


def test_new_connections_are_watched_from_the_moment_they_are_made():
    made = connections.create_connection("default")

    assert made.connection is None
    assert made.execute_wrappers == [capturing.record_query]


def test_a_connection_that_lost_the_wrapper_gets_it_back_when_it_connects():
    def connect():
        connections["default"].execute_wrappers.clear()
        disconnect()
        send()
        return connections["default"].execute_wrappers

    assert in_threads(connect) == [[capturing.record_query]]
    assert connection_created.has_listeners()


def test_connections_of_other_threads_are_found():
    made = connections.create_connection("default")
    made.execute_wrappers.clear()

    hooks._watch_open_connections()

    assert made.execute_wrappers == [capturing.record_query]


def test_a_connection_that_is_watched_inside_a_wrapper_block_stays_watched():
    """Django ends the block by taking the last wrapper away."""

    def pass_on(execute, *statement):
        return execute(*statement)

    made = connections.create_connection("default")
    made.execute_wrappers.clear()
    with made.execute_wrapper(pass_on):
        hooks._watch(made)

    assert made.execute_wrappers == [capturing.record_query]


def test_callproc_is_seen():
    cursor = connection.make_cursor(SimpleNamespace(callproc=lambda *call: call))
    with querylens.capture() as trace:
        cursor.callproc("area", [2])

    assert [(found.sql, found.cause.access) for found in trace.queries] == [("area", "callproc")]


@pytest.mark.parametrize(
    "build",
    [
        lambda: Tag.objects.filter(name="a"),
        lambda: (Tag.objects.filter(name="a") | Tag.objects.filter(name="b")).distinct(),
        lambda: Tag.objects.raw("SELECT * FROM library_tag"),
    ],
    ids=["filter", "or", "raw"],
)
def test_a_queryset_knows_where_it_was_built(build):
    with querylens.capture() as trace:
        list(build())

    [found] = trace.queries
    assert found.built_at.file == "tests/capture/test_hooks.py"
    assert "Tag.objects" in found.built_at.code


def test_a_row_knows_its_query(rows):
    with querylens.capture() as trace:
        for book in Book.objects.all():
            assert book.author.name
        for book in Book.objects.raw("SELECT * FROM library_book"):
            assert book.author.name

    assert [found.parent for found in trace.queries] == [None, *[0] * rows, None, *[5] * rows]


def test_a_pickle_holds_nothing_of_ours(rows):
    with querylens.capture():
        found = Author.objects.filter(pk__gt=0)
        raw = Author.objects.raw("SELECT * FROM library_author")
        pickles = [pickle.dumps(item) for item in (found.query, found, raw, found.first())]

    assert not any(b"querylens" in item for item in pickles)


@pytest.mark.django_db(transaction=True)
def test_the_line_of_the_await_is_the_call_site(rows):
    async def ask():
        async with querylens.capture() as trace:
            await Author.objects.acount()
        return trace

    [found] = in_event_loop(ask).queries

    assert found.call_site.code.strip() == "await Author.objects.acount()"


def test_a_request_is_seen(rows, client):
    with querylens.capture() as trace:
        client.get("/library/menu/")

    assert {found.scope.name for found in trace.queries} == {"GET library/menu/"}


def test_a_place_that_moved_is_told_and_the_others_stay(monkeypatch, caplog):
    def broken():
        raise AttributeError("it has moved")

    others = []
    for name in [name for name in vars(hooks) if name.startswith(("_patch_", "_watch_"))]:
        monkeypatch.setattr(hooks, name, lambda name=name: others.append(name))
    broken.__name__ = "_patch_requests"
    monkeypatch.setattr(hooks, "_patch_requests", broken)
    monkeypatch.setattr(hooks, "_gaps", [])
    monkeypatch.setattr(hooks, "_installed", False)
    _failures.pop("_patch_requests", None)

    with querylens.capture() as trace:
        send()

    assert trace.gaps == ["querylens could not take part in Django: patch_requests"]
    assert [record.name for record in caplog.records] == ["querylens"]
    assert len(others) == 7
    assert len(trace) == 1


@pytest.mark.parametrize("version", [(4, 2, 30, "final", 0), (5, 1, 9, "final", 0)])
def test_an_older_django_is_one_clear_line(monkeypatch, version):
    monkeypatch.setattr(django, "VERSION", version)
    monkeypatch.setattr(django, "get_version", lambda: ".".join(map(str, version[:3])))
    with pytest.raises(UnsupportedDjangoError) as caught:
        querylens.capture().__enter__()

    given = ".".join(map(str, version[:3]))
    assert str(caught.value) == f"querylens needs Django 5.2 or newer; this is Django {given}"
