"""`querylens run` on programs that end by themselves: real ones, in processes of their own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.conftest import counted
from tests.pytest_plugin.conftest import UNRELATED

SET_UP = 'import os\nos.environ["DJANGO_SETTINGS_MODULE"] = "site_settings"\nimport django\n'


def write(project, name, text):
    (project / name).write_text(text)
    return name


def test_program_without_django_is_left_alone(call, querylens, project):
    script = write(
        project,
        "plain.py",
        "import sys\n"
        "print(__name__, __file__, __spec__, sys.argv, sys.path[0], sys.modules['__main__'])\n"
        "print('django' in sys.modules, 'querylens.recorder' in sys.modules)\n",
    )

    alone = call(script, "--quiet", "-m", "x")
    result = querylens("run", script, "--quiet", "-m", "x")

    assert (result.returncode, result.stdout) == (0, alone.stdout)
    assert result.stdout.endswith("False False\n")
    assert result.stderr == (
        "querylens: the program set up no Django, so there is nothing to report\n"
    )


def test_quiet_shows_nothing(querylens):
    result = querylens("run", "--quiet", "manage.py", "list_shelves")

    assert (result.returncode, result.stdout, result.stderr) == (0, "top,middle,bottom\n", "")


def test_command_is_a_trace(querylens):
    result = querylens("run", "manage.py", "list_shelves", "--quiet")

    assert (result.returncode, result.stdout) == (0, "top,middle,bottom\n")
    assert "\n1 command: 4 queries" in result.stderr
    assert "\n  list_shelves: 4 queries" in result.stderr
    assert "QL101 lazy-forward-relation" in result.stderr
    assert '.select_related("shelf")' in result.stderr


def test_each_query_belongs_to_the_innermost_trace(querylens):
    """A command inside a command is a piece of it, a request is a trace of its own."""
    result = querylens("run", "manage.py", "list_shelves", "--nested", "--request")

    assert counted(result.stderr) == (2, 12)
    assert "\n  list_shelves: 8 queries" in result.stderr
    assert "\n  GET slow/<int:pk>/: 4 queries" in result.stderr


def test_script_is_a_trace_without_its_requests(querylens, project):
    script = write(
        project,
        "work.py",
        SET_UP + "django.setup()\n"
        "from django.test import Client\nfrom shop.reading import shelves\n"
        "shelves()\nClient().get('/fixed/')\nClient().get('/nowhere/')\n",
    )

    result = querylens("run", script)

    assert counted(result.stderr) == (3, 5)
    assert "\n  work.py: 4 queries" in result.stderr
    assert "\n  GET fixed/: 1 query" in result.stderr
    assert "\n  GET (no route) 404: 0 queries" in result.stderr


def test_streamed_bodies_count_for_their_request(querylens, project):
    script = write(
        project,
        "work.py",
        SET_UP + "import asyncio\ndjango.setup()\n"
        "from django.test import AsyncClient, Client\nfrom shop.models import Item\n"
        "response = Client().get('/streamed/')\n"
        "Item.objects.count()\n"
        "print(b''.join(response.streaming_content).decode())\n"
        "async def fetch():\n"
        "    response = await AsyncClient().get('/astreamed/')\n"
        "    return [part async for part in response.streaming_content]\n"
        "print(b''.join(asyncio.run(fetch())).decode())\n"
        "unread = Client().get('/streamed/')\nunread.close()\n",
    )

    result = querylens("run", script)

    assert (result.returncode, result.stdout) == (0, "topmiddlebottom\ntopmiddlebottom\n")
    assert "\n  GET streamed/: 4 queries" in result.stderr
    assert "\n  GET astreamed/: 4 queries" in result.stderr
    assert "\n  GET streamed/: 0 queries" in result.stderr
    assert "\n  work.py: 1 query" in result.stderr


def test_crashing_view_is_a_trace(querylens, project):
    script = write(
        project,
        "work.py",
        SET_UP + "django.setup()\nfrom django.test import Client\nClient().get('/crash/')\n",
    )

    result = querylens("run", script)

    assert result.returncode == 1
    assert "ValueError: a crash" in result.stderr
    assert "\n  GET crash/: 4 queries" in result.stderr


def test_module_runs_as_python_runs_it(call, querylens, project):
    package = project / "tool"
    package.mkdir()
    write(package, "__init__.py", "")
    write(
        package,
        "__main__.py",
        "import sys\nprint(sys.argv, sys.path[0], __spec__.name, __package__)\n",
    )

    alone = call("-m", "tool", "-q", "--help")
    result = querylens("run", "-m", "tool", "-q", "--help")

    assert (result.returncode, result.stdout) == (0, alone.stdout)


def test_folder_with_a_main_runs(querylens, project):
    (project / "folder").mkdir()
    write(project / "folder", "__main__.py", "import sys\nprint(sys.argv)\n")

    result = querylens("run", "folder", "one")

    assert (result.returncode, result.stdout) == (0, "['folder', 'one']\n")


def test_command_on_the_path_runs(querylens):
    scripts = str(Path(sys.executable).parent)

    result = querylens("run", "django-admin", "--version", PATH=scripts)

    assert result.returncode == 0
    assert result.stdout.startswith(tuple("56"))


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("raise SystemExit(7)", id="code"),
        pytest.param("raise SystemExit('a message')", id="message"),
        pytest.param("raise SystemExit", id="nothing"),
        pytest.param("raise ValueError('wrong')", id="error"),
        pytest.param("raise click.ClickException('wrong')", id="click"),
        pytest.param("raise EOFError", id="eof"),
        pytest.param("raise OSError(32, 'Broken pipe')", id="broken pipe"),
        pytest.param("raise KeyboardInterrupt", id="interrupt"),
        pytest.param("from querylens.errors import ConfigError; raise ConfigError('x')", id="ours"),
        pytest.param("1 +", id="syntax"),
        pytest.param("import os; os._exit(9)", id="at once"),
        pytest.param("import os; os.kill(os.getpid(), 15)", id="terminated"),
        pytest.param("import os; os.kill(os.getpid(), 9)", id="killed"),
    ],
)
def test_ends_as_the_program_ends(call, querylens, project, statement):
    script = write(project, "ending.py", f"import click\nprint('so far')\n{statement}\n")

    alone = call(script)
    result = querylens("run", "--quiet", script)

    assert result.returncode == alone.returncode
    assert result.stdout == alone.stdout
    assert result.stderr == alone.stderr


def test_crash_of_a_command_keeps_its_trace(call, querylens, project):
    script = write(
        project,
        "work.py",
        SET_UP + "django.setup()\nfrom shop.reading import shelves\nshelves()\n1 / 0\n",
    )

    alone = call(script)
    result = querylens("run", script)

    assert result.returncode == alone.returncode == 1
    assert result.stderr.startswith(alone.stderr)
    assert "\n  work.py: 4 queries" in result.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("QL301", 0),
        ("QL501,duplicated", 0),
        ("n-plus-one", 1),
        ("QL301, QL101", 1),
        ("lazy-forward-relation", 1),
        ("any", 1),
    ],
)
def test_fail_on(querylens, words, code):
    result = querylens("run", "--quiet", "--fail-on", words, "manage.py", "list_shelves")

    assert (result.returncode, result.stdout) == (code, "top,middle,bottom\n")


def test_fail_on_leaves_another_exit_code_alone(querylens, project):
    script = write(
        project,
        "work.py",
        SET_UP + "django.setup()\nfrom shop.reading import shelves\nshelves()\n"
        "raise SystemExit(5)\n",
    )

    assert querylens("run", "--quiet", "--fail-on", "any", script).returncode == 5


def test_fail_on_lets_the_program_end_first(querylens, project):
    script = write(
        project,
        "work.py",
        SET_UP + "import atexit, threading\ndjango.setup()\n"
        "from shop.reading import shelves\nshelves()\n"
        "atexit.register(print, 'at exit')\n"
        "threading.Timer(0.1, print, ['in a thread']).start()\n",
    )

    result = querylens("run", "--quiet", "--fail-on", "any", script)

    assert (result.returncode, result.stdout) == (1, "in a thread\nat exit\n")


def test_record_writes_traces_of_every_process(querylens, project):
    from querylens.traces import read_traces

    script = write(
        project,
        "work.py",
        SET_UP + "import subprocess, sys\ndjango.setup()\n"
        "from django.test import Client\nClient().get('/fixed/?secret')\n"
        "subprocess.run([sys.executable, 'manage.py', 'list_shelves'], check=True)\n",
    )

    result = querylens("run", "--record", "out/traces", script)

    assert counted(result.stderr) == (2, 5)
    traces = [item for item in read_traces(project / "out" / "traces") if hasattr(item, "queries")]
    assert sorted((item.name, item.kind, len(item)) for item in traces) == [
        ("GET fixed/", "request", 1),
        ("list_shelves", "command", 4),
    ]


def test_configuration_of_the_project_is_heard(querylens, project):
    write(project, "pyproject.toml", '[tool.querylens]\nignore = ["QL101"]\n')

    result = querylens("run", "--fail-on", "any", "manage.py", "list_shelves")

    assert result.returncode == 0
    assert "QL101" not in result.stderr


def test_settings_of_the_project_are_heard(querylens, project):
    settings = project / "site_settings.py"
    settings.write_text(settings.read_text() + 'QUERYLENS = {"ENABLED": False}\n')

    result = querylens("run", "manage.py", "list_shelves")

    assert (result.returncode, result.stdout) == (0, "top,middle,bottom\n")
    assert "nothing is captured: `enabled` is off" in result.stderr


def test_wrong_settings_cost_the_summary_only(querylens, project):
    settings = project / "site_settings.py"
    settings.write_text(settings.read_text() + 'QUERYLENS = {"TRESHOLD": 3}\n')

    result = querylens("run", "manage.py", "list_shelves")

    assert (result.returncode, result.stdout) == (0, "top,middle,bottom\n")
    assert "Did you mean 'THRESHOLD'?" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.py"], "nowhere.py: no such file"),
        (["-m", "nowhere.at.all"], "no module named 'nowhere.at.all'"),
        (["sh"], "not a Python program"),
        (["--fail-on", "n-plus-on", "manage.py"], "Did you mean 'n-plus-one'?"),
    ],
)
def test_what_cannot_be_done_is_one_line(querylens, arguments, words):
    result = querylens("run", *arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("querylens: ")
    assert result.stderr.count("\n") == 1
    assert words in result.stderr


def test_wrong_configuration_is_one_line(querylens, project):
    write(project, "pyproject.toml", "[tool.querylens]\ntreshold = 3\n")

    result = querylens("run", "manage.py", "list_shelves")

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert "Did you mean 'threshold'?" in result.stderr


def test_leaves_no_file_behind(querylens, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    querylens("run", "manage.py", "list_shelves", TMPDIR=str(temporary))

    assert list(temporary.iterdir()) == []


def test_hostile_names_are_written_out(querylens, project):
    script = write(
        project,
        "work\x1b[31m.py",
        SET_UP + "django.setup()\nfrom shop.reading import shelves\nshelves()\n",
    )

    result = querylens("run", script)

    assert result.returncode == 0
    assert "\x1b" not in result.stderr


def test_tests_are_traces_without_their_set_up(querylens, project):
    tests = (
        "from django.test import TestCase\nfrom shop.models import Item, Shelf\n"
        "from shop.reading import shelves\n\n"
        "class ReadingTests(TestCase):\n"
        "    def setUp(self):\n"
        "        for name in 'ab':\n"
        "            Item.objects.create(shelf=Shelf.objects.create(name=name))\n"
        "    def test_reading(self):\n"
        "        self.assertEqual(shelves(), ['a', 'b'])\n"
        "    def test_request(self):\n"
        "        self.client.get('/slow/1/')\n"
    )
    write(project / "shop", "tests.py", tests)

    result = querylens("run", "manage.py", "test")

    assert result.returncode == 0, result.stderr
    assert "\n  shop.tests.ReadingTests.test_reading: 3 queries" in result.stderr
    assert "\n  shop.tests.ReadingTests.test_request: 0 queries" in result.stderr
    assert "\n  GET slow/<int:pk>/: 3 queries" in result.stderr
    assert "QL201" not in result.stderr


def test_tests_of_pytest_are_traces(querylens, project):
    tests = (
        "import pytest\nfrom shop.models import Item, Shelf\nfrom shop.reading import shelves\n\n"
        "@pytest.fixture\n"
        "def items(db):\n"
        "    for name in 'ab':\n"
        "        Item.objects.create(shelf=Shelf.objects.create(name=name))\n\n"
        "def test_reading(items):\n"
        "    assert shelves() == ['a', 'b']\n\n"
        "def test_request(items, client):\n"
        "    client.get('/slow/1/')\n\n"
        "def test_that_fails(items):\n"
        "    assert not shelves()\n"
    )
    write(project, "test_shop.py", tests)
    others = ("cacheprovider", "asyncio", *UNRELATED)
    options = (*(f"-pno:{name}" for name in others), "-q", "--ds", "site_settings")

    result = querylens("run", "-m", "pytest", *options)

    assert result.returncode == 1
    assert "1 failed, 2 passed" in result.stdout
    assert "\n  test_shop.py::test_reading: 3 queries" in result.stderr
    assert "\n  test_shop.py::test_that_fails: 3 queries" in result.stderr
    assert "\n  GET slow/<int:pk>/: 3 queries" in result.stderr
    assert "QL201" not in result.stderr
