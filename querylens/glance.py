"""What records tell at a glance, before their places are read: most traces hold nothing to find."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from querylens.config import Config
from querylens.model import Totals
from querylens.parameters import comparison_key
from querylens.record import Record
from querylens.remembered import remembered
from querylens.sql import fingerprint, statement_kind
from querylens.stack import Stack

_CONNECTING = "BaseDatabaseWrapper.connect"


class Glance(NamedTuple):
    """The numbers of one trace, and whether any rule could find something in it."""

    totals: Totals
    may_hold_findings: bool


_NOTHING = Glance(Totals(traces=1), may_hold_findings=False)


def glance(records: Sequence[Record], config: Config) -> Glance:
    """What one trace holds: the same numbers as `Totals.of` gives after everything was read."""
    if not records:
        return _NOTHING
    kinds = _kinds(records, config)
    similar, duplicated = _repeated(records)
    totals = Totals(
        traces=1,
        queries=kinds.count("query"),
        transactions=kinds.count("transaction"),
        setup=kinds.count("set-up"),
        similar=similar,
        duplicated=duplicated,
        duration_ns=sum([record.duration_ns for record in records]),
    )
    return Glance(totals, _may_hold_findings(records, kinds, config))


def _may_hold_findings(records: Sequence[Record], kinds: Sequence[str], config: Config) -> bool:
    """Rules look at statements that came at least twice, unless a threshold says otherwise."""
    thresholds = [config.threshold, *(table.get("threshold") for table in config.rules.values())]
    if any(isinstance(threshold, int) and threshold < 2 for threshold in thresholds):
        return True
    shapes = [
        (record.scope, record.alias, fingerprint(record.shape.sql, record.vendor))
        for record, kind in zip(records, kinds, strict=True)
        if kind == "query"
    ]
    return len(set(shapes)) < len(shapes)


def _repeated(records: Sequence[Record]) -> tuple[int, int]:
    """How many records are similar to others, and how many are duplicates of others."""
    keys = list(map(_similar_key, records))
    if len(set(keys)) == len(keys):
        return 0, 0
    sizes = Counter(keys)
    alike = [record for record, key in zip(records, keys, strict=True) if sizes[key] > 1]
    duplicated = Counter(_duplicated_keys(alike))
    return len(alike), sum(size for size in duplicated.values() if size > 1)


def _kinds(records: Sequence[Record], config: Config) -> list[str]:
    """What each record is: `query`, `transaction` or `set-up`. Decided once for equal ones."""
    known = remembered(config).kinds
    try:
        return [known[record.shape] for record in records]
    except KeyError:
        known |= {record.shape: _kind(record, config) for record in records}
        return [known[record.shape] for record in records]


def _kind(record: Record, config: Config) -> str:
    if statement_kind(record.shape.sql) == "transaction":
        return "transaction"
    return "set-up" if is_setup(record, config) else "query"


def is_setup(record: Record, config: Config) -> bool:
    """Whether Django was connecting, or the user named the statement."""
    return _is_connecting(record.stack) or config.is_setup_statement(record.shape.sql)


@functools.lru_cache(maxsize=8192)
def _is_connecting(stack: Stack) -> bool:
    return any(code.co_qualname == _CONNECTING for code in stack.codes)


def _similar_key(record: Record) -> tuple[object, ...]:
    return (record.scope, record.alias, record.shape.sql)


def _duplicated_keys(records: Iterable[Record]) -> Iterator[tuple[object, ...]]:
    return ((*_similar_key(record), comparison_key(record.params)) for record in records)
