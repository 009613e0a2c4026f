"""Folds requests that were put together from a log: what each repeats, and what caused that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from querylens.audit.fold import Fold, Numbers, Repeat
from querylens.audit.requests import Request, Sent
from querylens.audit.selection import Selection
from querylens.inferred import Asked
from querylens.inferred.numbers import is_loop
from querylens.sql import Fingerprint, statement_kind
from querylens.sql.shapes import Shape, shape_of

_LEAST = 2
_MOST_FACTS = 4_000


class Facts(NamedTuple):
    """What a statement's text tells."""

    shape: Shape
    is_counted: bool
    is_transaction: bool
    #: As Django's session middleware reads the session: once a request.
    reads_session: bool
    is_update: bool
    may_carry_several: bool


class FactsByText(dict[Fingerprint, Facts]):
    """The facts of each shape of statement, read when they are first asked for."""

    def __missing__(self, name: Fingerprint) -> Facts:
        if len(self) > _MOST_FACTS:
            self.clear()
        shape = shape_of(name.text)
        kind = statement_kind(name.text)
        facts = self[name] = Facts(
            shape,
            kind not in ("transaction", "set"),
            kind == "transaction",
            shape.verb == "select" and shape.table == "django_session" and not shape.is_exists,
            shape.verb == "update",
            shape.verb == "insert" or bool(shape.in_list),
        )
        return facts


class Example(NamedTuple):
    """The worst request that repeats a statement, in numbers."""

    shape: Fingerprint
    asked: Asked
    #: What the request sent before.
    earlier: tuple[Asked, ...]
    duplicated: int
    most_duplicated: int
    duration_ns: int


class Seen:
    """Folds requests into `fold`."""

    def __init__(self, fold: Fold, selection: Selection) -> None:
        self._fold = fold
        self._selection = selection
        self.facts = FactsByText()

    def add(self, request: Request) -> None:
        """Folds one request that is complete."""
        if request.is_empty() or not self._selection.holds(request.name, request.began_ns):
            return
        if request.sent:
            request.add_up()
            sent = request.sent
        else:
            sent = _sent(request)
        self._add_numbers(request, sent)
        self._fold.told_apart_by[_evidence(request)] += 1
        for shape, own in sent.items():
            if own.queries >= _LEAST and self._may_be_wrong(request, shape, own):
                self._add_repeat(request, sent, shape)

    def _may_be_wrong(self, request: Request, shape: Fingerprint, own: Sent) -> bool:
        """Whether its numbers allow a finding; what the request sent before is asked later."""
        distinct = len(own.values)
        several = shape in request.carry_several
        return self.facts[shape].is_counted and (
            distinct < own.queries or (distinct >= _LEAST and not several)
        )

    def _add_numbers(self, request: Request, sent: dict[Fingerprint, Sent]) -> None:
        numbers = Numbers(traces=1)
        for shape, own in sent.items():
            facts = self.facts[shape]
            numbers.queries += own.queries * facts.is_counted
            numbers.transactions += own.queries * facts.is_transaction
            numbers.setup += own.queries * (not facts.is_counted and not facts.is_transaction)
            numbers.duration_ns += own.duration_ns
            if own.queries > 1:
                numbers.similar += own.queries
                if not facts.is_update and shape not in request.without_values:
                    numbers.duplicated += sum(count for count in own.values.values() if count > 1)
        self._fold.add_trace(request.name, "request", numbers)

    def _add_repeat(
        self, request: Request, sent: dict[Fingerprint, Sent], shape: Fingerprint
    ) -> None:
        own = sent[shape]
        worst = (-own.queries, request.name, _where(request))
        from_loop = is_loop(self._asked(request, shape, own))
        subject = (str(shape), request.name, from_loop)
        known = self._fold.repeats.get(subject)
        if known is None:
            known = self._fold.repeats.add(subject, Repeat(worst, None))
        if known is None:
            return
        if known.example is None or worst < known.worst:
            known.worst = worst
            known.example = self._example(request, sent, shape)
        known.traces += 1
        known.queries += own.queries
        known.duration_ns += own.duration_ns
        known.counts[own.queries] += 1
        known.add_example(worst)

    def _example(
        self, request: Request, sent: dict[Fingerprint, Sent], shape: Fingerprint
    ) -> Example:
        shapes = [self.facts[name].shape for name in sent]
        written = {each.table for each in shapes if each.verb not in ("select", "other")}
        asked = [
            replace(each, is_changed=not written.isdisjoint(each.shape.tables))
            for each in (self._asked(request, name, own) for name, own in _until(sent, shape))
        ]
        repeated = [
            count
            for count in sent[shape].values.values()
            if count > 1 and shape not in request.without_values
        ]
        return Example(
            shape,
            asked[-1],
            tuple(asked[:-1]),
            sum(repeated),
            max(repeated, default=0),
            sent[shape].duration_ns,
        )

    def _asked(self, request: Request, name: Fingerprint, own: Sent) -> Asked:
        is_told = name not in request.without_values
        return Asked(
            self.facts[name].shape,
            own.queries,
            max(len(own.values), 1) if is_told else own.queries,
            name in request.carry_several,
            are_values_told=is_told,
        )


def _until(sent: dict[Fingerprint, Sent], last: Fingerprint) -> Iterator[tuple[Fingerprint, Sent]]:
    for name, own in sent.items():
        yield name, own
        if name == last:
            return


def _sent(request: Request) -> dict[Fingerprint, Sent]:
    """What a request sent, by shape, in the order the shapes came first."""
    found: dict[Fingerprint, Sent] = {}
    sizes = Counter(request.shapes)
    repeated = {shape for shape, size in sizes.items() if size >= _LEAST}
    for shape, size in sizes.items():
        found[shape] = Sent(size)
    for shape, text, duration in _rows(request):
        sent = found[shape]
        sent.duration_ns += duration
        if shape in repeated:
            sent.values[text] += 1
    return found


def _rows(request: Request) -> Iterable[tuple[Fingerprint, str, int]]:
    return zip(request.shapes, request.values, request.durations, strict=True)


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
