"""A port for a server that has to be told one."""

from __future__ import annotations

import secrets
import socket


def free_port():
    """One below those that systems give to outgoing connections.

    Such a connection could take the port before the server does; even one to this port itself,
    which the system connects to itself.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
