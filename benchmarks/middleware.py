"""What the middleware costs a request, when it reports and records, and what `querylens run` costs.

    python benchmarks/middleware.py [--rounds 9] [--requests 300] [--many 50000]

A request of 50 queries on SQLite in memory, through Django's test client. Every sample is a fresh
process; within a round every configuration runs once, in shuffled order. Times are CPU time, and
medians over the rounds: of one request, and of a whole program of all its requests, with its start
and its end. Memory is the growth of the process's resident set from the first tenth of many
requests of 5 queries to the last; with `--many 0` it is not measured.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

QUERIES = 50
#: By name: where the middleware reports, None without it; and the configuration that it stands on.
MIDDLEWARE: dict[str, tuple[tuple[str, ...] | None, str]] = {
    "nothing": (None, ""),
    "middleware, capturing": ((), "nothing"),
    "capturing + report": (("terminal",), "middleware, capturing"),
    "capturing + recording": (("record",), "middleware, capturing"),
}
#: By name: what runs the program.
PROGRAMS = {
    "python": [],
    "querylens run": ["-m", "querylens", "run", "--quiet"],
    "querylens run --record": ["-m", "querylens", "run", "--quiet", "--record", "{folder}"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--many", type=int, default=50_000)
    parser.add_argument("--sample", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.sample:
        name, requests, queries = options.sample
        print(json.dumps(sample(name, int(requests), int(queries))))
        return
    show(options)


def show(options: argparse.Namespace) -> None:
    from rich.console import Console

    runs = {(name, "python"): [] for name in MIDDLEWARE}
    runs |= {("nothing", program): [] for program in PROGRAMS}
    shuffled = random.Random(7)
    for _ in range(options.rounds):
        for name, program in shuffled.sample(list(runs), len(runs)):
            runs[name, program].append(measured(name, options.requests, QUERIES, program))
    console = Console()
    console.print(
        middleware_table({name: median(runs[name, "python"], "us") for name in MIDDLEWARE})
    )
    seconds = {program: median(runs["nothing", program], "cpu") for program in PROGRAMS}
    console.print(program_table(seconds, options.requests))
    for name in ("nothing", "capturing + recording") if options.many else ():
        grown = measured(name, options.many, 5)["grown_mb"]
        console.print(f"{options.many} requests, {name}: {grown:+.1f} MB")


def median(samples: list[dict[str, float]], name: str) -> float:
    return statistics.median(sample[name] for sample in samples)


def middleware_table(medians: dict[str, float]):
    from rich.table import Table

    table = Table("a request of 50 queries", "µs", "adds", "a query", "of capturing")
    capturing = medians["middleware, capturing"] - medians["nothing"]
    for name, (_, base) in MIDDLEWARE.items():
        added = medians[name] - medians[base] if base else 0
        table.add_row(
            name,
            f"{medians[name]:.0f}",
            *(
                (f"{added:.0f} µs", f"{added / QUERIES:.1f} µs", f"{added / capturing:.2f}")
                * bool(base)
            ),
        )
    return table


def program_table(seconds: dict[str, float], requests: int):
    from rich.table import Table

    table = Table(f"a program of {requests} requests", "s", "of what python takes")
    for program, taken in seconds.items():
        table.add_row(program, f"{taken:.2f}", f"{taken / seconds['python']:.3f}")
    return table


def measured(name: str, requests: int, queries: int, program: str = "python") -> dict[str, float]:
    """What a sample tells of itself, and the CPU seconds of its whole process as `cpu`."""
    with tempfile.TemporaryDirectory() as folder:
        runner = [part.format(folder=folder) for part in PROGRAMS[program]]
        sampling = [str(Path(__file__).resolve()), "--sample", name, str(requests), str(queries)]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, *runner, *sampling], cwd=ROOT, check=True, capture_output=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return json.loads(done.stdout) | {"cpu": cpu}


def sample(name: str, requests: int, queries: int) -> dict[str, float]:
    places = MIDDLEWARE[name][0]
    with tempfile.TemporaryDirectory() as folder:
        client = project(places, folder, queries)
        for _ in range(20):
            client.get("/")
        early = 0.0
        started = time.process_time()
        for number in range(requests):
            client.get("/")
            if number == requests // 10:
                early = resident_mb()
        seconds = time.process_time() - started
        return {"us": seconds / requests * 1e6, "grown_mb": resident_mb() - early}


def project(places: tuple[str, ...] | None, folder: str, queries: int):
    import django
    from django.conf import settings
    from django.http import HttpResponse
    from django.urls import path

    def view(request):
        from django.contrib.auth.models import Group

        for number in range(queries):
            Group.objects.filter(pk=number).exists()
        return HttpResponse("done")

    sys.modules["benchmark_urls"] = type(sys)("benchmark_urls")
    sys.modules["benchmark_urls"].urlpatterns = [path("", view)]
    settings.configure(
        SECRET_KEY="-",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="benchmark_urls",
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
        MIDDLEWARE=[] if places is None else ["querylens.django.QueryLensMiddleware"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        QUERYLENS={"ENABLED": True, "REPORT": list(places or ()), "RECORD_FOLDER": folder},
        LOGGING_CONFIG=None,
    )
    django.setup()
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0)
    return Client()


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
