"""The audit: recordings, logs and spans of any size become one report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

from querylens.audit.inputs import Inputs
from querylens.audit.pieces import Piece, pieces_of, uncollected
from querylens.audit.scheduler import cluster
from querylens.audit.selection import Selection
from querylens.audit.verdicts import report_of
from querylens.audit.work import Processes, WorkerError, fold_pieces, processes
from querylens.config import Config
from querylens.model import Report
from querylens.traces import Problem

__all__ = ["Audit", "Piece", "Selection", "WorkerError", "audit", "cluster", "processes"]


@dataclass(frozen=True)
class Audit:
    """What an audit found, and what it could not read."""

    report: Report
    problems: tuple[Problem, ...]
    #: How many inputs there were that could be read.
    inputs: int
    #: Ctrl-C: the report holds what was read until then.
    is_interrupted: bool = False

    @property
    def is_nothing(self) -> bool:
        """Nothing could be read, which is not the same as nothing being wrong."""
        return not self.report.totals.traces


def audit(
    paths: Iterable[str],
    config: Config,
    *,
    selection: Selection | None = None,
    executor: Executor | None = None,
    workers: int = 1,
    tables: Mapping[str, str] | None = None,
    begun: Callable[[list[Piece]], None] | None = None,
    done: Callable[[Piece], None] | None = None,
) -> Audit:
    """Audits files, folders, patterns, URLs and stdin (`-`).

    `tables` names the models of tables (`app.Model`) for what logs tell. `begun` is told the
    pieces and `done` each one that was read. The result is the same whatever the order of paths
    and the number of workers. Never raises for what it reads; raises `WorkerError`,
    `SpillError` and `InputError` when this machine can't do it.
    """
    with Inputs() as inputs:
        inputs.add(paths)
        pieces = list(pieces_of(inputs.found))
        if begun is not None:
            begun(pieces)
        with uncollected(*pieces):
            folding = fold_pieces(pieces, config, selection or Selection(), executor, workers, done)
            fold = folding.fold
            # Workers of a cluster may not have the source that rules read.
            judges = executor if isinstance(executor, Processes) else None
            report = report_of(fold, config, tables or {}, judges)
    problems = sorted({*inputs.problems, *fold.problems}, key=_by_place)
    is_interrupted = folding.is_interrupted or inputs.is_interrupted
    return Audit(report, tuple(problems), len(inputs.found), is_interrupted)


def _by_place(problem: Problem) -> tuple[str, int, str]:
    return (problem.file, problem.line, problem.message)
