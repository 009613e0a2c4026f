"""Rows that are there for one run only: rolled back, or flushed where nothing can be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from querylens.errors import MisuseError


def allowed_databases() -> list[str]:
    """The aliases that the running test may use."""
    from django.db import connections

    return [alias for alias in connections if _is_allowed(connections[alias])]


def _is_allowed(connection: Any) -> bool:
    from django.test.testcases import DatabaseOperationForbidden  # type: ignore[attr-defined]

    try:
        connection.cursor().close()
    except DatabaseOperationForbidden:
        return False
    return True


@contextmanager
def forbidden_databases_named(what: str) -> Iterator[None]:
    """Turns Django's refusal of a database into the one line that says what to write.

    Raises `MisuseError`.
    """
    from django.test.testcases import DatabaseOperationForbidden  # type: ignore[attr-defined]

    try:
        yield
    except DatabaseOperationForbidden as error:
        alias = next(iter(re.findall(r" to '([^']+)'", str(error))), "")
        raise MisuseError(not_allowed(what, alias)) from error


def not_allowed(what: str, alias: str) -> str:
    """What to write when a test may not use a database."""
    named = f"database {alias!r}" if alias else "a database"
    return (
        f"{what}: {named} is not allowed for this test. Add it to the class's `databases`, "
        "or to `@pytest.mark.django_db(databases=[…])`"
    )


@contextmanager
def undone(aliases: Iterable[str]) -> Iterator[None]:
    """Takes back what is written inside, on each of the databases.

    A database that is in a transaction gets a savepoint. Another one is emptied as Django's
    `TransactionTestCase` does: before, so that every run starts from nothing, and after.

    Raises `MisuseError` where a database that is no test database would be emptied.
    """
    from django.db import connections

    with ExitStack() as stack:
        for alias in aliases:
            connection = connections[alias]
            if connection.in_atomic_block:
                stack.enter_context(_rolled_back(alias))
            elif not connection.settings_dict["TEST"].get("MIRROR"):
                stack.enter_context(_flushed(alias))
        yield


@contextmanager
def _rolled_back(alias: str) -> Iterator[None]:
    from django.db import transaction

    savepoint = transaction.atomic(using=alias)
    # As TestCase marks its own, so that `atomic(durable=True)` may be opened inside.
    savepoint._from_testcase = True  # type: ignore[attr-defined]
    with savepoint:
        try:
            yield
        finally:
            transaction.set_rollback(True, using=alias)


@contextmanager
def _flushed(alias: str) -> Iterator[None]:
    _require_test_database(alias)
    _flush(alias)
    try:
        yield
    finally:
        _flush(alias)


def _flush(alias: str) -> None:
    from django.core.management import call_command

    options = {"reset_sequences": False, "allow_cascade": False, "inhibit_post_migrate": False}
    call_command("flush", verbosity=0, interactive=False, database=alias, **options)


def _require_test_database(alias: str) -> None:
    from django.db import connections
    from django.db.backends.base.creation import TEST_DATABASE_PREFIX

    connection: Any = connections[alias]
    name = str(connection.settings_dict["NAME"])
    own = str(connection.settings_dict["TEST"].get("NAME") or "")
    in_memory = connection.vendor == "sqlite" and connection.is_in_memory_db()
    if in_memory or Path(name).name.startswith(TEST_DATABASE_PREFIX):
        return
    if not own or not name.startswith(own):
        raise MisuseError(
            f"database {alias!r} would be emptied, but it is no test database: "
            "count growth inside a Django test (TestCase, or pytest's `db`)"
        )
