"""Folds requests that were put together from a log: what each repeats, and what caused that."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from querylens.audit.facts import facts_of
from querylens.audit.fold import Fold, Numbers, Repeat
from querylens.audit.requests import Request
from querylens.audit.selection import Selection
from querylens.inferred import Asked
from querylens.sql import Fingerprint

#: Of each shape that a request sent more than once: see `Sent.values`.
_Repeated = dict[Fingerprint, tuple[int, tuple[int, ...]]]


class Counted(NamedTuple):
    """The statements of one shape in one request, in numbers."""

    shape: Fingerprint
    queries: int
    distinct: int
    carries_several: bool
    are_values_told: bool


class Example(NamedTuple):
    """The worst request that repeats a statement, in numbers."""

    shape: Fingerprint
    #: All that the request sent, in the order the shapes came first.
    sent: tuple[Counted, ...]
    duplicated: int
    most_duplicated: int
    duration_ns: int

    def asked(self) -> tuple[Asked, tuple[Asked, ...]]:
        """What was asked again and again, and what the request asked before."""
        shapes = [facts_of[each.shape].shape for each in self.sent]
        written = {each.table for each in shapes if each.verb not in ("select", "other")}
        asked: list[Asked] = []
        for counted, shape in zip(self.sent, shapes, strict=True):
            is_changed = not written.isdisjoint(shape.tables) if written else False
            asked.append(_asked(counted, is_changed))
            if counted.shape == self.shape:
                break
        return asked[-1], tuple(asked[:-1])


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
        sent: dict[Fingerprint, Counted] = {}
        where = ""
        for shape, (distinct, again) in repeated.items():
            # Whether its numbers allow a finding; what the request sent before is asked later.
            is_loop = distinct > 1 and shape not in request.carry_several
            if facts_of[shape].is_counted and (is_loop or again):
                sent = sent or _counted(request, repeated)
                where = where or _where(request)
                self._add_repeat(request, shape, sent, again, where)

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

    def _add_repeat(
        self,
        request: Request,
        shape: Fingerprint,
        sent: dict[Fingerprint, Counted],
        again: tuple[int, ...],
        where: str,
    ) -> None:
        own, counted = request.sent[shape], sent[shape]
        worst = (-counted.queries, request.name, where)
        subject = (str(shape), request.name, counted.distinct >= facts_of[shape].fewest)
        known = self._fold.repeats.get(subject)
        if known is None:
            known = self._fold.repeats.add(subject, Repeat(worst, None))
        if known is None:
            return
        if known.example is None or worst < known.worst:
            known.worst = worst
            duplicated = again if counted.are_values_told else ()
            most = max(duplicated, default=0)
            known.example = Example(
                shape, tuple(sent.values()), sum(duplicated), most, own.duration_ns
            )
        known.traces += 1
        known.queries += counted.queries
        known.duration_ns += own.duration_ns
        known.counts[counted.queries] = known.counts.get(counted.queries, 0) + 1
        known.add_example(worst)


def _counted(request: Request, repeated: _Repeated) -> dict[Fingerprint, Counted]:
    carry_several, without_values = request.carry_several, request.without_values
    counted = {}
    for shape, own in request.sent.items():
        queries, is_told = own.queries, shape not in without_values
        distinct = repeated[shape][0] if is_told and shape in repeated else 1
        counted[shape] = Counted(
            shape, queries, distinct if is_told else queries, shape in carry_several, is_told
        )
    return counted


@lru_cache(maxsize=4_096)
def _asked(counted: Counted, is_changed: bool) -> Asked:
    return Asked(
        facts_of[counted.shape].shape,
        counted.queries,
        counted.distinct,
        counted.carries_several,
        is_changed,
        counted.are_values_told,
    )


def _evidence(request: Request) -> str:
    if request.trace_id:
        return "trace ids"
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
