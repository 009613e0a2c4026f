"""nplusone beside a capture: a second opinion, from a tool that works another way.

nplusone patches Django's ORM when it is imported, for good and for the whole process, and costs
about half as much again as the queries themselves: use it in a process of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import django

from querylens.errors import QueryLensError
from querylens.model import Finding, Report

#: The rules that find what nplusone finds: a relation that is read row by row.
_RELATION_RULES = ("QL101", "QL102", "QL103", "QL105")
_ARGUMENTS_IT_KNOWS = 3
_adapted = False


class SecondOpinion:
    """The relations that nplusone reported, as `(model name, field)`."""

    def __init__(self) -> None:
        self.lazy_loads: set[tuple[str, str]] = set()

    def notify(self, message: Any) -> None:
        """Called by nplusone for each of its reports."""
        if message.label == "n_plus_one":
            self.lazy_loads.add((message.model.__name__, message.field))

    def mark(self, report: Report) -> Report:
        """The report, in which each finding says whether nplusone agrees with it."""
        findings = tuple(
            replace(finding, agreed_by=("nplusone",)) if self.agrees(finding) else finding
            for finding in report.findings
        )
        return replace(report, findings=findings)

    def agrees(self, finding: Finding) -> bool:
        """Whether nplusone reported the relation that a finding is about."""
        return finding.rule.code in _RELATION_RULES and subject(finding) in self.lazy_loads


def subject(finding: Finding) -> tuple[str, str]:
    """The relation of a finding as nplusone names it: without the application."""
    _, _, name = (finding.cause.relation if finding.cause else "").partition(".")
    model, _, field = name.partition(".")
    return model, field


@contextmanager
def second_opinion() -> Iterator[SecondOpinion]:
    """Runs nplusone in this thread: `with second_opinion() as opinion, capture() as trace:`.

    Raises `QueryLensError` when nplusone is not installed.
    """
    listeners = _listeners()
    opinion = SecondOpinion()
    listener = listeners.LazyListener(opinion)
    listener.setup()
    try:
        yield opinion
    finally:
        listener.teardown()


def _listeners() -> Any:
    try:
        from nplusone.core import listeners
        from nplusone.ext.django import patch
    except ImportError as error:
        raise QueryLensError(
            "the second opinion needs nplusone: pip install nplusone==1.0.0"
        ) from error
    if django.VERSION >= (6, 1):
        _adapt(patch)
    return listeners


def _adapt(patch: Any) -> None:
    """Django 6.1 gives `RelatedPopulator` one argument more than nplusone takes apart."""
    global _adapted
    if _adapted:
        return
    populator = patch.query.RelatedPopulator
    original = populator.__init__

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.__nplusone__["args"] = self.__nplusone__["args"][:_ARGUMENTS_IT_KNOWS]

    populator.__init__ = __init__
    _adapted = True
