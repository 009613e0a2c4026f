"""Database servers that the tests use when the environment names one and it answers."""

from __future__ import annotations

import socket

DEFAULT_PORTS = {
    "django.db.backends.postgresql": 5432,
    "django.db.backends.mysql": 3306,
}


def server_database(url: str) -> dict | None:
    """The entry of DATABASES for a server's URL, or None when there is none or it is down."""
    if not url:
        return None
    import dj_database_url

    database = dj_database_url.parse(url)
    host = database["HOST"] or "127.0.0.1"
    port = database["PORT"] or DEFAULT_PORTS[database["ENGINE"]]
    return database if answers(host, int(port)) else None


def answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=20):
            return True
    except OSError:
        return False
