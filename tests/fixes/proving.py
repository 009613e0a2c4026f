"""Makes each fix of a shape's findings and tells what it did to the queries."""

from __future__ import annotations

import linecache
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import count
from pathlib import Path
from types import ModuleType

import querylens
from querylens.model import Finding, Fix
from tests.fixes import elsewhere, trees
from tests.fixes.running import Run, run, subject
from tests.fixes.typist import typed
from tests.shapes.comparing import captured
from tests.shapes.corpus import all_shapes
from tests.shapes.declare import Shape

#: Rule, access and kind of fix: what must be proved of each.
Advice = tuple[str, str, str]

_numbers = count(1)
#: Every proof of this session, for the table at its end.
PROOFS: list[Proof] = []


@dataclass(frozen=True, eq=False)
class Proposal:
    """One fix of a finding: the one that comes first, or an alternative."""

    shape: Shape
    finding: Finding
    fix: Fix

    @property
    def advice(self) -> Advice:
        access = self.finding.cause.access if self.finding.cause else ""
        return (self.finding.rule.code, access, self.fix.kind)

    @property
    def comes_first(self) -> bool:
        return self.fix is self.finding.fix

    def __str__(self) -> str:
        return f"{self.shape.name}: {' '.join(self.advice)}"


@dataclass(frozen=True)
class Proof:
    """What a fix changed. `faults` is empty when it keeps its promise."""

    proposal: Proposal
    before: int
    after: int
    faults: tuple[str, ...]


trace_of = cache(captured)


@cache
def proposals(shape: Shape) -> tuple[Proposal, ...]:
    """Every fix that is advised for a shape."""
    findings = querylens.check(trace_of(shape)).findings
    return tuple(
        Proposal(shape, finding, fix)
        for finding in findings
        for fix in (finding.fix, *finding.fix.alternatives)
        if fix.kind != "none"
    )


def every_proposal() -> list[Proposal]:
    """Every fix that is advised over the whole corpus."""
    loud = (shape for shape in all_shapes() if not shape.is_silent)
    return [proposal for shape in loud for proposal in proposals(shape)]


def can_be_typed(proposal: Proposal) -> bool:
    return proposal.fix.at is not None


@cache
def before(shape: Shape) -> Run:
    return run(import_module(shape.module), shape.name)


def prove(proposal: Proposal) -> Proof:
    """Types a fix, runs the shape again, and compares."""
    old = before(proposal.shape)
    try:
        fixed = runner(proposal)
        after = fixed(4)
        faults = (*broken(proposal, old, after), *promise(proposal, after, fixed))
        proof = Proof(proposal, old.count, after.count, faults)
    except Exception as error:  # noqa: BLE001 - whatever a typed fix does wrong is its fault
        proof = Proof(proposal, old.count, -1, (f"{type(error).__name__}: {error}",))
    PROOFS.append(proof)
    return proof


def runner(proposal: Proposal):
    """What runs the fixed shape, after so many rows."""
    if is_elsewhere(proposal):
        done = runs_elsewhere()[proposal]
        if isinstance(done, str):
            raise RuntimeError(done)
        return done.__getitem__
    module = import_module(proposal.shape.module)
    fresh = module_of(module, typed(proposal.fix)[module.__file__])
    return lambda rows: run(fresh, proposal.shape.name, rows)


def module_of(original: ModuleType, text: str) -> ModuleType:
    """A module with another text, which nobody else can see."""
    file = Path(original.__file__)
    name = str(file.with_name(f"{file.stem}_typed_{next(_numbers)}.py"))
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    module = ModuleType(original.__name__)
    module.__file__ = name
    exec(compile(text, name, "exec"), vars(module))
    return module


def is_elsewhere(proposal: Proposal) -> bool:
    """Whether a fix reaches beyond the shape's own module."""
    places = (proposal.fix.at, *(edit.at for edit in proposal.fix.edits))
    return {place.path for place in places} != {import_module(proposal.shape.module).__file__}


@cache
def runs_elsewhere() -> dict[Proposal, dict[int, Run] | str]:
    """All runs in processes of their own: for each number of rows, or why there is none."""
    own = [item for item in every_proposal() if can_be_typed(item) and is_elsewhere(item)]
    passed = {item: trees.passed_by(trace_of(item.shape)) for item in own}
    copies = trees.apart(own, passed)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run_copy, copies))
    return {
        proposal: done
        for copy, runs in zip(copies, results, strict=True)
        for proposal, done in zip(copy, runs, strict=True)
    }


def run_copy(copy: list[Proposal]):
    jobs = [(proposal.shape.module, proposal.shape.name) for proposal in copy]
    return elsewhere.run_all(jobs, typed(*(proposal.fix for proposal in copy)))


def broken(proposal: Proposal, old: Run, new: Run):
    """What the function does otherwise than before."""
    if new.shown != old.shown and not (
        is_unordered(proposal) and mixed(new.shown) == mixed(old.shown)
    ):
        yield f"shows {short(new.shown)} instead of {short(old.shown)}"
    if new.left != old.left:
        tables = [name for name in old.left if old.left[name] != new.left[name]]
        yield f"leaves other rows behind: {', '.join(tables)}"


def is_unordered(proposal: Proposal) -> bool:
    """Whether the database was free to give the loop's rows in any order."""
    origin = proposal.finding.origin
    rows = [query for query in trace_of(proposal.shape).queries if query.built_at == origin]
    return bool(origin and rows) and not any("ORDER BY" in query.sql for query in rows)


def mixed(value):
    """What was shown, in no order."""
    if isinstance(value, list):
        return sorted((mixed(item) for item in value), key=repr)
    return value


def promise(proposal: Proposal, after: Run, fixed):
    """What was said of the number of queries, and is not so."""
    return missed(proposal, after) if proposal.comes_first else grows(proposal, after, fixed)


def missed(proposal: Proposal, after: Run):
    """What is left of the queries that the finding said would go."""
    finding, old = proposal.finding, before(proposal.shape)
    own = subject(finding.cause)
    saved = old.count - after.count
    left = after.by_subject.get(own, 0)
    # It may save more: a loop that is gone needs no rows.
    if saved < finding.saved or left > old.by_subject[own] - finding.saved:
        yield f"saves {saved} queries instead of {finding.saved}; {left} of its own are left"


def grows(proposal: Proposal, after: Run, fixed):
    """Of an alternative no number was promised: it must not depend on the rows."""
    own = subject(proposal.finding.cause)
    if after.count >= before(proposal.shape).count:
        yield f"sends {after.count} queries instead of {before(proposal.shape).count}"
    few, many = after.by_subject.get(own, 0), fixed(6).by_subject.get(own, 0)
    if few != many:
        yield f"still sends {few} of them for 4 rows and {many} for 6"


def short(value) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
