"""A small Django project, and real processes that run it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from querylens.cli import main
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
DEADLINE = 180
DROPPED = ("DJANGO_SETTINGS_MODULE", "FORCE_COLOR", "TTY_COMPATIBLE", "PYTHONWARNINGS")

FILES = {
    "manage.py": """\
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
""",
    "site_settings.py": """\
from pathlib import Path

SECRET_KEY = "x"
DEBUG = True
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["shop"]
ROOT_URLCONF = "shop.urls"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(__file__).parent / "db.sqlite3",
        "OPTIONS": {"timeout": 20},
    }
}
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
""",
    "wsgi.py": """\
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
application = get_wsgi_application()
""",
    "asgi.py": """\
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
application = get_asgi_application()
""",
    "shop/__init__.py": "",
    "shop/models.py": """\
from django.db import models


class Shelf(models.Model):
    name = models.CharField(max_length=50)


class Item(models.Model):
    shelf = models.ForeignKey(Shelf, models.CASCADE)
""",
    "shop/reading.py": """\
from shop.models import Item


def shelves():
    return [item.shelf.name for item in Item.objects.order_by("pk")]


def shelves_at_once():
    return [item.shelf.name for item in Item.objects.select_related("shelf")]
""",
    "shop/waiting.py": """\
import time


def wait_for_a_signal():
    # signal.pause() would not see one that came just before it.
    while True:
        time.sleep(0.01)
""",
    "shop/urls.py": """\
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path

from shop.models import Item, Shelf
from shop.reading import shelves, shelves_at_once


def slow(request, pk):
    return HttpResponse(",".join(shelves()))


def fixed(request):
    return HttpResponse(",".join(shelves_at_once()))


def streamed(request):
    def body():
        for item in Item.objects.order_by("pk"):
            yield item.shelf.name

    return StreamingHttpResponse(body())


async def astreamed(request):
    async def body():
        async for item in Item.objects.order_by("pk"):
            shelf = await Shelf.objects.aget(pk=item.shelf_id)
            yield shelf.name

    return StreamingHttpResponse(body())


def crash(request):
    shelves()
    raise ValueError("a crash")


urlpatterns = [
    path("slow/<int:pk>/", slow),
    path("fixed/", fixed),
    path("streamed/", streamed),
    path("astreamed/", astreamed),
    path("crash/", crash),
]
""",
    "shop/management/__init__.py": "",
    "shop/management/commands/__init__.py": "",
    "shop/management/commands/list_shelves.py": """\
from django.core.management import call_command
from django.core.management.base import BaseCommand

from shop.reading import shelves


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--quiet", action="store_true")
        parser.add_argument("--nested", action="store_true")
        parser.add_argument("--request", action="store_true")

    def handle(self, *args, **options):
        self.stdout.write(",".join(shelves()))
        if options["nested"]:
            call_command("list_shelves")
        if options["request"]:
            from django.test import Client

            Client().get("/slow/1/")
""",
    "shop/management/commands/fill.py": """\
from django.core.management.base import BaseCommand

from shop.models import Item, Shelf


class Command(BaseCommand):
    def handle(self, *args, **options):
        for name in ("top", "middle", "bottom"):
            Item.objects.create(shelf=Shelf.objects.create(name=name))
""",
    "prepare.py": """\
import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "site_settings"
django.setup()

from django.core.management import call_command

call_command("migrate", run_syncdb=True, verbosity=0)
call_command("fill")
""",
}


def environment(**more):
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in DROPPED and not name.startswith(("QUERYLENS", "PYTEST", "COV_"))
    }
    return kept | {"COLUMNS": "100", "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | more


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """The project with its database filled, to be copied."""
    folder = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run([sys.executable, "prepare.py"], cwd=folder, env=environment(), check=True)
    return folder


@pytest.fixture
def project(template, tmp_path):
    """A fresh copy of the project."""
    folder = tmp_path / "project"
    folder.mkdir()
    for path in sorted(template.rglob("*")):
        copy = folder / path.relative_to(template)
        if "__pycache__" in path.parts:
            continue
        if path.is_dir():
            copy.mkdir()
        else:
            copy.write_bytes(path.read_bytes())
    return folder


@pytest.fixture
def call(project):
    """Runs Python in the project to its end."""

    def finished(*arguments, **more):
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=project,
            env=environment(**more),
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )

    return finished


@pytest.fixture
def querylens(call):
    """`querylens ARGUMENTS` in the project, to its end."""
    return lambda *arguments, **more: call("-m", "querylens", *arguments, **more)


class Server:
    """A process that runs on, and what it has written so far."""

    def __init__(self, process):
        self.process = process
        self.pid = process.pid
        self.output = ""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.output += line
                self._changed.notify_all()

    def wait_for(self, pattern):
        """The match of a line that it writes."""
        with self._changed:
            found = self._changed.wait_for(lambda: re.search(pattern, self.output), DEADLINE)
            assert found, self.output
            return found

    def has_written(self, pattern, within):
        """Whether it writes a line, now or in so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: re.search(pattern, self.output), within)

    def end(self, number):
        """Sends a signal, and gives the exit code."""
        os.kill(self.pid, number)
        code = self.process.wait(DEADLINE)
        self._reader.join(DEADLINE)
        return code


@pytest.fixture
def serve(project):
    """Starts `querylens run ARGUMENTS`; stdout and stderr come as one."""

    @contextmanager
    def running(*arguments, **more):
        process = subprocess.Popen(
            [sys.executable, "-m", "querylens", "run", *arguments],
            cwd=project,
            env=environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            yield Server(process)
        finally:
            # Its children too: they are in the session that it began.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(DEADLINE)
            process.stdout.close()

    return running


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def fetch(port):
    """The body of a page, as soon as the port is open."""

    def body(path, server):
        deadline = threading.Event()
        timer = threading.Timer(DEADLINE, deadline.set)
        timer.start()
        try:
            while not deadline.is_set():
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as it:
                        return it.read().decode()
                except urllib.error.HTTPError as error:
                    return error.read().decode()
                except OSError:
                    assert server.process.poll() is None, server.output
                    deadline.wait(0.05)
        finally:
            timer.cancel()
        raise AssertionError(server.output)

    return body


def counted(text):
    """The summary's traces and queries: `(2, 8)`."""
    found = re.search(r"^(\d+) [\w ]+?: (\d+) quer", text, re.MULTILINE)
    assert found, text
    return int(found[1]), int(found[2])


@pytest.fixture
def command(capsys, monkeypatch):
    """`querylens ARGUMENTS` in this process: exit code, stdout, stderr."""

    def finished(*arguments, columns=100):
        monkeypatch.setenv("COLUMNS", str(columns))
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        return (end.value.code, *capsys.readouterr())

    return finished


@pytest.fixture(scope="session")
def demo_recording(tmp_path_factory):
    """What the demo records for its scoreboard: a folder with `before` and `after`."""
    folder = tmp_path_factory.mktemp("demo") / "recorded"
    subprocess.run(
        [sys.executable, "-m", "demo_app", "--json", "--record", str(folder)],
        cwd=ROOT,
        env=environment(),
        check=True,
        capture_output=True,
    )
    return folder
