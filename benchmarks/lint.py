"""What `querylens lint` costs, and what it finds, on generated projects; ruff beside it for scale.

    python benchmarks/lint.py [--lines 30000 300000] [--rounds 5] [--jobs 2] [--only NAME]

`benchmarks.workload.source` makes the projects, and knows where in them queries are sent in
loops. Each sample is a fresh process, start-up included; within a round every run happens once, in
shuffled order. Figures are medians over the rounds. CPU is that of all processes of a run, and the
peak is that of the largest of them. `parse` is Python's own parser on every file, once: whoever
reads a file pays that. What was found is compared with the generator's truth: found are places in
it, false are all others.

django-check is not on PyPI, so that its rate is not here.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.processes import Sample, environment, sampled
from benchmarks.workload.source.project import write_project

LINT = (sys.executable, "-m", "querylens", "lint")
PARSE = """
import ast, pathlib, sys
for file in pathlib.Path(sys.argv[1]).rglob("*.py"):
    ast.parse(file.read_bytes())
"""


@dataclass(frozen=True)
class Workload:
    """A project on disk, and what is true of it."""

    folder: Path
    lines: int
    files: int
    truth: list[dict]

    @property
    def root(self) -> Path:
        return self.folder / "project"


@dataclass
class Run:
    """A program on a project; `prepare` puts the project into the state that is measured."""

    name: str
    workload: Workload
    command: tuple[str, ...]
    prepare: Callable[[], None] = lambda: None
    output: Path | None = None
    samples: list[Sample] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, nargs="+", default=[30_000, 300_000])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", action="append", default=[], help="part of a run's name")
    parser.add_argument("--show-wrong", action="store_true", help="each place missed or false")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        wanted = [
            run
            for lines in options.lines
            for run in runs(make_workload(Path(name) / str(lines), lines, options.seed), options)
            if not options.only or any(part in run.name for part in options.only)
        ]
        measure(wanted, options.rounds)
        show(wanted, options)
        if options.show_wrong:
            for run in wanted:
                print(*wrong(run), sep="\n")


def make_workload(folder: Path, lines: int, seed: int) -> Workload:
    truth = write_project(folder, lines, seed)
    return Workload(folder, truth["lines"], truth["files"], truth["findings"])


def runs(work: Workload, options: argparse.Namespace) -> list[Run]:
    ours = [
        lint("cold", work, 1, forgets),
        lint(f"cold, --jobs {options.jobs}", work, options.jobs, forgets),
        lint("warm", work, 1, remembers),
        lint("warm, a view changed", work, 1, changes("views.py")),
        lint("warm, a model changed", work, 1, changes("models.py")),
    ]
    others = [Run("parse", work, (sys.executable, "-c", PARSE, str(work.root)))]
    ruff = shutil.which("ruff") or shutil.which("ruff", path=str(Path(sys.executable).parent))
    if ruff:
        check = (ruff, "check", "--isolated", "--quiet", "--exit-zero", str(work.root))
        others += [
            Run("ruff check, cold", work, (*check, "--no-cache")),
            Run("ruff check, warm", work, check, lambda: run_once(check, work)),
        ]
    else:
        print("left out: ruff: not installed")
    return [*ours, *others]


Preparation = Callable[[Workload, Path, tuple[str, ...]], Callable[[], None]]


def lint(name: str, work: Workload, jobs: int, preparation: Preparation) -> Run:
    """A run of ours, with a cache of its own."""
    own = work.folder / name.replace(" ", "-").replace(",", "")
    cache, output = own / "cache", own / "found.json"
    command = (*LINT, "--jobs", str(jobs), "--cache-dir", str(cache), "--exit-zero")
    command += ("--output-format", "json", "--output-file", str(output))
    own.mkdir()
    return Run(name, work, command, preparation(work, cache, command), output)


def forgets(_: Workload, cache: Path, __: tuple[str, ...]) -> Callable[[], None]:
    return lambda: shutil.rmtree(cache, ignore_errors=True)


def remembers(work: Workload, _: Path, command: tuple[str, ...]) -> Callable[[], None]:
    """The state after a run on the same files."""
    return lambda: run_once(command, work)


def changes(name: str) -> Preparation:
    """The state after a run, and a change of one file of that name, which becomes longer."""

    def preparation(work: Workload, _: Path, command: tuple[str, ...]) -> Callable[[], None]:
        files = sorted(work.root.rglob(name))
        changed = files[len(files) // 2]

        def prepare() -> None:
            run_once(command, work)
            with changed.open("a") as file:
                file.write("# Changed.\n")

        return prepare

    return preparation


def measure(wanted: list[Run], rounds: int) -> None:
    shuffled = random.Random(7)
    for _ in range(rounds):
        for run in shuffled.sample(wanted, len(wanted)):
            run.prepare()
            run.samples.append(run_once(run.command, run.workload))


def run_once(command: tuple[str, ...], work: Workload) -> Sample:
    return sampled(command, work.root, environment(PYTHONPATH=str(ROOT)))


def show(wanted: list[Run], options: argparse.Namespace) -> None:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    table = Table(
        title=f"querylens lint on Python {python}, seed {options.seed}; {options.rounds} rounds, "
        f"load {os.getloadavg()[0]:.1f}",
        title_justify="left",
    )
    for heading in ("lines", "", "CPU s", "s", "lines / CPU s", "peak MB", "found/missed/false"):
        table.add_column(heading, justify="left" if heading == "" else "right")
    for run in wanted:
        cpu, wall, peak = (
            statistics.median(getattr(sample, name) for sample in run.samples)
            for name in ("cpu", "wall", "peak")
        )
        lines = run.workload.lines
        figures = (f"{cpu:.2f}", f"{wall:.2f}", f"{lines / cpu:,.0f}", f"{peak:.0f}")
        table.add_row(f"{lines:,}", run.name, *figures, verdict(run))
    Console(width=120).print(table)


def verdict(run: Run) -> str:
    if run.output is None:
        return ""
    found, missed, false = compared(run)
    return f"{len(found)}/{len(missed)}/{len(false)}"


def compared(run: Run) -> tuple[list[dict], list[dict], list[dict]]:
    """What is true and found, true and missed, found and false."""
    left = json.loads(run.output.read_text())["findings"]
    found, missed = [], []
    for true in run.workload.truth:
        told = [each for each in left if is_at(each, true)]
        left = [each for each in left if each not in told]
        (found if told else missed).append(true)
    return found, missed, left


def is_at(finding: dict, true: dict) -> bool:
    place = finding["call_site"] or {}
    return (
        finding["code"] == true["code"]
        and place.get("file") == true["file"]
        and true["first"] <= place["line"] <= true["last"]
    )


def wrong(run: Run) -> list[str]:
    if run.output is None:
        return []
    _, missed, false = compared(run)
    return [
        f"{run.name}: missed {each['code']} {each['file']}:{each['first']}" for each in missed
    ] + [
        f"{run.name}: false {each['code']} {each['call_site']['file']}:{each['call_site']['line']}"
        for each in false
    ]


if __name__ == "__main__":
    main()
