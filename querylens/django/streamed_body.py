"""The body of a response that is sent in parts: the queries of each belong to the request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Self


def is_streamed(response: Any) -> bool:
    """Whether its body is still to be made. A file is sent by the server, and sends no query."""
    is_file = getattr(response, "file_to_stream", None) is not None
    return bool(getattr(response, "streaming", False)) and not is_file


def follow(
    response: Any,
    resumed: Callable[[], AbstractContextManager[Any]],
    end: Callable[[], None],
) -> None:
    """Makes each part of the body inside `resumed()`, and calls `end` behind the last.

    `end` may be called again by the server, which closes what it has sent.
    """
    body = _AsyncBody if response.is_async else _Body
    response.streaming_content = body(response.streaming_content, resumed, end)


class _Body:
    def __init__(
        self,
        parts: Iterator[Any],
        resumed: Callable[[], AbstractContextManager[Any]],
        end: Callable[[], None],
    ) -> None:
        self._parts = iter(parts)
        self._resumed = resumed
        self._end = end

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        try:
            with self._resumed():
                return next(self._parts)
        except BaseException:
            self._end()
            raise

    def close(self) -> None:
        """The server calls it when the body was sent, or when nobody wants the rest."""
        self._end()


class _AsyncBody:
    """The same for a body that is made by coroutines."""

    def __init__(
        self,
        parts: AsyncIterator[Any],
        resumed: Callable[[], AbstractContextManager[Any]],
        end: Callable[[], None],
    ) -> None:
        self._parts = aiter(parts)
        self._resumed = resumed
        self._end = end

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        try:
            with self._resumed():
                return await anext(self._parts)
        except BaseException:
            self._end()
            raise

    def close(self) -> None:
        """The server calls it when the body was sent, or when nobody wants the rest."""
        self._end()
