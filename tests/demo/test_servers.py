"""The same numbers on PostgreSQL and MariaDB."""

from __future__ import annotations

import os
import secrets
from contextlib import closing
from urllib.parse import urlsplit

import dj_database_url
import pytest


def connect_to_postgres(url):
    import psycopg

    return psycopg.connect(url, autocommit=True, connect_timeout=60)


def connect_to_mysql(url):
    import MySQLdb

    database = dj_database_url.parse(url)
    return MySQLdb.connect(
        host=database["HOST"],
        port=int(database["PORT"] or 3306),
        user=database["USER"],
        password=database["PASSWORD"],
        database=database["NAME"],
        connect_timeout=60,
    )


SERVERS = {
    "QUERYLENS_POSTGRES_URL": (connect_to_postgres, "current_schema()"),
    "QUERYLENS_MYSQL_URL": (connect_to_mysql, "database()"),
}


@pytest.fixture(scope="module", params=SERVERS)
def server(request):
    """The URL of a new, empty database, and how to connect to it."""
    connect, schema = SERVERS[request.param]
    url = os.environ.get(request.param, "")
    if not url:
        unavailable(f"{request.param} is not set")
    try:
        administration = connect(url)
    except Exception as error:  # noqa: BLE001 - a missing driver, and the drivers' own errors
        unavailable(f"{request.param} cannot be used: {error}")
    name = f"querylens_demo_{secrets.token_hex(4)}"
    with closing(administration), administration.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        yield urlsplit(url)._replace(path=f"/{name}").geturl(), connect, schema
        cursor.execute(f"DROP DATABASE {name}")


def unavailable(reason):
    """Skips, except where the servers have to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.parametrize("offers", ["8", "30"])
def test_counts_the_same_as_on_sqlite(play, server, offers):
    url, _, _ = server

    assert without_findings(play("--offers", offers, "--database", url)) == without_findings(
        play("--offers", offers)
    )


def test_drops_what_it_made(play, server):
    url, connect, schema = server

    play("--offers", "8", "--database", url)

    with closing(connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM information_schema.tables WHERE table_schema = {schema}"
        )
        assert cursor.fetchone() == (0,)


def without_findings(printed):
    """What was counted: how a finding quotes its SQL differs from database to database."""
    paths = {
        path: {form: value for form, value in counts.items() if form != "findings"}
        for path, counts in printed["paths"].items()
    }
    return printed | {"paths": paths}
