"""What the children of a program find comes to the one summary."""

from __future__ import annotations

import pytest

from tests.cli.conftest import counted
from tests.cli.test_run import SET_UP, write

CHILDREN = (
    SET_UP
    + """\
import multiprocessing

django.setup()
from django.db import connections
from shop.reading import shelves

def work(number):
    return len(shelves())

if __name__ == "__main__":
    shelves()
    connections.close_all()
    context = multiprocessing.get_context("METHOD")
"""
)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_children(querylens, project, method):
    script = write(
        project,
        "work.py",
        CHILDREN.replace("METHOD", method) + "    child = context.Process(target=work, args=[1])\n"
        "    child.start()\n    child.join()\n    print(child.exitcode)\n",
    )

    result = querylens("run", "-m", "work")
    as_script = querylens("run", script)

    for each in (result, as_script):
        assert (each.returncode, each.stdout) == (0, "0\n"), each.stderr
        assert counted(each.stderr) == (2, 8)
        assert each.stderr.count("querylens\n") == 1


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_pool(querylens, project, method):
    script = write(
        project,
        "work.py",
        CHILDREN.replace("METHOD", method) + "    with context.Pool(2) as pool:\n"
        "        print(pool.map(work, range(4), chunksize=1))\n"
        "        pool.close()\n        pool.join()\n",
    )

    result = querylens("run", script)

    assert (result.returncode, result.stdout) == (0, "[3, 3, 3, 3]\n"), result.stderr
    assert counted(result.stderr)[1] == 20


def test_terminated_child_keeps_what_it_has_open(querylens, project):
    script = write(
        project,
        "work.py",
        CHILDREN.replace("METHOD", "fork").replace("def work", "def count")
        + "    from shop.waiting import wait_for_a_signal\n"
        "    def work(queue):\n        shelves()\n        queue.put(1)\n"
        "        wait_for_a_signal()\n"
        "    queue = context.Queue()\n"
        "    child = context.Process(target=work, args=[queue])\n"
        "    child.start()\n    queue.get()\n    child.terminate()\n    child.join()\n"
        "    print(child.exitcode)\n",
    )

    result = querylens("run", script)

    assert (result.returncode, result.stdout) == (0, "-15\n")
    assert counted(result.stderr) == (2, 8)


def test_killed_child_loses_only_what_it_was_in(querylens, project):
    script = write(
        project,
        "work.py",
        CHILDREN.replace("METHOD", "fork")
        + "    import os, signal\n    from django.test import Client\n"
        "    from shop import urls\n    from django.urls import path\n"
        "    def kill(request):\n        shelves()\n        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    urls.urlpatterns.append(path('kill/', kill))\n"
        "    def work():\n        Client().get('/slow/1/')\n        Client().get('/kill/')\n"
        "    child = context.Process(target=work)\n"
        "    child.start()\n    child.join()\n    print(child.exitcode)\n",
    )

    result = querylens("run", script)

    assert (result.returncode, result.stdout) == (0, "-9\n")
    assert counted(result.stderr) == (2, 8)
    assert "1 request, command, task or test did not end before the process did" in result.stderr


def test_children_of_other_pythons_start_without_us(querylens, project):
    """One that does not find querylens runs all the same, and so do those without a site."""
    script = write(
        project,
        "work.py",
        "import os, subprocess, sys\n"
        "for flags in (['-S'], ['-I'], ['-E']):\n"
        "    print(subprocess.check_output([sys.executable, *flags, '-c', 'print(1)']))\n",
    )

    result = querylens("run", "--quiet", script)

    assert (result.returncode, result.stdout, result.stderr) == (0, "b'1\\n'\n" * 3, "")


def test_sitecustomize_of_the_project_still_runs(querylens, project):
    write(project, "sitecustomize.py", "print('customized', __name__, __file__)\n")
    script = write(
        project,
        "work.py",
        "import subprocess, sys\n"
        "program = 'import sitecustomize, sys; print(sitecustomize.__file__, len(sys.path))'\n"
        "print(subprocess.check_output([sys.executable, '-c', program], text=True), end='')\n",
    )
    path = f"{project}:/work-is-elsewhere"

    from tests.cli.conftest import ROOT

    result = querylens("run", "--quiet", script, PYTHONPATH=f"{ROOT}:{path}")

    own = str(project / "sitecustomize.py")
    lines = result.stdout.splitlines()
    assert lines[-2] == f"customized sitecustomize {own}"
    assert lines[-1].startswith(own)


def test_command_in_a_child_process(querylens, project):
    script = write(
        project,
        "work.py",
        "import subprocess, sys\n"
        "raise SystemExit(subprocess.call([sys.executable, 'manage.py', 'list_shelves']))\n",
    )

    result = querylens("run", script)

    assert (result.returncode, result.stdout) == (0, "top,middle,bottom\n")
    assert "\n1 command: 4 queries" in result.stderr


def test_fork_reports_what_it_sends_itself(querylens, project):
    script = write(
        project,
        "work.py",
        CHILDREN.replace("METHOD", "fork") + "    import os\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        shelves()\n"
        "        raise SystemExit(3)\n"
        "    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n",
    )

    result = querylens("run", script)

    assert (result.returncode, result.stdout) == (0, "3\n")
    assert counted(result.stderr) == (2, 8)
    assert result.stderr.count("querylens\n") == 1


def test_celery_tasks_are_traces(querylens, project):
    pytest.importorskip("celery")
    script = write(
        project,
        "work.py",
        SET_UP + "from celery import Celery\ndjango.setup()\n"
        "from shop.reading import shelves\n"
        "app = Celery('work', broker='memory://')\n"
        "app.conf.task_always_eager = True\n"
        "@app.task(name='shop.read')\ndef read():\n    return len(shelves())\n"
        "print(read.delay().get(), read.delay().get())\n",
    )

    result = querylens("run", script)

    assert (result.returncode, result.stdout) == (0, "3 3\n"), result.stderr
    assert "\n2 tasks: 8 queries" in result.stderr
    assert "shop.read" in result.stderr
