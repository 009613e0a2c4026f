"""Fuzzes a reader, or each in turn, and ends with the executions per minute.

    python -m tests.fuzz.fuzz READER|all --minutes 10

Where atheris is installed (https://github.com/google/atheris) it finds its way by coverage; else
the seeds are mutated at random. An input that fails is written to `tests/fuzz/seeds/READER`, where
the tests find it from then on, and its reader is ended with.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import time
import traceback
from importlib.util import find_spec
from pathlib import Path
from random import Random

NAMES = (
    *("postgres", "postgres-csv", "postgres-json", "postgres-syslog"),
    *("mysql-slow", "mysql-general"),
    *("django-log", "otlp", "recording", "decoder", "tags", "blocks", "wrapped", "framed"),
)
SEEDS = Path(__file__).with_name("seeds")
#: An input that takes longer has found something that is not linear.
LONGEST_SECONDS = 10
LONGEST_INPUT = 16_384
_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


def main() -> int:
    """Exit code 1 when an input failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reader", choices=(*NAMES, "all"))
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--guided", action="store_true", help=argparse.SUPPRESS)
    options, rest = parser.parse_known_args()
    if options.guided:
        return _guided(options.reader, rest)
    failed = 0
    for name in NAMES if options.reader == "all" else (options.reader,):
        began = time.monotonic()
        fuzzed = _by_atheris if find_spec("atheris") else _at_random
        executed, found = fuzzed(name, options.minutes * 60)
        minutes = (time.monotonic() - began) / 60
        told = f"{name}: {executed / minutes:,.0f} executions a minute for {minutes:.1f} minutes, "
        sys.stdout.write(f"{told}{len(found)} failed {' '.join(map(str, found))}".rstrip() + "\n")
        sys.stdout.flush()
        failed += len(found)
    return 1 if failed else 0


def _at_random(name: str, seconds: float) -> tuple[int, list[Path]]:
    from tests.fuzz.mutations import mutated
    from tests.fuzz.readers import READERS, seeds_of

    random = Random(time.time_ns())
    read = READERS[name]
    seeds = [path.read_bytes() for path in seeds_of(name)]
    executed, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        data = mutated(random.choice(seeds), seeds, random)
        executed += 1
        began = time.process_time()
        try:
            read(data)
        except Exception:  # noqa: BLE001 - whatever a reader raises is what is looked for
            traceback.print_exc()
            return executed, [_kept(name, data)]
        if time.process_time() - began > LONGEST_SECONDS:
            return executed, [_kept(name, data)]
    return executed, []


def _kept(name: str, data: bytes) -> Path:
    path = SEEDS / name / f"found-{hashlib.sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    return path


def _by_atheris(name: str, seconds: float) -> tuple[int, list[Path]]:
    """In a process of its own, which atheris ends."""
    with tempfile.TemporaryDirectory(prefix="querylens-fuzz-") as folder:
        corpus, found = Path(folder) / "corpus", Path(folder) / "found"
        corpus.mkdir()
        found.mkdir()
        command = [
            *(sys.executable, "-m", "tests.fuzz.fuzz", name, "--guided"),
            *(str(corpus), str(SEEDS / name), f"-artifact_prefix={found}/"),
            *(f"-max_total_time={seconds:.0f}", f"-max_len={LONGEST_INPUT}", "-len_control=0"),
            *(f"-timeout={LONGEST_SECONDS}", "-print_final_stats=1", "-rss_limit_mb=1024"),
        ]
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False
        )
        executed = _EXECUTED.search(done.stderr)
        failing = [_kept(name, path.read_bytes()) for path in sorted(found.iterdir())]
    if failing or executed is None:
        sys.stderr.write(f"{done.stdout[-3000:]}\n{done.stderr[-1000:]}\n")
    return int(executed[1]) if executed else 0, failing


def _guided(name: str, arguments: list[str]) -> int:
    import atheris

    with atheris.instrument_imports(include=["querylens.traces", "querylens.audit"]):
        from tests.fuzz.readers import READERS, seeds_of
    from tests.fuzz.mutations import mutated

    def by_turns(data: bytes, longest: int, seed: int) -> bytes:
        """Changes that formats know, and atheris's own."""
        if seed % 2:
            return bytes(atheris.Mutate(data, longest))
        return mutated(data, seeds, Random(seed))[:longest]

    seeds = [path.read_bytes() for path in seeds_of(name)]
    atheris.Setup([sys.argv[0], *arguments], READERS[name], custom_mutator=by_turns)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
