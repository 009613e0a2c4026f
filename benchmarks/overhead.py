"""What watching costs: CPU time per query against nothing, and beside other tools.

    python benchmarks/overhead.py [--rounds 9] [--frames 60] [--python PATH …]

The workload is the worst case: a view that loads one row for each of 5,000 rows from SQLite in
memory, with 60 frames between the view and each query. Every sample is a fresh process; within a
round every configuration runs once, in shuffled order. A ratio is the median over the rounds of
*this configuration / nothing in the same round*.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

CONFIGURATIONS = {
    "nothing": "",
    "querylens, idle": "",
    "querylens, recording": "",
    "querylens, recording + check": "",
    "CaptureQueriesContext": "",
    "zeal, idle": "zeal",
    "zeal, active": "zeal",
    "nplusone, active": "nplusone",
    "toolbar, SQL panel": "debug_toolbar",
    "silk": "silk",
}
SAMPLE = Path(__file__).with_name("overhead_sample.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--queries", type=int, default=5000)
    parser.add_argument("--python", action="append", default=[])
    parser.add_argument("--only", action="append", default=[], help="part of a configuration")
    options = parser.parse_args()
    for python in options.python or [sys.executable]:
        show(measure(python, options), options)


def measure(python: str, options: argparse.Namespace) -> dict[str, list[dict]]:
    """Samples by configuration, one a round; configurations that can't run are left out."""
    names = [name for name, module in CONFIGURATIONS.items() if is_installed(python, module)]
    if options.only:
        names = [
            name for name in names if name == "nothing" or any(o in name for o in options.only)
        ]
    samples: dict[str, list[dict]] = {name: [] for name in names}
    shuffled = random.Random(7)
    for _ in range(options.rounds):
        for name in shuffled.sample(names, len(names)):
            samples[name].append(run_sample(python, name, options))
    return samples


def is_installed(python: str, module: str) -> bool:
    check = f"import importlib.util, sys; sys.exit(not importlib.util.find_spec({module!r}))"
    return not module or subprocess.run([python, "-c", check], check=False).returncode == 0


def run_sample(python: str, name: str, options: argparse.Namespace) -> dict:
    command = [python, str(SAMPLE), name, str(options.frames), str(options.queries)]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(result.stdout.splitlines()[-1])


def show(samples: dict[str, list[dict]], options: argparse.Namespace) -> None:
    base = [sample["seconds"] for sample in samples["nothing"]]
    first = samples["nothing"][0]
    table = Table(
        title=f"Python {first['python']}, Django {first['django']}, {options.rounds} rounds, "
        f"{min(sample['frames'] for sample in samples['nothing'])} frames",
        title_justify="left",
    )
    for heading in ("", "µs / query", "ratio", "ratio of minima", "bytes / query"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, taken in samples.items():
        seconds = [sample["seconds"] for sample in taken]
        ratio = statistics.median(mine / none for mine, none in zip(seconds, base, strict=True))
        table.add_row(
            name,
            f"{statistics.median(seconds) / options.queries * 1e6:.1f}",
            f"{ratio:.3f}",
            f"{min(seconds) / min(base):.3f}",
            f"{taken[0]['bytes']:.0f}" if taken[0]["bytes"] else "",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
