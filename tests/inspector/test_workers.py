"""Two server processes of one project: one list, and values where the request was served only."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection

import pytest

from tests.capture.sending import ROOT
from tests.inspector.conftest import HOME
from tests.ports import free_port

SETTINGS = """
from tests.project.settings import *

DEBUG = True
INTERNAL_IPS = ["127.0.0.1"]
INSTALLED_APPS = [
    "querylens.django",
    "querylens.django.inspector",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "tests.project.library",
]
MIDDLEWARE = ["querylens.django.QueryLensMiddleware"]
ROOT_URLCONF = "tests.inspector.site"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": {name!r}}}}}
QUERYLENS = {{"REPORT": ["page"]}}
"""

POPULATE = """
import django
django.setup()
from django.core.management import call_command
from tests.project.library.populate import populate
call_command("migrate", run_syncdb=True, verbosity=0)
populate(4)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The temporary folder of the servers."""
    made = tmp_path_factory.mktemp("workers")
    settings = SETTINGS.format(name=str(made / "database.sqlite3"))
    (made / "worker_settings.py").write_text(settings, encoding="utf-8")
    subprocess.run([sys.executable, "-c", POPULATE], env=environment(made), cwd=ROOT, check=True)
    return made


@pytest.fixture(scope="module")
def servers(folder):
    """The ports of two servers."""
    with ExitStack() as stack:
        yield [stack.enter_context(served(folder, number)) for number in (0, 1)]


def environment(folder):
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
        "DJANGO_SETTINGS_MODULE": "worker_settings",
        "TMPDIR": str(folder),
    }


@contextmanager
def served(folder, number):
    port = free_port()
    command = (sys.executable, "-u", "-m", "django", "runserver", "--noreload", str(port))
    with (
        (folder / f"log-{number}.txt").open("wb") as log,
        subprocess.Popen(
            command,
            env=environment(folder),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as server,
    ):
        for line in server.stdout:
            if "Quit the server" in line:
                break
        yield port
        server.terminate()


def get(port, path):
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Connection": "close"})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, body


def test_both_show_what_either_served(servers, folder):
    for port in (*servers, *servers):
        assert get(port, "/secret/for-nobody/")[0] == 200
    lists = [get(port, HOME)[1] for port in servers]
    ids = [re.findall(r'data-id="(\d[^"]+)"', page) for page in lists]

    assert ids[0] == ids[1]
    assert len(ids[0]) == 4
    assert [page.count("for-nobody") for page in lists] == [2, 2]
    for entry_id in ids[0]:
        pages = [get(port, f"{HOME}requests/{entry_id}/") for port in servers]
        assert [status for status, _ in pages] == [200, 200]
        assert sorted("a secret" in page for _, page in pages) == [False, True]
        assert sorted("Another process served" in page for _, page in pages) == [False, True]
    assert (folder / f"querylens-{os.geteuid()}").is_dir()


def test_its_questions_are_not_in_the_terminal(servers, folder):
    for port in servers:
        assert get(port, f"{HOME}rows/?known=1")[0] == 200
        assert get(port, HOME)[0] == 200

    for number in (0, 1):
        log = (folder / f"log-{number}.txt").read_text(encoding="utf-8")
        assert f'"GET {HOME} HTTP/1.1" 200' in log
        assert "rows/" not in log
