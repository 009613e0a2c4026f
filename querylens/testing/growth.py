"""Proof by growth: the same code on a few rows and on a few more, counted and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from querylens.config import Config
from querylens.engine import check
from querylens.errors import MisuseError
from querylens.model import Finding, Trace
from querylens.recorder import capture, failed
from querylens.rules.grows_with_rows import finding_behind, growth_findings, rate
from querylens.sql import statement_kind
from querylens.test_code import is_n_plus_one, without_test_code
from querylens.testing.calling import finished, require_no_event_loop
from querylens.testing.counting import checked_aliases, count_queries, queries_on
from querylens.testing.failures import QueriesGrow
from querylens.testing.messages import growth_message
from querylens.testing.undone import (
    allowed_databases,
    forbidden_databases_named,
    not_allowed,
    undone,
)


@dataclass(frozen=True)
class Growth:
    """How many queries were sent at each number of rows, and the traces that were counted."""

    sizes: tuple[int, ...]
    counts: tuple[int, ...]
    traces: tuple[Trace, ...]
    #: How many more queries a row were allowed.
    slope: float = 0

    @property
    def grows(self) -> bool:
        """Whether any size sent more than was allowed."""
        return self._excess(self.worst) > 0

    @property
    def worst(self) -> int:
        """The position of the size that sent most above what was allowed."""
        return max(range(1, len(self.sizes)), key=self._excess)

    @property
    def rows(self) -> int:
        """How many rows the worst size has more than the first."""
        return self.sizes[self.worst] - self.sizes[0]

    @property
    def verdict(self) -> str:
        """`queries grow with rows: 5 for 2 rows, 8 for 3 (+3 a row)`."""
        [first, *others] = zip(self.counts, self.sizes, strict=True)
        noun = "row" if self.sizes[0] == 1 else "rows"
        counted = [f"{first[0]} for {first[1]} {noun}", *(f"{n} for {size}" for n, size in others)]
        allowed = f", {self.slope:g} allowed" if self.slope else ""
        growth = rate(self.counts[self.worst] - self.counts[0], self.rows)
        start = "queries grow with rows" if self.grows else "queries"
        return f"{start}: {', '.join(counted)} ({growth}{allowed})"

    def _excess(self, position: int) -> float:
        rows = self.sizes[position] - self.sizes[0]
        return self.counts[position] - self.counts[0] - self.slope * rows


def assert_constant(
    run: Callable[[], Any],
    *,
    populate: Callable[[int], Any],
    sizes: Sequence[int] = (2, 3),
    slope: float = 0,
    using: str | Iterable[str] | None = None,
    warm_up: bool = True,
    info: str = "",
    config: Config | None = None,
) -> Growth:
    """Proves that `run` sends as many queries for few rows as for more.

    `populate(n)` makes n rows from none. Each size has its own rolled-back savepoint; in a test
    without a transaction the test database is flushed instead, so that rows made before are gone.
    A first run that is not counted fills caches. `slope` is how many more queries each further row
    may send, `using` names the databases whose queries count. Both functions may be async.

    Raises `QueriesGrow` when there are more, and `MisuseError` when nothing was proved: no rows
    made, no query sent, wrong sizes, a database that the test may not use.
    """
    __tracebackhide__ = True
    require_no_event_loop("assert_constant")
    counted_sizes = _checked_sizes(sizes)
    _check_slope(slope)
    aliases = checked_aliases(using)
    with forbidden_databases_named("assert_constant"):
        databases = allowed_databases()
        for alias in sorted(aliases.difference(databases)):
            raise MisuseError(not_allowed("assert_constant", alias))
        if warm_up:
            _trace(run, populate, counted_sizes[0], databases, config)
        traces = tuple(_trace(run, populate, size, databases, config) for size in counted_sizes)
    counts = tuple(count_queries(trace, aliases) for trace in traces)
    if not any(counts):
        raise MisuseError(_nothing_sent(aliases))
    growth = Growth(counted_sizes, counts, traces, slope)
    if growth.grows:
        raise _failure(growth, aliases, info, config)
    return growth


async def aassert_constant(
    run: Callable[[], Any], *, populate: Callable[[int], Any], **options: Any
) -> Growth:
    """As `assert_constant`, awaited in an async test."""
    from asgiref.sync import sync_to_async

    __tracebackhide__ = True
    return await sync_to_async(assert_constant)(run, populate=populate, **options)


def _checked_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    checked = tuple(sizes)
    if any(type(size) is not int or size < 1 for size in checked):
        raise MisuseError(f"sizes={sizes!r}: numbers of rows are whole and positive, as in (2, 3)")
    if len(checked) < 2 or any(b <= a for a, b in pairwise(checked)):
        raise MisuseError(f"sizes={sizes!r}: two or more, each larger than the last, as in (2, 3)")
    return checked


def _check_slope(slope: float) -> None:
    if isinstance(slope, bool) or not isinstance(slope, (int, float)) or not slope >= 0:
        raise MisuseError(f"slope={slope!r}: how many queries a row are allowed, 0 or more")


def _trace(
    run: Callable[[], Any],
    populate: Callable[[int], Any],
    size: int,
    databases: list[str],
    config: Config | None,
) -> Trace:
    """What `run` sends on so many rows."""
    __tracebackhide__ = True
    noun = "row" if size == 1 else "rows"
    with undone(databases):
        with capture(f"populate({size})", config=config) as made:
            finished(populate, size)
        if not any(_inserts(record) for record in made.records):
            raise MisuseError(
                f"populate({size}) made no rows: it has to insert {size} {noun}, and sent no INSERT"
            )
        with capture(f"{size} {noun}", config=config) as trace:
            finished(run)
        return trace


def _inserts(record: Any) -> bool:
    return not record.error and statement_kind(record.shape.sql) == "insert"


def _nothing_sent(aliases: frozenset[str]) -> str:
    where = f" to {', '.join(map(repr, sorted(aliases)))}" if aliases else ""
    return (
        f"run sent no query{where} for any size, which proves nothing: "
        "does it evaluate its querysets, and miss the cache?"
    )


def _failure(
    growth: Growth, aliases: frozenset[str], info: str, config: Config | None
) -> QueriesGrow:
    try:
        found, behind = _explained(growth, aliases, config)
        message = growth_message(growth.verdict, found, behind, info=info)
    except Exception:  # noqa: BLE001 - the verdict stands without its explanation
        failed("explaining growth")
        return QueriesGrow("\n".join(filter(None, (growth.verdict, info))), growth.traces)
    return QueriesGrow(message, growth.traces, (*found, *behind))


def _explained(
    growth: Growth, aliases: frozenset[str], config: Config | None
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """What grew, and the N+1 findings behind it, which are proved by that."""
    fewer, more = growth.traces[0], growth.traces[growth.worst]
    report = without_test_code(check(more, config=config))
    known = [replace(f, evidence="grows") for f in report.findings if is_n_plus_one(f)]
    found = growth_findings(
        queries_on(fewer, aliases), queries_on(more, aliases), growth.rows, known
    )
    behind = [finding for finding in known if finding_behind(finding, found)]
    return tuple(found), tuple(behind)
