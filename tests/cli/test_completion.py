"""Completion in the shell is click's, switched on as docs/reference/cli.md says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.cli.conftest import DEADLINE, ROOT, environment

PAGE = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")


@pytest.fixture
def command(tmp_path):
    """A folder with the command `querylens`."""
    script = tmp_path / "querylens"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m querylens "$@"\n')
    script.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_manual_says_how_and_the_command_answers(shell, command):
    assert f"_QUERYLENS_COMPLETE={shell}_source querylens" in PAGE

    finished = subprocess.run(
        [command / "querylens"],
        env=environment(_QUERYLENS_COMPLETE=f"{shell}_source"),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )

    assert (finished.returncode, finished.stderr) == (0, "")
    assert f"_QUERYLENS_COMPLETE={shell}_complete" in finished.stdout


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        (["querylens", "a"], ["audit"]),
        (["querylens", "audit", "--sch"], ["--scheduler"]),
        (["querylens", "audit", "--output-format", "s"], ["sarif"]),
    ],
)
def test_bash_completes(typed, completed, command):
    [line] = re.findall(r"^eval .*bash_source.*$", PAGE, re.MULTILINE)
    words = " ".join(f"'{word}'" for word in typed)
    program = (
        f"{line}\nCOMP_WORDS=({words}) COMP_CWORD={len(typed) - 1}\n"
        "_querylens_completion querylens\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n"
    )

    finished = subprocess.run(
        [shutil.which("bash"), "--norc", "-c", program],
        env=environment(PATH=f"{command}{os.pathsep}{os.environ['PATH']}"),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )

    assert finished.stdout.split() == completed, finished.stderr
