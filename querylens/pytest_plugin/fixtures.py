"""What the fixture `querylens` gives a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import pytest

from querylens import testing
from querylens.model import Trace
from querylens.pytest_plugin.watcher import trace_of
from querylens.recorder import Capture, capture
from querylens.testing.assertions import JudgedCapture


class Block(Protocol):
    """A context manager that yields the trace; also for `async with`."""

    def __enter__(self) -> Trace: ...
    def __exit__(self, *error: Any) -> None: ...
    async def __aenter__(self) -> Trace: ...
    async def __aexit__(self, *error: Any) -> None: ...


class BudgetMaker(Protocol):
    """`max_queries` and `exactly`: context managers that yield the trace."""

    def __call__(
        self,
        number: int,
        *,
        using: str | None = None,
        count_transactions: bool = False,
        info: str = "",
    ) -> Block: ...


class QueryLens:
    """Query budgets for blocks, the trace of the running test, and proof by growth."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        self._verbose = item.config.get_verbosity() > 0

    @property
    def trace(self) -> Trace:
        """What the body of this test has sent so far."""
        return trace_of(self._item)

    def capture(self, name: str = "") -> Capture:
        """Records a block: `with querylens.capture() as trace:`."""
        return capture(name, kind="test")

    def max_queries(
        self,
        number: int,
        *,
        using: str | None = None,
        count_transactions: bool = False,
        info: str = "",
    ) -> Block:
        """Fails the test when the block sends more than `number` queries.

        `using` counts those of one database; `count_transactions` counts BEGIN, SAVEPOINT and the
        like, as Django's `assertNumQueries` does; `info` is said when it fails.
        """
        return _Failing(
            testing.assert_max_queries(
                number,
                using=using,
                count_transactions=count_transactions,
                info=info,
                verbose=self._verbose,
            )
        )

    def exactly(
        self,
        number: int,
        *,
        using: str | None = None,
        count_transactions: bool = False,
        info: str = "",
    ) -> Block:
        """Fails the test unless the block sends exactly `number` queries; see `max_queries`."""
        return _Failing(
            testing.assert_exact_queries(
                number,
                using=using,
                count_transactions=count_transactions,
                info=info,
                verbose=self._verbose,
            )
        )

    def no_n_plus_one(self) -> Block:
        """Fails the test when the block holds an N+1."""
        return _Failing(testing.assert_no_n_plus_one(verbose=self._verbose))

    def assert_constant(
        self,
        run: Callable[[], Any],
        *,
        populate: Callable[[int], Any],
        sizes: Sequence[int] = (2, 3),
        slope: float = 0,
        using: str | None = None,
        warm_up: bool = True,
        info: str = "",
    ) -> testing.Growth:
        """Proves that `run` sends as many queries for more rows.

        `populate(n)` makes n rows from none; each size has a savepoint of its own, or a flushed
        database in a transactional test. `slope` is how many queries a row are accepted.
        """
        __tracebackhide__ = True
        try:
            return testing.assert_constant(
                run,
                populate=populate,
                sizes=sizes,
                slope=slope,
                using=using,
                warm_up=warm_up,
                info=info,
            )
        except (testing.QueryAssertionError, testing.MisuseError) as error:
            message = str(error)
        # Outside of `except`, or pytest shows the message a second time, as what came before.
        pytest.fail(message)

    def __repr__(self) -> str:
        return "<querylens>"


class _Failing:
    """A block that fails the test with a message of its own, without frames of ours."""

    def __init__(self, block: JudgedCapture) -> None:
        self._block = block

    def __enter__(self) -> Trace:
        __tracebackhide__ = True
        try:
            return self._block.__enter__()
        except testing.MisuseError as error:
            message = str(error)
        pytest.fail(message)

    def __exit__(self, *error: Any) -> None:
        __tracebackhide__ = True
        try:
            self._block.__exit__(*error)
        except testing.QueryAssertionError as failure:
            message = str(failure)
        else:
            return
        pytest.fail(message)

    async def __aenter__(self) -> Trace:
        __tracebackhide__ = True
        return self.__enter__()

    async def __aexit__(self, *error: Any) -> None:
        __tracebackhide__ = True
        self.__exit__(*error)
