"""A database for one run: its tables are made in an empty database and dropped afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import dj_database_url
import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

SCHEMES = ("sqlite", "postgres", "postgresql", "mysql")


class UnusableDatabaseError(Exception):
    """The demo cannot use the database it was given; the message is one line."""


@contextmanager
def throwaway_database(url: str | None) -> Iterator[None]:
    """Sets Django up on the empty database at `url`, or on a temporary SQLite file."""
    with tempfile.TemporaryDirectory(prefix="demo-app-") as folder:
        if url is None:
            url = f"sqlite:///{quote(folder)}/demo.sqlite3"
        with _errors_in_one_line():
            _require_a_usable_url(url)
            os.environ["DEMO_DATABASE_URL"] = url
            os.environ["DJANGO_SETTINGS_MODULE"] = "demo_app.settings"
            django.setup()
        with _own_file(), _own_tables():
            yield


def _require_a_usable_url(url: str) -> None:
    scheme = urlsplit(url).scheme
    if scheme not in SCHEMES:
        known = ", ".join(f"{scheme}://" for scheme in SCHEMES)
        raise UnusableDatabaseError(f"its URL has to begin with one of {known}")
    if dj_database_url.parse(url)["NAME"] in ("", ":memory:"):
        raise UnusableDatabaseError("its URL names no database")


@contextmanager
def _own_file() -> Iterator[None]:
    """Removes the file of an SQLite database that was not there before."""
    name = str(connection.settings_dict["NAME"])
    is_new_file = connection.vendor == "sqlite" and not Path(name).exists()
    try:
        yield
    finally:
        connection.close()
        if is_new_file:
            Path(name).unlink(missing_ok=True)


@contextmanager
def _own_tables() -> Iterator[None]:
    with _errors_in_one_line():
        _connect()
        if tables := connection.introspection.table_names(include_views=True):
            raise UnusableDatabaseError(f"it is not empty ({len(tables)} tables or views)")
    try:
        with _errors_in_one_line():
            call_command("migrate", interactive=False, verbosity=0)
        yield
    finally:
        with _errors_in_one_line():
            _drop_tables()


def _connect() -> None:
    try:
        connection.ensure_connection()
    except TypeError as error:
        # What follows the question mark of a URL reaches the driver as keyword arguments.
        raise UnusableDatabaseError(f"its URL has an unknown option: {error}") from error


def _drop_tables() -> None:
    """Drops the tables of the demo's models, and the one that `migrate` keeps its records in."""
    tables = connection.introspection.django_table_names(only_existing=True)
    if MigrationRecorder(connection).has_table():
        tables.append(MigrationRecorder.Migration._meta.db_table)
    with connection.constraint_checks_disabled(), connection.schema_editor() as editor:
        for table in tables:
            name = connection.ops.quote_name(table)
            editor.execute(editor.sql_delete_table % {"table": name})


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    try:
        yield
    except (DatabaseError, ImproperlyConfigured, ValueError) as error:
        raise UnusableDatabaseError(" ".join(str(error).split())) from error
