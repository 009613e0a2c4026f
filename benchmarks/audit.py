"""What `querylens audit` costs, beside pgBadger and pt-query-digest on the same files.

    python benchmarks/audit.py [--statements 200000] [--rounds 5] [--install-peers] [--only NAME]

`benchmarks.audit_inputs` makes the files. Each sample is a fresh process, start-up included (its
own row tells how much that is); within a round every run happens once, in shuffled order. Figures
are medians over the rounds. CPU is that of all processes of a run, and its peak is that of the
largest of them. A ratio is the median of *the peer / ours in the same round*. What was found is
compared with the generator's truth.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.audit_groups import found_by_peer, found_by_us
from benchmarks.processes import Sample, environment, sampled

PACKAGES = ("pgbadger", "percona-toolkit", "libtext-csv-xs-perl")
INPUTS = (sys.executable, "-m", "benchmarks.audit_inputs")
GROUPS = (sys.executable, "-m", "benchmarks.audit_groups")
AUDIT = (sys.executable, "-m", "querylens", "audit")


@dataclass(frozen=True)
class Run:
    """A program on an input of the generator; `beside` names the run that it is compared with."""

    name: str
    input: str
    command: tuple[str, ...]
    output: Path
    beside: str = ""

    @property
    def is_ours(self) -> bool:
        return self.command[: len(AUDIT)] == AUDIT

    @property
    def printed(self) -> Path:
        """Where what it prints goes: its output, unless it writes that itself."""
        is_printed = self.is_ours or self.output.suffix == ".txt"
        return self.output if is_printed else Path(os.devnull)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--statements", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", action="append", default=[], help="part of a run's name")
    parser.add_argument("--inputs", type=Path, help="a folder that keeps the files")
    parser.add_argument("--install-peers", action="store_true", help="Debian's, with apt-get")
    parser.add_argument("--distinct", action="store_true", help="each its own template")
    parser.add_argument("--one-request", action="store_true", help="that never ends")
    options = parser.parse_args()
    if options.install_peers:
        install = ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as name:
        folder = options.inputs or Path(name)
        made = make_inputs(folder, options)
        samples = measure([run for run in runs(folder, options.jobs) if is_there(run)], options)
        show(samples, folder, options)
        if not options.distinct:
            subprocess.run([*GROUPS, *made], check=True, cwd=ROOT)


def make_inputs(folder: Path, options: argparse.Namespace) -> list[str]:
    """Makes the files, unless the folder has them already; gives the options of the workload."""
    flags = {"--distinct": options.distinct, "--one-request": options.one_request}
    made = ["--statements", str(options.statements), "--seed", str(options.seed)]
    made += [flag for flag, is_on in flags.items() if is_on]
    kept = folder / "options.json"
    if not kept.exists() or json.loads(kept.read_text()) != made:
        folder.mkdir(parents=True, exist_ok=True)
        kept.unlink(missing_ok=True)
        # Not in this process: the peak of a child is at least what its parent held at the fork.
        sample = run_once(Run("inputs", "", (*INPUTS, str(folder), *made), folder / "inputs.txt"))
        one = (*INPUTS, str(folder / "one"), "--statements", "1")
        run_once(Run("inputs", "", one, folder / "inputs.txt"))
        kept.write_text(json.dumps(made))
        seconds, peak = round(sample.wall), round(sample.peak)
        print(f"{options.statements:,} statements made in {seconds} s with {peak} MB")
    return made


def runs(folder: Path, jobs: int) -> list[Run]:
    rotated = [f"postgresql-{number}.log" for number in range(1, 5)]
    html, as_json = f"pgbadger -j {jobs}, HTML", f"pgbadger -j {jobs}, JSON"
    postgres, mysql = "postgresql.log", "mysql-slow.log"
    badger = ("pgbadger", "-q", "-j", str(jobs), "-f", "stderr", "-p", "%m [%p] ")
    files = tuple(str(folder / name) for name in rotated)
    digest = ("pt-query-digest", "--no-version-check", str(folder / mysql))
    return [
        audit("start-up", "", folder, ["one/traces"], 1),
        audit("own traces", "traces", folder, ["traces"], 1),
        audit("own traces, gzip", "traces", folder, ["traces-gz"], 1),
        audit(f"PostgreSQL, 4 files, --jobs {jobs}", postgres, folder, rotated, jobs, html),
        audit(f"PostgreSQL, 1 file, --jobs {jobs}", postgres, folder, [postgres], jobs, html),
        audit("PostgreSQL, 1 file, --jobs 1", postgres, folder, [postgres], 1, as_json),
        audit("MySQL slow log, --jobs 1", mysql, folder, [mysql], 1, "pt-query-digest"),
        audit("OTLP, --jobs 1", "otlp.jsonl", folder, ["otlp.jsonl"], 1),
        *(
            Run(name, postgres, (*badger, "-x", kind, "-o", str(output), *files), output)
            for name, kind in ((html, "html"), (as_json, "json"))
            for output in (folder / f"pgbadger.{kind}",)
        ),
        Run("pt-query-digest", mysql, digest, folder / "digest.txt"),
    ]


def audit(
    name: str, source: str, folder: Path, paths: list[str], jobs: int, beside: str = ""
) -> Run:
    output = folder / "{}.json".format(re.sub(r"\W+", "-", name))
    read = tuple(str(folder / path) for path in paths)
    options = ("--jobs", str(jobs), "--output-format", "json")
    return Run(name, source, (*AUDIT, *read, *options), output, beside)


_asked: dict[str, bool] = {}


def is_there(run: Run) -> bool:
    """Whether the program of a run can be run; tells once what is left out."""
    program = "querylens audit" if run.is_ours else run.command[0]
    if program not in _asked:
        if run.is_ours:
            asked = subprocess.run([*AUDIT, "--help"], check=False, capture_output=True, cwd=ROOT)
            _asked[program] = asked.returncode == 0
            reason = asked.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        else:
            _asked[program] = shutil.which(program) is not None
            reason = "not installed (--install-peers)"
        if not _asked[program]:
            print(f"left out: {program}: {reason}")
    return _asked[program]


def measure(wanted: list[Run], options: argparse.Namespace) -> dict[Run, list[Sample]]:
    if options.only:
        wanted = [run for run in wanted if any(part in run.name for part in options.only)]
    samples: dict[Run, list[Sample]] = {run: [] for run in wanted}
    shuffled = random.Random(7)
    for _ in range(options.rounds):
        for run in shuffled.sample(wanted, len(wanted)):
            samples[run].append(run_once(run))
    return samples


def run_once(run: Run) -> Sample:
    # Ours answers 1 when it has findings.
    return sampled(run.command, ROOT, environment(), run.printed, (0, 1))


def show(samples: dict[Run, list[Sample]], folder: Path, options: argparse.Namespace) -> None:
    truth = json.loads((folder / "truth.json").read_text())
    table = Table(
        title=f"{options.statements:,} statements in {truth['requests']:,} requests, seed "
        f"{options.seed}; {options.rounds} rounds, load {os.getloadavg()[0]:.1f}",
        title_justify="left",
    )
    for heading in ("", "CPU s", "s", "/ CPU s", "/ s", "x CPU", "x time", "peak MB", "groups"):
        table.add_column(heading, justify="right" if heading not in ("", "groups") else "left")
    by_name = {run.name: taken for run, taken in samples.items()}
    for run, taken in samples.items():
        if taken:
            table.add_row(run.name, *cells(run, taken, by_name.get(run.beside), truth))
    Console(width=150).print(table)


def cells(run: Run, taken: list[Sample], peer: list[Sample] | None, truth: dict) -> list[str]:
    cpu, wall, peak = (
        statistics.median(getattr(sample, name) for sample in taken)
        for name in ("cpu", "wall", "peak")
    )
    ratios = ["", ""]
    if peer:
        ratios = [f"{statistics.median(ratio(name, peer, taken)):.1f}" for name in ("cpu", "wall")]
    rates, groups = ["", ""], ""
    if run.input:
        statements = truth["inputs"][run.input]["statements"]
        rates = [f"{statements / seconds:,.0f}" for seconds in (cpu, wall)]
        groups = found_by_us(run, truth) if run.is_ours else found_by_peer(run, truth)
    return [f"{cpu:.2f}", f"{wall:.2f}", *rates, *ratios, f"{peak:.0f}", groups]


def ratio(name: str, peer: list[Sample], mine: list[Sample]) -> list[float]:
    return [
        getattr(other, name) / getattr(own, name) for other, own in zip(peer, mine, strict=True)
    ]


if __name__ == "__main__":
    main()
