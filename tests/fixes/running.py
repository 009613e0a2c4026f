"""Runs a shape's function and keeps what can be seen of it: queries, values, rows."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import iscoroutinefunction
from types import ModuleType
from typing import Any
from unittest import mock

from asgiref.sync import async_to_sync
from django.apps import apps
from django.db import connections, models
from django.http import HttpResponseBase

import querylens
from tests.project.library.populate import populate
from tests.shapes.sending import ALIASES, undone

BEFORE = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
MEANWHILE = datetime.datetime(2030, 2, 1, tzinfo=datetime.UTC)
#: What is another one in every response.
SECRETS = re.compile(r'(?<=csrfmiddlewaretoken" value=")\w+|(?<="csrfToken": ")\w+')

#: What kind of query it was: kind, access, relation or model.
Subject = tuple[str, str, str]


@dataclass(frozen=True)
class Run:
    """What a function sent, what it showed, and the rows that it left behind."""

    count: int
    by_subject: dict[Subject, int]
    shown: Any
    left: Any


def run(module: ModuleType, name: str, rows: int = 4) -> Run:
    """Runs a function of a module on `populate(rows)`, which is undone again."""
    function, shown = getattr(module, name), []
    seen = mock.patch.object(module, "show", lambda *values: shown.append(values), create=True)
    with undone(), seen:
        with at(BEFORE):
            populate(rows)
        with at(MEANWHILE):
            with querylens.capture(name) as trace:
                async_to_sync(function)() if iscoroutinefunction(function) else function()
            return Run(len(trace), by_subject(trace), plain(shown), all_rows())


@contextmanager
def at(moment):
    with mock.patch("django.utils.timezone.now", return_value=moment):
        yield


def subject(cause) -> Subject:
    return (cause.kind, cause.access, cause.relation or cause.model) if cause else ("", "", "")


def by_subject(trace):
    counts = {}
    for group in trace.groups():
        counts[subject(group.cause)] = counts.get(subject(group.cause), 0) + len(group)
    return counts


def all_rows():
    """Every row of the project's own models, on all databases."""
    own = apps.get_app_config("library").get_models(include_auto_created=True)
    return {
        f"{alias} {model.__name__}": rows_of(model, alias) for model in own for alias in ALIASES
    }


def rows_of(model, alias):
    """All rows as the table has them; the pairs of a relation have keys that nobody looks at."""
    columns = [
        f'"{field.column}"'
        for field in model._meta.local_concrete_fields
        if not (model._meta.auto_created and field.primary_key)
    ]
    with connections[alias].cursor() as cursor:
        cursor.execute(f'SELECT {", ".join(columns)} FROM "{model._meta.db_table}"')
        return sorted(cursor.fetchall(), key=repr)


def plain(value: Any) -> Any:
    """A value without what is another one each time, to be compared with its like."""
    if isinstance(value, models.Model):
        fields = {
            field.attname: plain(getattr(value, field.attname))
            for field in value._meta.concrete_fields
        }
        return (type(value).__name__, fields)
    if isinstance(value, HttpResponseBase):
        content = value.getvalue() if value.streaming else value.content
        return (value.status_code, SECRETS.sub("", content.decode()))
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(map(repr, map(plain, value)))
    if isinstance(value, str):
        return SECRETS.sub("", value)
    if hasattr(value, "__iter__"):
        return [plain(item) for item in value]
    return value if isinstance(value, (int, float, datetime.date, type(None))) else str(value)
