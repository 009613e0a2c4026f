"""Servers under capture: started, asked for a page, ended by a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.cli.conftest import environment

ENDS = [pytest.param(signal.SIGTERM, id="TERM"), pytest.param(signal.SIGINT, id="INT")]
PAGE = "top,middle,bottom"


@pytest.fixture
def address(port):
    return f"127.0.0.1:{port}"


@pytest.mark.parametrize("number", ENDS)
def test_runserver_with_its_reloader(serve, fetch, address, number):
    with serve("manage.py", "runserver", address) as server:
        assert fetch("/slow/1/", server) == PAGE
        assert fetch("/slow/2/", server) == PAGE
        fetch("/fixed/", server)
        code = server.end(number)

    assert code == 0
    assert server.output.count("\nquerylens\n") == 1
    assert "\n3 requests: 9 queries" in server.output
    assert "GET slow/<int:pk>/" in server.output
    assert '.select_related("shelf")' in server.output


def test_runserver_reloads(serve, fetch, project, address):
    with serve("manage.py", "runserver", address) as server:
        fetch("/slow/1/", server)
        reading = project / "shop" / "reading.py"
        status = reading.stat()
        # A change before the reloader's first look at the file is none to it.
        for turn in range(1, 30):
            os.utime(reading, (status.st_atime, status.st_mtime + 10 * turn))
            if server.has_written("reading.py changed, reloading", within=2):
                break
        server.wait_for(r"reading.py changed, reloading[\s\S]+Watching for file changes")
        fetch("/fixed/", server)
        server.end(signal.SIGTERM)

    assert "\n2 requests: 5 queries" in server.output


@pytest.mark.parametrize("number", ENDS)
def test_runserver_without_reloader(serve, fetch, address, number):
    with serve("manage.py", "runserver", "--noreload", "--nothreading", address) as server:
        assert fetch("/slow/1/", server) == PAGE
        assert fetch("/streamed/", server) == "topmiddlebottom"
        code = server.end(number)

    assert code == (0 if number == signal.SIGINT else -signal.SIGTERM)
    assert server.output.count("\nquerylens\n") == 1
    assert "\n  GET slow/<int:pk>/: 4 queries" in server.output
    assert "\n  GET streamed/: 4 queries" in server.output


@pytest.mark.parametrize("preload", [[], ["--preload"]], ids=["", "preload"])
@pytest.mark.parametrize("number", ENDS)
def test_gunicorn(serve, fetch, address, number, preload):
    pytest.importorskip("gunicorn")
    options = ["--workers", "2", "--bind", address, *preload]

    with serve("-m", "gunicorn", *options, "wsgi") as server:
        for _ in range(4):
            assert fetch("/slow/1/", server) == PAGE
        code = server.end(number)

    assert code == 0
    assert server.output.count("\nquerylens\n") == 1
    assert "\n4 requests: 16 queries" in server.output


@pytest.mark.parametrize("more", [[], ["--workers", "2"], ["--reload"]], ids=" ".join)
def test_uvicorn(serve, fetch, address, more):
    pytest.importorskip("uvicorn")
    port = address.rpartition(":")[2]

    with serve("-m", "uvicorn", "--port", port, *more, "asgi:application") as server:
        assert fetch("/slow/1/", server) == PAGE
        assert fetch("/astreamed/", server) == "topmiddlebottom"
        server.end(signal.SIGTERM)

    assert server.output.count("\nquerylens\n") == 1
    assert "\n2 requests: 8 queries" in server.output
    assert "\n  GET astreamed/: 4 queries" in server.output


def test_ctrl_c_ends_a_command_as_it_would(serve, project):
    (project / "work.py").write_text(
        "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'site_settings'\n"
        "import django\ndjango.setup()\nfrom shop.reading import shelves\n"
        "from shop.waiting import wait_for_a_signal\n"
        "shelves()\nprint('ready', flush=True)\nwait_for_a_signal()\n"
    )

    with serve("work.py") as server:
        server.wait_for("ready")
        code = server.end(signal.SIGINT)

    assert code == -signal.SIGINT
    assert "KeyboardInterrupt" in server.output
    assert "\n  work.py: 4 queries" in server.output


def test_request_that_is_cut_off_counts(serve, project):
    (project / "work.py").write_text(
        "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'site_settings'\n"
        "import django\ndjango.setup()\nfrom shop.reading import shelves\n"
        "from shop import urls\nfrom django.test import Client\nfrom django.urls import path\n"
        "from shop.waiting import wait_for_a_signal\n"
        "def stuck(request):\n"
        "    shelves()\n    print('ready', flush=True)\n    wait_for_a_signal()\n"
        "urls.urlpatterns.append(path('stuck/', stuck))\nClient().get('/stuck/')\n"
    )

    with serve("work.py") as server:
        server.wait_for("ready")
        code = server.end(signal.SIGTERM)

    assert code == -signal.SIGTERM
    assert "\n1 request: 4 queries" in server.output


def test_celery_worker(serve, project):
    """A worker that forks for its tasks, on a broker of files."""
    pytest.importorskip("celery")
    (project / "tasks.py").write_text(
        "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'site_settings'\n"
        "import django\ndjango.setup()\nfrom celery import Celery\n"
        "from shop.reading import shelves\n"
        "for name in ('queue', 'control'):\n    os.makedirs(name, exist_ok=True)\n"
        "app = Celery('tasks', broker='filesystem://')\n"
        "app.conf.broker_transport_options = {'data_folder_in': 'queue',\n"
        "    'data_folder_out': 'queue', 'control_folder': 'control'}\n"
        "@app.task(name='shop.read')\ndef read():\n    print('has', len(shelves()))\n"
    )
    options = ["--pool", "prefork", "--concurrency", "1", "--loglevel", "info"]
    sending = "import tasks; tasks.read.delay(); tasks.read.delay()"

    with serve("-m", "celery", "-A", "tasks", "worker", *options) as server:
        server.wait_for("ready")
        subprocess.run([sys.executable, "-c", sending], cwd=project, env=environment(), check=True)
        server.wait_for(r"(?:succeeded[\s\S]*){2}")
        server.end(signal.SIGTERM)

    assert "\n2 tasks: 8 queries" in server.output
    assert "shop.read" in server.output
