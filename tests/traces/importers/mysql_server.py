"""A MariaDB server of a test's own, which writes the logs that the importers read."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAMS = ("mariadbd", "mariadb-install-db", "mariadb", "mariadb-admin")
PATH = f"{os.environ['PATH']}:/usr/sbin"


def program(name):
    found = shutil.which(name, path=PATH)
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"{name} is not installed")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


class Server:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "socket"

    def client(self, *options, sql=""):
        """Sends `sql` with the server's own client.

        A statement is in the slow log behind its answer, so another one is sent after it.
        """
        command = [program("mariadb"), "--no-defaults", "--user=root", f"--socket={self.socket}"]
        subprocess.run(
            [*command, "--comments", "--skip-reconnect", *options],
            input=f"{sql}\nSELECT 'the end';".encode(),
            capture_output=True,
            check=True,
        )

    def log(self, name):
        return (self.folder / f"{name}.log").read_bytes()


@contextmanager
def mariadb(*options):
    """Runs a server with both logs on, which answers on a socket only, and ends it."""
    for name in PROGRAMS:
        program(name)
    user = "mysql" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    # The path of a socket is at most 107 characters long, and pytest's folders are longer.
    with tempfile.TemporaryDirectory(prefix="querylens-", dir="/tmp") as name:
        folder = Path(name)
        if user == "mysql":
            shutil.chown(folder, user)
        server = Server(folder)
        common = ["--no-defaults", f"--user={user}", f"--datadir={folder / 'data'}"]
        login = "--auth-root-authentication-method=normal"
        subprocess.run(
            [program("mariadb-install-db"), *common, "--skip-test-db", login],
            check=True,
            capture_output=True,
        )
        logs = [
            *("--slow-query-log=1", f"--slow-query-log-file={folder / 'slow.log'}"),
            *("--general-log=1", f"--general-log-file={folder / 'general.log'}"),
            *("--long-query-time=0", f"--pid-file={folder / 'pid'}", "--skip-networking"),
        ]
        process = subprocess.Popen(
            [program("mariadbd"), *common, *logs, f"--socket={server.socket}", *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            admin = [program("mariadb-admin"), "--no-defaults", "--user=root", "--wait=180"]
            subprocess.run(
                [*admin, f"--socket={server.socket}", "ping"], check=True, capture_output=True
            )
            yield server
        finally:
            process.kill()
            process.wait()
