"""What PostgreSQL and MySQL log of the statements, each when it has ended."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import IO
from urllib.parse import quote

from benchmarks.workload.requests import Request, Sent
from benchmarks.workload.texts import mysql_text, postgres_text

_ROTATED = 4


class PostgresLog:
    """The log with `log_min_duration_statement = 0`: one file, and the same in rotated ones."""

    def __init__(self, folder: Path, statements: int) -> None:
        #: How many statements it tells of.
        self.statements = 0
        self._whole = _opened(folder / "postgresql.log")
        self._folder = folder
        self._each = max(-(-statements // _ROTATED), 1)
        self._told = 0
        self._file: IO[bytes] | None = None

    def add(self, request: Request, sent: Sent) -> None:
        template, clock = sent.step.template, _clock(sent.ended_ns)
        text = postgres_text(template, sent.values, sent.size) + _tags(request)
        milliseconds = sent.duration_ns / 1e6
        lines = ""
        for part, share in _cursor_parts(text, sent) if template.kind == "cursor" else [(text, 1)]:
            lines += (
                f"{clock[0]}.{clock[1]:03d} UTC [{request.pid}] LOG:  "
                f"duration: {milliseconds * share:.3f} ms  statement: {part}"
            ).replace("\n", "\n\t") + "\n"
            self.statements += 1
        self._write(lines.encode())

    def _write(self, lines: bytes) -> None:
        self._whole.write(lines)
        if self._told % self._each == 0:
            self._rotate(self._told // self._each + 1)
        self._told += 1
        assert self._file is not None
        self._file.write(lines)

    def _rotate(self, number: int) -> None:
        if self._file is not None:
            self._file.close()
        self._file = _opened(self._folder / f"postgresql-{number}.log")

    def close(self) -> None:
        self._whole.close()
        if self._file is not None:
            self._file.close()


def _cursor_parts(text: str, sent: Sent) -> list[tuple[str, float]]:
    name = f'"_django_curs_139_sync_{sent.values[0]}"'
    return [
        (f"DECLARE {name} NO SCROLL CURSOR WITH HOLD FOR {text}", 0.5),
        (f"FETCH FORWARD 2000 FROM {name}", 0.4),
        (f"CLOSE {name}", 0.1),
    ]


class MysqlSlowLog:
    """The slow log of MySQL 8 with `long_query_time = 0`."""

    def __init__(self, folder: Path) -> None:
        #: How many statements it tells of.
        self.statements = 0
        self._file = _opened(folder / "mysql-slow.log")
        self._file.write(
            b"/usr/sbin/mysqld, Version: 8.0.40 (MySQL Community Server - GPL). started with:\n"
            b"Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock\n"
            b"Time                 Id Command    Argument\n"
        )

    def add(self, request: Request, sent: Sent) -> None:
        text = mysql_text(sent.step.template, sent.values, sent.size) + _tags(request)
        second, _ = _clock(sent.ended_ns)
        lines = (
            f"# Time: {second.replace(' ', 'T')}.{sent.ended_ns // 1000 % 1_000_000:06d}Z\n"
            f"# User@Host: shop[shop] @ web-1 [10.0.0.7]  Id: {request.pid:5d}\n"
            f"# Query_time: {sent.duration_ns / 1e9:.6f}  Lock_time: 0.000002 "
            "Rows_sent: 1  Rows_examined: 1\n"
            f"SET timestamp={sent.started_ns // 1_000_000_000};\n{text};\n"
        )
        self._file.write(lines.encode())
        self.statements += 1

    def close(self) -> None:
        self._file.close()


def _tags(request: Request) -> str:
    """The comment that sqlcommenter appends: all statements of a request have the same."""
    if not request.is_tagged:
        return ""
    route = quote(request.name.partition(" ")[2], safe="")
    trace = f"00-{request.trace_id}-{request.root_id}-01"
    framework = "db_driver='django.db.backends',framework='django%3A5.2'"
    return f" /*{framework},route='{route}',traceparent='{trace}'*/"


def _clock(nanoseconds: int) -> tuple[str, int]:
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return _second(seconds), rest // 1_000_000


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _opened(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("wb", buffering=1 << 20)
