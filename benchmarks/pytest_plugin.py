"""What the pytest plugin costs: idle, with --querylens, and in memory over many tests.

    python benchmarks/pytest_plugin.py [--rounds 7] [--tests 2000] [--many 9000]

Each run is a process of its own; within a round every configuration runs once, in shuffled order.
A ratio is the median over the rounds of *this configuration / the plugin left out in the same
round*, of CPU time. `trivial` are tests without a database, `small` tests of five small queries
each on SQLite in memory, one test in ten with an N+1. Memory is the peak of the process.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.processes import environment, sampled

OTHERS = [
    "asyncio",
    "randomly",
    "rerunfailures",
    "anyio",
    "xdist",
    "hypothesispytest",
    "Faker",
    "cacheprovider",
]
FILES = {
    "settings.py": """
SECRET_KEY = "-"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
""",
    "service.py": """
from django.contrib.auth.models import Group, Permission, User


def send():
    Group.objects.count()
    Group.objects.exists()
    Permission.objects.exists()
    User.objects.count()
    User.objects.exists()


def send_in_a_loop():
    for permission in Permission.objects.order_by("pk")[:4]:
        permission.content_type
""",
    "test_trivial.py": """
import pytest


@pytest.mark.parametrize("number", range(COUNT))
def test_it(number):
    assert number >= 0
""",
    "test_small.py": """
import pytest
from django.contrib.contenttypes.models import ContentType

from service import send, send_in_a_loop


@pytest.mark.django_db
@pytest.mark.parametrize("number", range(COUNT))
def test_it(number):
    if number % 10:
        send()
    else:
        ContentType.objects.clear_cache()
        send_in_a_loop()
""",
}
WITHOUT = ["-p", "no:querylens"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--tests", type=int, default=2000)
    parser.add_argument("--many", type=int, default=9000)
    options = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, options.tests)
        table = Table("suite", "left out", "idle", "ratio", "--querylens", "ratio")
        for suite in ("trivial", "small"):
            table.add_row(suite, *measure(folder, suite, options.rounds))
        console.print(table)
        console.print(memory(folder, options))


def write(folder: Path, count: int) -> None:
    for name, text in FILES.items():
        (folder / name).write_text(text.replace("COUNT", str(count)))


def measure(folder: Path, suite: str, rounds: int) -> list[str]:
    configurations = {"left out": WITHOUT, "idle": [], "--querylens": ["--querylens"]}
    samples: dict[str, list[float]] = {name: [] for name in configurations}
    shuffled = random.Random(7)
    for _ in range(rounds):
        for name in shuffled.sample(list(configurations), len(configurations)):
            samples[name].append(run(folder, suite, configurations[name])[0])
    cells = [f"{statistics.median(samples['left out']):.2f} s"]
    for name in ("idle", "--querylens"):
        ratios = [
            mine / base for mine, base in zip(samples[name], samples["left out"], strict=True)
        ]
        cells += [
            f"{statistics.median(samples[name]):.2f} s",
            f"{statistics.median(ratios):.3f}",
        ]
    return cells


def memory(folder: Path, options: argparse.Namespace) -> str:
    """How much the peak grows from a few tests to many, with the plugin and without it."""
    growth = {}
    for name, arguments in (("left out", WITHOUT), ("--querylens", ["--querylens"])):
        peaks = []
        for count in (options.many // 10, options.many):
            write(folder, count)
            peaks.append(run(folder, "small", arguments)[1])
        growth[name] = peaks[1] - peaks[0]
    grown = growth["--querylens"] - growth["left out"]
    return (
        f"{options.many - options.many // 10} more tests: {growth['left out']:.1f} MB more without "
        f"the plugin, {growth['--querylens']:.1f} MB with --querylens: {grown:+.1f} MB"
    )


def run(folder: Path, suite: str, arguments: list[str]) -> tuple[float, float]:
    """CPU seconds and peak megabytes of one run of pytest."""
    command = [sys.executable, "-m", "pytest", "-q", f"test_{suite}.py", "--no-migrations"]
    command += [word for other in OTHERS for word in ("-p", f"no:{other}")]
    settings = ["--ds=settings"]
    found = sampled(
        [*command, *settings, *arguments],
        folder,
        environment(PYTHONPATH=str(folder)),
        folder / "output.txt",
    )
    return found.cpu, found.peak


if __name__ == "__main__":
    main()
