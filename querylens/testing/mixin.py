"""The assertions as methods, for `unittest` and Django's test classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from querylens.testing.assertions import (
    JudgedCapture,
    assert_exact_queries,
    assert_max_queries,
    assert_no_n_plus_one,
)
from querylens.testing.calling import finished
from querylens.testing.growth import Growth, aassert_constant, assert_constant


class QueryLensMixin:
    """`class BookTests(QueryLensMixin, TestCase)`; any of Django's test classes will do.

    The methods are named as `unittest` names its own. Those on a block are context managers, sync
    and async, or call the function that they are given, as `assertNumQueries` does.
    """

    def assertMaxQueries(  # noqa: N802
        self,
        n: int,
        func: Callable[..., Any] | None = None,
        *args: Any,
        using: str | Iterable[str] | None = None,
        count_transactions: bool = False,
        info: str = "",
        **kwargs: Any,
    ) -> Any:
        """Fails when more than `n` queries are sent; see `assert_max_queries`."""
        block = assert_max_queries(n, using, count_transactions, info)
        return _block_or_call(block, func, args, kwargs)

    def assertExactQueries(  # noqa: N802
        self,
        n: int,
        func: Callable[..., Any] | None = None,
        *args: Any,
        using: str | Iterable[str] | None = None,
        count_transactions: bool = False,
        info: str = "",
        **kwargs: Any,
    ) -> Any:
        """Fails unless `n` queries are sent; see `assert_exact_queries`."""
        block = assert_exact_queries(n, using, count_transactions, info)
        return _block_or_call(block, func, args, kwargs)

    def assertNoNPlusOne(  # noqa: N802
        self,
        func: Callable[..., Any] | None = None,
        *args: Any,
        using: str | Iterable[str] | None = None,
        info: str = "",
        **kwargs: Any,
    ) -> Any:
        """Fails when a loop of the project asks row by row; see `assert_no_n_plus_one`."""
        return _block_or_call(assert_no_n_plus_one(using, info), func, args, kwargs)

    def assertConstantQueries(  # noqa: N802
        self,
        run: Callable[[], Any],
        *,
        populate: Callable[[int], Any],
        sizes: Sequence[int] = (2, 3),
        **options: Any,
    ) -> Growth:
        """Fails when `run` sends more queries for more rows; see `assert_constant`."""
        return assert_constant(run, populate=populate, sizes=sizes, **options)

    async def aassertConstantQueries(  # noqa: N802
        self,
        run: Callable[[], Any],
        *,
        populate: Callable[[int], Any],
        sizes: Sequence[int] = (2, 3),
        **options: Any,
    ) -> Growth:
        """As `assertConstantQueries`, awaited in an async test."""
        return await aassert_constant(run, populate=populate, sizes=sizes, **options)


def _block_or_call(
    block: JudgedCapture,
    func: Callable[..., Any] | None,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    __tracebackhide__ = True
    if func is None:
        return block
    with block:
        return finished(func, *args, **kwargs)
