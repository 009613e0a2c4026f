"""A PostgreSQL server with settings of its own, and statements that are sent to it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

PROGRAMS = max(
    Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda p: int(p.parent.name)
)
LANGUAGES = ("de_DE", "es_ES", "fr_FR", "it_IT", "ru_RU")


class Sent(NamedTuple):
    sql: str
    #: As the server tells them; None for the simple protocol.
    params: str | None = None
    values: tuple = ()
    error: str = ""


SENT = [
    Sent("SELECT 1"),
    Sent("SELECT 'it''s', 'a\nb', '\t tab'\n\tFROM pg_class\n\n\t\tLIMIT 1"),
    Sent("SELECT 'ü € 😀', 'LOG:  duration: 1.000 ms  statement: SELECT 0', 'a\\b'"),
    Sent("SELECT 'x\n2026-11-22 21:05:13.555 UTC [1] LOG:  statement: SELECT 666\n'"),
    Sent("SELECT no_such\n\tFROM pg_class", error="42703"),
    Sent("SELECT 'plan:', ' (cost=1..2 rows=3)'"),
    Sent(
        "SELECT $1::text, $2::text,\n\t$3::text",
        "$1 = 'it''s\n\there\n', $2 = NULL, $3 = 'x'', $2 = ''ü\"'",
        ("it's\n\there\n", None, "x', $2 = 'ü\""),
    ),
    Sent("SELECT $1::int / $2::int", "$1 = '6', $2 = '3'", (6, 3)),
    Sent("SELECT $1::int / $2::int", "$1 = '6', $2 = '0'", (6, 0), error="22012"),
    Sent("BEGIN"),
    Sent("DECLARE c CURSOR FOR SELECT 1"),
    Sent("FETCH 1 FROM c"),
    Sent("CLOSE c"),
    Sent("SELECT 'in a transaction'"),
    Sent("COMMIT"),
    Sent("SELECT 'DETAIL:  parameters: $1 = 1', 'STATEMENT:  x'"),
]


class Connection(NamedTuple):
    pid: int
    #: What %c tells.
    session: str
    connection: psycopg.Connection


class Server:
    """Starts a server on a data folder, as somebody who is not root."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._as = []
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            self._as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
        initdb = ["initdb", "-D", folder / "data", "-U", "app", "--auth=trust", "--no-sync"]
        self._run(*initdb, "--no-locale", "--encoding=UTF8")

    def _command(self, program, *arguments):
        return [*self._as, PROGRAMS / program, *arguments]

    def _run(self, *command):
        subprocess.run(self._command(*command), check=True, capture_output=True, cwd="/")

    @contextmanager
    def running(self, settings):
        """Yields the file that its stderr goes to."""
        log = self._folder / "stderr.log"
        options = {
            "listen_addresses": "",
            "unix_socket_directories": self._folder,
            "fsync": "off",
            "log_timezone": "UTC",
            "log_directory": self._folder / "data" / "logs",
            "log_filename": "log",
            **settings,
        }
        arguments = [f"--{name}={value}" for name, value in options.items()]
        shutil.rmtree(self._folder / "data" / "logs", ignore_errors=True)
        environment = os.environ | {"LOCPATH": str(self.locales)}
        with log.open("wb") as stderr:
            server = subprocess.Popen(
                self._command("postgres", "-D", self._folder / "data", *arguments),
                stderr=stderr,
                cwd="/",
                env=environment,
            )
        try:
            yield log
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=180)

    def connect(self):
        """Waits until the server answers."""
        last = time.monotonic() + 180
        while True:
            try:
                connection = psycopg.connect(
                    host=str(self._folder),
                    user="app",
                    dbname="postgres",
                    autocommit=True,
                    application_name="a b",
                    prepare_threshold=None,
                )
                break
            except psycopg.OperationalError:
                if time.monotonic() > last:
                    raise
                time.sleep(0.05)
        query = "SELECT pid, floor(extract(epoch FROM backend_start))::bigint FROM pg_stat_activity"
        with connection.cursor() as cursor:
            pid, started = cursor.execute(f"{query} WHERE pid = pg_backend_pid()").fetchone()
        return Connection(pid, f"{started:x}.{pid:x}", connection)

    @property
    def locales(self):
        return self._folder / "locales"

    @property
    def logs(self):
        return self._folder / "data" / "logs"


def send(connection, sent):
    failure = pytest.raises(psycopg.Error) if sent.error else nullcontext()
    with failure as raised:
        if sent.params is None:
            psycopg.ClientCursor(connection).execute(sent.sql)
        else:
            psycopg.RawCursor(connection).execute(sent.sql, sent.values)
    assert not sent.error or raised.value.sqlstate == sent.error


@contextmanager
def any_server():
    """A server that nobody else uses; skips the tests where none is installed."""
    if PROGRAMS is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no PostgreSQL server is installed")
        pytest.skip("no PostgreSQL server is installed")
    # Not pytest's own folder: only its user may go there, and a socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="querylens-") as folder:
        yield Server(Path(folder))
