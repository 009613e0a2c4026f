"""Every reader with each of its seeds, and with what is nearly a seed: nothing but clear errors."""

from __future__ import annotations

from random import Random

import pytest

from querylens.audit import audit
from querylens.config import Config
from querylens.traces.format import decode
from querylens.traces.statements import Statement
from tests.fuzz.fuzz import NAMES
from tests.fuzz.mutations import mutations
from tests.fuzz.readers import LOGS, READERS, check_statement, seeds_of

#: So many of each seed, the same in each run. `fuzz.py` tries others, for as long as it is told to.
MUTATIONS = 300
SEEDS = [(name, path) for name in READERS for path in seeds_of(name)]


def test_every_reader_is_fuzzed():
    assert set(NAMES) == set(READERS) == {name for name, _ in SEEDS}


@pytest.mark.parametrize(("name", "path"), SEEDS, ids=[f"{n} {path.name}" for n, path in SEEDS])
def test_seed(name, path):
    READERS[name](path.read_bytes())


@pytest.mark.parametrize(
    ("name", "path"), [seed for seed in SEEDS if seed[0] in LOGS], ids=lambda seed: str(seed)[-40:]
)
def test_seed_isrecognised(name, path):
    """Else mutations would be read as what they are not."""
    assert LOGS[name](path.read_bytes()) is not None


@pytest.mark.parametrize(
    "path", [path for name, path in SEEDS if name in ("recording", "decoder")], ids=str
)
def test_recorded_seed_is_read(path):
    """Else all that is tried is how damage is told."""
    lines = path.read_bytes().splitlines()
    audited = audit([str(path)], Config())

    assert audited.problems == ()
    assert audited.report.totals.traces == len(lines)
    for line in lines:
        assert decode(line).queries


@pytest.mark.parametrize("name", READERS)
def test_mutations(name):
    seeds = [path.read_bytes() for path in seeds_of(name)]

    for data in mutations(seeds, MUTATIONS, Random(name)):
        try:
            READERS[name](data)
        except Exception as error:  # noqa: BLE001 - the input is what has to be told
            pytest.fail(f"{error!r} on {data!r}")


def test_a_failure_is_seen():
    """The checks are no ornament."""
    with pytest.raises(AssertionError):
        check_statement(Statement("SELECT 1", at_ns=-1))
