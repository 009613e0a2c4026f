"""The command line itself: help, version, rules, errors, and the way through manage.py."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points

import click
import pytest

import querylens as package
from querylens.cli import commands
from querylens.codes import RULE_NAMES
from tests.cli.conftest import DEADLINE, ROOT, environment

CONTEXT = click.Context(commands)


def test_version(querylens):
    result = querylens("--version")

    assert (result.returncode, result.stdout) == (0, f"querylens, version {package.__version__}\n")


def test_help_has_examples(querylens):
    result = querylens("--help")

    assert result.returncode == 0
    assert "Examples:" in result.stdout
    assert "querylens run manage.py runserver" in result.stdout


@pytest.mark.parametrize("name", commands.list_commands(CONTEXT))
def test_every_command_has_help_with_examples_and_is_in_the_reference(querylens, name):
    result = querylens(name, "--help")

    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert result.returncode == 0
    assert f"\n      querylens {name} " in result.stdout or f"  querylens {name} " in result.stdout
    assert f"\n## `querylens {name}`\n" in page
    for option in re.findall(r"--[\w-]+", result.stdout.partition("Examples")[0]):
        assert option in page


@pytest.mark.parametrize("name", commands.list_commands(CONTEXT))
def test_the_reference_lists_the_options_of_a_command_and_no_others(name):
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## `querylens {name}`\n")[2].partition("\n## ")[0]
    command = commands.get_command(CONTEXT, name)
    options = [each for each in command.params if isinstance(each, click.Option)]

    listed = re.findall(r"^\| `(-[\w-]+)", section, re.MULTILINE)

    assert sorted(listed) == sorted([*(each.opts[0] for each in options), "--help"])


def test_script_is_installed_under_the_name():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["scripts"] == {"querylens": "querylens.cli:main"}


def test_nothing_given_is_an_error_with_the_help(querylens):
    result = querylens()

    assert result.returncode == 2
    assert "Usage: querylens" in result.stdout + result.stderr


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["--nonsense"], ["rule"], ["rule", "QL101", "--all"], ["run"]]
)
def test_wrong_usage_is_2(querylens, arguments):
    result = querylens(*arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("word", ["QL104", "ql104", "lookup-in-loop", "LOOKUP-IN-LOOP"])
def test_rule(querylens, word):
    result = querylens("rule", word)

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("# QL104 lookup-in-loop\n")
    assert result.stdout.count("\n# QL") == 0
    for heading in ("## What it does", "## Why is this bad?", "## Example", "Use instead:"):
        assert heading in result.stdout


@pytest.mark.parametrize(
    ("word", "codes"), [("QL3", ["QL301", "QL302"]), ("unused", ["QL401"]), ("budget", ["QL501"])]
)
def test_prefix_or_group_of_rules(querylens, word, codes):
    result = querylens("rule", word)

    assert re.findall(r"^# (QL\d+)", result.stdout, re.MULTILINE) == codes


def test_all_rules(querylens):
    result = querylens("rule", "--all")

    found = re.findall(r"^# (QL\d+) (\S+)$", result.stdout, re.MULTILINE)
    assert tuple(found) == RULE_NAMES


@pytest.mark.parametrize(
    ("word", "meant"),
    [("lazy-foward-relation", "lazy-forward-relation"), ("lookup-in-lop", "lookup-in-loop")],
)
def test_unknown_rule_is_one_line_with_the_nearest(querylens, word, meant):
    result = querylens("rule", word)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"querylens: rule: no rule {word!r}. Did you mean {meant!r}?\n"


def test_rule_is_laid_out_on_a_terminal(project):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "querylens", "rule", "QL104"],
        cwd=project,
        env=environment(TERM="xterm"),
        stdout=theirs,
    )
    assert process.wait(DEADLINE) == 0

    shown = os.read(ours, 20_000).decode()
    assert "\x1b[" in shown
    assert "```" not in shown
    assert "What it does" in shown


def test_same_commands_through_manage_py(call, project):
    settings = project / "site_settings.py"
    settings.write_text(settings.read_text() + 'INSTALLED_APPS.append("querylens.django")\n')

    version = call("manage.py", "querylens", "--version")
    rule = call("manage.py", "querylens", "rule", "QL104")
    unknown = call("manage.py", "querylens", "rule", "nonsense")
    run = call("manage.py", "querylens", "run", "manage.py", "list_shelves", "--quiet")

    assert version.stdout == f"querylens, version {package.__version__}\n"
    assert rule.stdout.startswith("# QL104 lookup-in-loop\n")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (2, 1)
    assert (run.returncode, run.stdout) == (0, "top,middle,bottom\n")
    assert "\n1 command: 4 queries" in run.stderr


def test_help_through_manage_py(call, project):
    settings = project / "site_settings.py"
    settings.write_text(settings.read_text() + 'INSTALLED_APPS.append("querylens.django")\n')

    for arguments in (["help", "querylens"], ["querylens", "--help"]):
        result = call("manage.py", *arguments)

        assert result.returncode == 0
        assert "Usage: manage.py querylens" in result.stdout


def test_entry_point_leads_to_a_function():
    names = [point for point in entry_points(group="console_scripts") if point.name == "querylens"]
    if not names:
        pytest.skip("querylens was installed before it had a command")

    assert callable(names[0].load())
