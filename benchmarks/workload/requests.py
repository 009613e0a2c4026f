"""Requests of the made-up project behind `audit_inputs`, and several workers that serve them."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from random import Random
from typing import NamedTuple

from benchmarks.workload.routes import Route, Step, random_routes
from benchmarks.workload.texts import Values, renamed, value

ROUTES = 330
WORKERS = 4
_STARTED_NS = 1_783_166_400_000_000_000  # 2026-07-04 12:00 UTC
_MOST_ROWS = 80
_MOST_VALUES = 250
_PIDS = range(4_000, 32_000)


class Sent(NamedTuple):
    """One statement: `size` is the length of its list, `row` the loop's round, -1 outside."""

    step: Step
    values: Values
    size: int
    row: int
    has_new_values: bool
    started_ns: int
    duration_ns: int

    @property
    def ended_ns(self) -> int:
        return self.started_ns + self.duration_ns


@dataclass(frozen=True, eq=False, slots=True)
class Request:
    """A request, or a part of one that never ends."""

    number: int
    name: str
    pid: int
    trace_id: str
    is_tagged: bool
    sent: list[Sent]

    @property
    def root_id(self) -> str:
        """The id of the span that serves it."""
        return self.trace_id[16:]


@dataclass(frozen=True, slots=True)
class Workload:
    """What is to be sent. `distinct` gives each statement a template of its own."""

    statements: int
    seed: int = 7
    distinct: bool = False
    one_request: bool = False

    def sent(self) -> Iterator[tuple[Request, Sent, bool]]:
        """Each statement in the order in which they end, and whether it is its request's first.

        As many requests are on their way at any time as there are workers. Of one that never ends
        the parts come one after the other, all with the same number.
        """
        made = _Requests(self)
        running: list[tuple[int, int, int, Request]] = []
        for worker in range(1 if self.one_request else WORKERS):
            _begin(running, worker, made.next(_STARTED_NS))
        while running:
            ended_ns, worker, position, request = running[0]
            yield request, request.sent[position], position == 0
            position += 1
            if position < len(request.sent):
                ended_ns = request.sent[position].ended_ns
                heapq.heapreplace(running, (ended_ns, worker, position, request))
            else:
                heapq.heappop(running)
                _begin(running, worker, made.next(ended_ns))


def _begin(
    running: list[tuple[int, int, int, Request]], worker: int, request: Request | None
) -> None:
    if request is not None:
        heapq.heappush(running, (request.sent[0].ended_ns, worker, 0, request))


class _Requests:
    """Makes requests until all statements are sent."""

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self._random = Random(workload.seed)
        self._routes = random_routes(self._random, ROUTES)
        self._left = workload.statements
        self._number = 0
        self._value = 1_000_000
        self._never_ending: Request | None = None

    def next(self, free_ns: int) -> Request | None:
        """The next one of a worker that is free from then on; None when all is sent."""
        if not self._left:
            return None
        random = self._random
        route = random.choice(self._routes)
        planned = self._planned(route)[: self._left]
        self._left -= len(planned)
        sent = self._timed(planned, free_ns + 1_000_000 + int(random.random() * 20_000_000))
        if self._never_ending is not None:
            return replace(self._never_ending, sent=sent)
        number, trace_id = self._number, f"{random.getrandbits(128):032x}"
        pid, is_tagged = _PIDS[number % len(_PIDS)], random.random() < 0.08
        request = Request(number, f"GET {route.name}", pid, trace_id, is_tagged, sent)
        self._number += 1
        if self._workload.one_request:
            self._never_ending = request
        return request

    def _planned(self, route: Route) -> list[_Planned]:
        random = self._random
        loops = [self._loop(step) for step in random.sample(route.bodies, random.randint(1, 5))]
        chosen = random.sample(route.one_offs, random.randint(0, min(4, len(route.one_offs))))
        if self._workload.distinct:
            chosen = [steps for steps in chosen if steps[0].template.table]
        if self._workload.one_request:
            # PostgreSQL's FETCH would be the same statement again and again.
            chosen = [steps for steps in chosen if steps[0].template.kind != "cursor"]
        planned = [self._once(step) for step in (*route.first, *(s for c in chosen for s in c))]
        while loops:
            loop = loops.pop()
            if loops and random.random() < 0.3:
                pairs = zip_longest(loop, loops.pop())
                planned += [each for pair in pairs for each in pair if each is not None]
            else:
                planned += loop
        return planned

    def _loop(self, step: Step) -> list[_Planned]:
        """One statement for each row; of some loops several rows have the same value."""
        random = self._random
        count = 3 + min(int(random.expovariate(1 / 11)), _MOST_ROWS)
        chance = random.random()
        different = 1 if chance < 0.03 else -(-count // 3) if chance < 0.13 else count
        start = self._value
        self._value += different
        return [
            self._statement(step, start + row % different, 0, row, row < different)
            for row in range(count)
        ]

    def _once(self, step: Step) -> _Planned:
        size = self._random.randint(1, _MOST_VALUES) if step.template.has_size else 0
        if step.template.kind == "bulk insert":
            size = size // 10 + 1
        start = self._value
        self._value += size or 1
        return self._statement(step, start, size, -1, True)

    def _statement(self, step: Step, number: int, size: int, row: int, is_new: bool) -> _Planned:
        types = step.template.types
        rows = range(number, number + (size or 1))
        values = tuple([value(kind, each) for each in rows for kind in types])
        if self._workload.distinct:
            self._value += 1
            step = replace(step, template=renamed(step.template, self._value))
        return step, values, size, row, is_new

    def _timed(self, planned: list[_Planned], now: int) -> list[Sent]:
        chance, sent = self._random.random, []
        for step, values, size, row, is_new in planned:
            now += 20_000 + int(chance() * 400_000)
            # A few take much longer than the others.
            duration = 40_000 + int(600_000 * chance() ** 4) + int(20_000_000 * chance() ** 40)
            sent.append(Sent(step, values, size, row, is_new, now, duration))
            now += duration
        return sent


#: All but the times.
_Planned = tuple[Step, Values, int, int, bool]
