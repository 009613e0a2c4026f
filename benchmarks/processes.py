"""Processes that are measured: fresh ones, of a package whose bytecode is there, as installed."""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Sample:
    """Seconds, and megabytes. CPU is that of all its processes, the peak that of the largest."""

    cpu: float
    wall: float
    peak: float


def environment(**more: str) -> dict[str, str]:
    """The environment of measured processes. pip compiles what it installs: so it is done here."""
    _compile()
    found = {**os.environ, **more}
    found.pop("PYTHONDONTWRITEBYTECODE", None)
    return found


@cache
def _compile() -> None:
    compileall.compile_dir(ROOT / "querylens", quiet=1)


def sampled(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    output: Path = Path(os.devnull),
    expected: Collection[int] = (0,),
) -> Sample:
    """Runs a program in a folder; another exit code than the expected ones ends the benchmark."""
    with output.open("wb") as printed, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=printed, stderr=errors, cwd=folder, env=environment
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in expected:
            errors.seek(0)
            told = errors.read()[-2000:] + output.read_bytes()[-2000:]
            sys.exit(f"{' '.join(command)}: {told.decode(errors='replace')}")
    return Sample(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)
