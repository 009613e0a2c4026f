"""Runs README's console blocks; `.ci/readme` says how they are written, and prepares for this."""

# ruff: noqa: T201

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

FENCE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
LEFT_OUT = ("make test", ".ci/run", "bash .ci/run")
DONE = "querylens-console-done"


class Step(NamedTuple):
    """A command, and the output that README shows for it."""

    command: str
    shown: list[str]


def main(readme: str, copy: str, wheel: str) -> str | None:
    """Run every command; return what went wrong first, if anything did."""
    steps = list(read_steps(Path(readme).read_text(encoding="utf-8")))
    if not steps:
        return f"{readme} has no ```console block"
    shell = subprocess.Popen(
        ["bash", "--norc"],  # noqa: S607 (the bash that a reader has)
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        return run_steps(steps, shell, copy, wheel)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)


def read_steps(text: str) -> Iterator[Step]:
    """Read the commands of all console blocks."""
    for block in FENCE.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *shown = re.sub(r"\\\n(> )?", "", part).splitlines()
            yield Step(command, shown)


def run_steps(steps: list[Step], shell: subprocess.Popen[str], copy: str, wheel: str) -> str | None:
    """Run the commands one after the other in one shell."""
    following = [*steps[1:], Step("", [])]
    for step, after in zip(steps, following, strict=True):
        print(f"$ {step.command}", flush=True)
        if step.command.startswith(LEFT_OUT):
            continue
        output, code = run(to_run(step.command, copy, wheel), shell)
        if code != 0 and after.command != "echo $?":
            return f"$ {step.command}\nended with exit code {code}"
        if step.shown and not matches(step.shown, output):
            shown = "\n".join(step.shown)
            return f"$ {step.command}\nprints something else than README shows:\n{shown}"
    return None


def to_run(command: str, copy: str, wheel: str) -> str:
    """Give the command that stands for one that would need a published querylens."""
    if command.startswith("git clone "):
        return f"cp -R {shlex.quote(copy)} querylens"
    if re.search(r"\bpip install\b.*\bquerylens\b", command):
        return f"PIP_CONSTRAINT={shlex.quote(wheel)} {command}"
    return command


def run(command: str, shell: subprocess.Popen[str]) -> tuple[list[str], int]:
    """Run one command; return the lines that it printed, and its exit code."""
    shell.stdin.write(f"{{ {command}\n}} </dev/null; code=$?\n")
    shell.stdin.write(f'echo; echo "{DONE} $code"; (exit $code)\n')
    shell.stdin.flush()
    lines: list[str] = []
    for line in shell.stdout:
        if line.startswith(f"{DONE} "):
            return lines[:-1] if lines[-1:] == [""] else lines, int(line.split()[1])
        lines.append(ESCAPE_SEQUENCE.sub("", line).rstrip())
        if lines[-1]:
            print(f"  {lines[-1]}", flush=True)
    return lines, shell.wait()


def matches(shown: list[str], output: list[str]) -> bool:
    """Tell whether the output is what README shows, with "…" for what differs each time."""
    pattern = "".join(map(line_pattern, trimmed(shown)))
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in trimmed(output))) is not None


def line_pattern(line: str) -> str:
    """Give the expression for one line of README."""
    if line.strip() == "…":
        return r"(?:.*\n)*"
    return ".*".join(map(re.escape, line.rstrip().split("…"))) + r"\n"


def trimmed(lines: list[str]) -> list[str]:
    """Drop empty lines at the start and at the end."""
    return "\n".join(lines).strip("\n").split("\n")


if __name__ == "__main__":
    problem = main(*sys.argv[1:])
    if problem:
        sys.exit(f"README is wrong: {problem}")
