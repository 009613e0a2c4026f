"""Folds requests that were put together from a log: what each repeats, and what caused that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from querylens.audit.facts import facts_of
from querylens.audit.fold import Fold, Numbers, Repeat
from querylens.audit.requests import Request
from querylens.audit.requests import Sent as SentOfShape
from querylens.audit.selection import Selection
from querylens.inferred import Asked
from querylens.sql import Fingerprint

#: What a request asked, and what it asked before.
Question = tuple[Asked, Sequence[Asked]]
#: Of each shape that a request sent more than once: see `Sent.values`.
_Repeated = dict[Fingerprint, tuple[int, tuple[int, ...]]]


class Sent(NamedTuple):
    """What one request sent, in columns, in the order the shapes came first.

    An example holds all of it: as an object for each shape that would be most of the memory.
    """

    shapes: tuple[Fingerprint, ...]
    queries: tuple[int, ...]
    #: How many different values there were; all are where none is told.
    distinct: tuple[int, ...]
    carry_several: frozenset[Fingerprint]
    without_values: frozenset[Fingerprint]


class Example(NamedTuple):
    """The worst request that repeats a statement, in numbers."""

    shape: Fingerprint
    sent: Sent
    duplicated: int
    most_duplicated: int
    duration_ns: int


class Questions:
    """What requests asked of the database, worked out once for all that one of them repeats."""

    def __init__(self) -> None:
        #: By the identity of what was sent, which is kept beside it.
        self._asked: dict[int, tuple[Sent, tuple[Asked, ...]]] = {}

    def of(self, example: Example) -> Question:
        """What was asked again and again, and what the request asked before."""
        sent = example.sent
        known = self._asked.get(id(sent))
        if known is None:
            known = self._asked[id(sent)] = (sent, tuple(_asked(sent)))
        position = sent.shapes.index(example.shape)
        return known[1][position], known[1][:position]


def _asked(sent: Sent) -> Iterator[Asked]:
    shapes = [facts_of[name].shape for name in sent.shapes]
    written = {each.table for each in shapes if each.verb not in ("select", "other")}
    for name, shape, queries, distinct in zip(
        sent.shapes, shapes, sent.queries, sent.distinct, strict=True
    ):
        yield Asked(
            shape,
            queries,
            distinct,
            name in sent.carry_several,
            not written.isdisjoint(shape.tables),
            name not in sent.without_values,
        )


class Seen:
    """Folds requests into `fold`."""

    def __init__(self, fold: Fold, selection: Selection) -> None:
        self._fold = fold
        self._selection = selection

    def add(self, request: Request) -> None:
        """Folds one request that is complete."""
        if request.is_empty() or not self._selection.holds(request.name, request.began_ns):
            return
        self._fold.told_apart_by[_evidence(request)] += 1
        repeated = {shape: own.values() for shape, own in request.sent.items() if own.is_repeated}
        self._add_numbers(request, repeated)
        sent: Sent | None = None
        where = ""
        for shape, (distinct, again) in repeated.items():
            # Whether its numbers allow a finding; what the request sent before is asked later.
            is_loop = distinct > 1 and shape not in request.carry_several
            if not (facts_of[shape].is_counted and (is_loop or again)):
                continue
            own, is_told = request.sent[shape], shape not in request.without_values
            is_loop = (distinct if is_told else own.queries) >= facts_of[shape].fewest
            known = self._repeat((str(shape), request.name, is_loop), own)
            if known is not None and known.may_be_worse(own.queries, request.name):
                where = where or _where(request)
                worst = (-own.queries, request.name, where)
                known.add_example(worst)
                if worst < known.worst:
                    sent = sent or _sent(request, repeated)
                    known.worst = worst
                    known.example = _example(shape, sent, again if is_told else (), own)

    def _add_numbers(self, request: Request, repeated: _Repeated) -> None:
        numbers = Numbers(traces=1)
        for shape, own in request.sent.items():
            facts, queries = facts_of[shape], own.queries
            if facts.is_counted:
                numbers.queries += queries
            elif facts.is_transaction:
                numbers.transactions += queries
            else:
                numbers.setup += queries
            numbers.duration_ns += own.duration_ns
            if shape in repeated:
                numbers.similar += queries
                again = repeated[shape][1]
                if again and not facts.is_update and shape not in request.without_values:
                    numbers.duplicated += sum(again)
        self._fold.add_trace(request.name, "request", numbers)

    def _repeat(self, subject: tuple[str, str, bool], own: SentOfShape) -> Repeat | None:
        """Adds what a request repeats; a new one has no example yet."""
        known = self._fold.repeats.get(subject)
        if known is None:
            known = self._fold.repeats.add(subject, Repeat((0, "", ""), None))
        if known is None:
            return None
        queries = own.queries
        known.traces += 1
        known.queries += queries
        known.duration_ns += own.duration_ns
        known.counts[queries] = known.counts.get(queries, 0) + 1
        return known


def _example(shape: Fingerprint, sent: Sent, again: tuple[int, ...], own: SentOfShape) -> Example:
    return Example(shape, sent, sum(again), max(again, default=0), own.duration_ns)


def _sent(request: Request, repeated: _Repeated) -> Sent:
    queries = tuple([own.queries for own in request.sent.values()])
    without_values = request.without_values
    distinct = [
        count if shape in without_values else repeated[shape][0] if shape in repeated else 1
        for shape, count in zip(request.sent, queries, strict=True)
    ]
    return Sent(
        tuple(request.sent),
        queries,
        tuple(distinct),
        frozenset(request.carry_several),
        frozenset(without_values),
    )


def _evidence(request: Request) -> str:
    if request.trace_id:
        return "trace ids"
    if request.is_ended:
        return "lines of Django's server"
    if request.name:
        return "tags in comments"
    if request.session and request.last_ns:
        return "sessions and pauses"
    return "sessions" if request.session else "pauses" if request.last_ns else "nothing"


def _where(request: Request) -> str:
    """When it began, and in which session: what a log is searched for."""
    began = request.began_ns // 1_000
    try:
        time = datetime.fromtimestamp(began // 1_000_000, UTC)
        time = time.replace(microsecond=began % 1_000_000)
        when = time.isoformat(" ", "milliseconds").removesuffix("+00:00") if began else ""
    except (OverflowError, ValueError, OSError):
        when = ""
    session = f"session {request.session}" if request.session else ""
    return ", ".join(filter(None, (when, session)))
