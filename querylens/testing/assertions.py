"""Assertions on the queries of a block: `with assert_max_queries(7):`, in any test runner."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import CodeType, TracebackType
from typing import Any, NoReturn

from querylens.config import Config
from querylens.engine import check
from querylens.errors import MisuseError
from querylens.model import Trace
from querylens.recorder import Capture, failed
from querylens.rules.too_many_queries import budget_finding, budget_verdict
from querylens.test_code import is_n_plus_one, without_test_code
from querylens.testing.counting import aliases_of, checked_aliases, count_queries
from querylens.testing.failures import (
    NPlusOneFound,
    QueryAssertionError,
    TooFewQueries,
    TooManyQueries,
)
from querylens.testing.messages import budget_message, findings_on, n_plus_one_message


class JudgedCapture(Capture):
    """A capture that judges its trace when the block ends well; also for `async with`.

    An exception of the block's own is never covered by a verdict.
    """

    def __init__(
        self,
        judge: Callable[[Trace], None],
        using: str | Iterable[str] | None,
        count_transactions: bool,
        config: Config | None,
    ) -> None:
        super().__init__("", "block", config)
        self._judge = judge
        self._using = using
        self._count_transactions = count_transactions

    def _start(self, opener: tuple[CodeType | None, int]) -> Trace:
        checked_aliases(self._using)
        trace = super()._start(opener)
        if self._count_transactions:
            from querylens.django.transactions import record_transactions

            record_transactions(trace)
        return trace

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        __tracebackhide__ = True
        super().__exit__(kind, error, traceback)
        if kind is None and self.trace is not None:
            self._judge(self.trace)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        __tracebackhide__ = True
        self.__exit__(kind, error, traceback)

    def __call__(self, _function: Any) -> NoReturn:
        """Raises `MisuseError`: a decorator would capture and never judge."""
        raise MisuseError("write `with …:` inside the function: this is no decorator")


def assert_max_queries(
    n: int,
    using: str | Iterable[str] | None = None,
    count_transactions: bool = False,
    info: str = "",
    *,
    verbose: bool = False,
    config: Config | None = None,
) -> JudgedCapture:
    """`with assert_max_queries(7) as trace:` fails when the block sends more than 7 queries.

    `using` names the databases that count. `count_transactions` counts BEGIN, COMMIT, SAVEPOINT and
    their kin too, as Django's `assertNumQueries` does. `info` is added to the message, and
    `verbose` adds all queries as a tree.

    Raises `TooManyQueries`, and `MisuseError` for a wrong number or an unknown database.
    """
    return _budget(n, False, using, count_transactions, info, verbose, config)


def assert_exact_queries(
    n: int,
    using: str | Iterable[str] | None = None,
    count_transactions: bool = False,
    info: str = "",
    *,
    verbose: bool = False,
    config: Config | None = None,
) -> JudgedCapture:
    """`with assert_exact_queries(7):` fails when the block sends more or less than 7 queries.

    Raises `TooManyQueries` and `TooFewQueries`, else as `assert_max_queries`.
    """
    return _budget(n, True, using, count_transactions, info, verbose, config)


def assert_no_n_plus_one(
    using: str | Iterable[str] | None = None,
    info: str = "",
    *,
    verbose: bool = False,
    config: Config | None = None,
) -> JudgedCapture:
    """`with assert_no_n_plus_one():` fails when a loop of the project asks row by row.

    Loops of tests, conftests and factories are set-up and do not count.

    Raises `NPlusOneFound`, and `MisuseError` for an unknown database.
    """
    aliases = aliases_of(using)

    def judge(trace: Trace) -> None:
        __tracebackhide__ = True
        report = findings_on(without_test_code(check(trace, config=config)), aliases)
        found = tuple(filter(is_n_plus_one, report.findings))
        if found:
            message = _explained(
                lambda: n_plus_one_message(report, info=info, verbose=verbose),
                f"{len(found)} N+1 found",
            )
            raise NPlusOneFound(message, (trace,), found)

    return JudgedCapture(judge, aliases, False, config)


def _budget(
    n: int,
    exact: bool,
    using: str | Iterable[str] | None,
    count_transactions: bool,
    info: str,
    verbose: bool,
    config: Config | None,
) -> JudgedCapture:
    if type(n) is not int or n < 0:
        raise MisuseError(f"{n!r} is no number of queries: write a whole number, 0 or more")
    aliases = aliases_of(using)

    def judge(trace: Trace) -> None:
        __tracebackhide__ = True
        sent = count_queries(trace, aliases, count_transactions)
        finding = budget_finding(trace, n, exact, sent)
        if finding is None:
            return
        message = _explained(
            lambda: budget_message(
                trace, n, exact=exact, info=info, verbose=verbose, sent=sent, using=aliases
            ),
            budget_verdict(sent, n, exact),
        )
        failure: type[QueryAssertionError] = TooManyQueries if sent > n else TooFewQueries
        raise failure(message, (trace,), (finding,))

    return JudgedCapture(judge, aliases, count_transactions, config)


def _explained(message: Callable[[], str], verdict: str) -> str:
    """The whole message; the verdict alone when a part of querylens fails at explaining it."""
    try:
        return message()
    except Exception:  # noqa: BLE001 - the verdict stands without its explanation
        failed("explaining a failed assertion")
        return verdict
