"""Turns what was folded into findings: the worst example of each is judged, and stands for all."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from querylens.audit.fold import Fold, Repeat
from querylens.audit.seen import Example, Question, Questions
from querylens.config import Config
from querylens.inferred import as_models, infer, with_model
from querylens.model import (
    Finding,
    GroupTotals,
    Report,
    RouteTotals,
    RuleInfo,
    StatementTotals,
    Summary,
    Totals,
)
from querylens.model.durations import Durations
from querylens.rules import RULES
from querylens.sql import Fingerprint

if TYPE_CHECKING:
    from querylens.audit.work import Processes

_MOST_STATEMENTS = 50
_MOST_ROUTES = 1_000
_INFOS: Mapping[str, RuleInfo] = {rule.info.code: rule.info for rule in RULES}


def report_of(
    fold: Fold, config: Config, tables: Mapping[str, str], processes: Processes | None
) -> Report:
    """What reporters are given of everything that was folded.

    `tables` names the model of each table, as `app.Model`, where that is known. Raises
    `WorkerError`.
    """
    summary = Summary(totals=fold.numbers.totals(), busiest=fold.busiest)
    _judge(fold, config, tables, summary, processes)
    summary.merge(
        Summary(
            findings=fold.checked.findings,
            suppressed=fold.checked.suppressed,
            remarks=fold.checked.remarks,
        )
    )
    summary.remarks |= frozenset(_remarks(fold))
    routes = sorted(_routes(fold), key=_most_queries_first)[:_MOST_ROUTES]
    longest = sorted(fold.statements.items(), key=_longest_first)[:_MOST_STATEMENTS]
    statements = tuple(_statement(shape, durations) for shape, durations in longest)
    return replace(summary.report(), routes=tuple(routes), statements=statements)


def _judge(
    fold: Fold,
    config: Config,
    tables: Mapping[str, str],
    summary: Summary,
    processes: Processes | None,
) -> None:
    """Adds a finding of each thing that was repeated, if a rule has something against it."""
    recorded: dict[Any, list[tuple[Hashable, Repeat]]] = {}
    of_logs: list[Finding] = []
    questions = Questions()
    for subject, repeat in sorted(fold.repeats.items(), key=lambda item: repr(item[0])):
        if isinstance(repeat.example, Example):
            question = questions.of(repeat.example)
            finding = _of_log(repeat, repeat.example, question, config, tables)
            if finding is not None:
                of_logs.append(finding)
        else:
            recorded.setdefault(repeat.example, []).append((subject, repeat))
    summary.add(Report(tuple(of_logs), (), folded=Totals()))
    if recorded or fold.lines.files:
        # With all that reads recordings and judges them: most logs are told without it.
        from querylens.audit.rejudged import rejudge

        rejudge(fold, recorded, config, summary, processes)


def _of_log(
    repeat: Repeat,
    example: Example,
    question: Question,
    config: Config,
    tables: Mapping[str, str],
) -> Finding | None:
    asked, earlier = question
    inferred = infer(asked, earlier)
    if inferred is None or not config.selects(inferred.code):
        return None
    count, distinct = asked.count, asked.distinct
    info = _INFOS[inferred.code]
    options = config.rule_options(info.name, {"threshold": int})
    if count < cast("int", options["threshold"]):
        return None
    group = GroupTotals(
        fingerprint=example.shape,
        aliases=(),
        similar=count,
        most_similar=count,
        duplicated=example.duplicated,
        most_duplicated=example.most_duplicated,
        distinct=distinct if asked.are_values_told else 0,
        duration_ns=example.duration_ns,
    )
    tally = repeat.tally(inferred.remaining(distinct))
    return Finding(
        rule=info,
        message=inferred.message(count, distinct, are_told=asked.are_values_told),
        cause=as_models(inferred.cause, tables),
        call_site=None,
        loop=None,
        origin=None,
        group=group,
        count=count,
        saved=tally.saved,
        fix=with_model(inferred.fix, inferred.cause.model, tables),
        evidence="seen",
        severity=info.severity,
        scopes=repeat.traces,
        remaining=inferred.remaining(distinct),
        tally=tally,
        route=repeat.worst[1],
    )


def _remarks(fold: Fold) -> Iterator[str]:
    """What could not be seen, in sentences: never passed over as clean."""
    yield from map(str, fold.gaps)
    for what, count in fold.missed.items():
        yield f"{count:,} {what}"
    total = sum(fold.told_apart_by.values())
    if total:
        shares = ", ".join(
            f"{count:,} by {how}"
            for how, count in sorted(
                fold.told_apart_by.items(), key=lambda item: (-item[1], item[0])
            )
        )
        yield f"requests were told apart in what logs tell: {shares}"
    for kept, what in (
        (fold.statements, "shapes of statements"),
        (fold.routes, "names of traces"),
        (fold.repeats, "repeated statements"),
    ):
        if kept.is_full:
            yield (
                f"more than {len(kept):,} {what}: a sample of so many is told by itself, and the "
                "others in the totals only"
            )


def _routes(fold: Fold) -> Iterator[RouteTotals]:
    for name, numbers in fold.routes.items():
        yield RouteTotals(name, numbers.totals(), tuple(sorted(numbers.counts.items())))


def _most_queries_first(route: RouteTotals) -> tuple[int, str]:
    return (-route.totals.queries, route.name)


def _longest_first(item: tuple[Fingerprint, Durations]) -> tuple[int, int, str]:
    shape, durations = item
    return (-durations.total_ns, -durations.count, str(shape))


def _statement(shape: Fingerprint, durations: Durations) -> StatementTotals:
    return StatementTotals(
        shape,
        durations.count,
        durations.total_ns,
        durations.percentile(0.5),
        durations.percentile(0.95),
        durations.percentile(0.99),
        durations.longest_ns,
    )
