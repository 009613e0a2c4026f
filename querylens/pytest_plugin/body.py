"""What a test's own body sends, told apart from its set-up."""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from querylens.config import Config
from querylens.django import capturing
from querylens.django.transactions import record_transactions
from querylens.model import Trace
from querylens.record import Record
from querylens.recorder import Capture
from querylens.stack import Stack

#: Packages that make rows for tests.
_FACTORY_PACKAGES = ("factory", "model_bakery", "mixer")


class Body:
    """The recording of one test: everything its function sends, and which of it is set-up."""

    def __init__(
        self, name: str, file: str, config: Config, *, with_transactions: bool = False
    ) -> None:
        self._file = file
        self._with_transactions = with_transactions
        self._capture = Capture(name, "test", config)
        self._everything = Trace(name, "test")

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The test's function, recorded where it runs: an async one in its own context."""
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def recorded_coroutine(*args: Any, **kwargs: Any) -> Any:
                __tracebackhide__ = True
                with self._capture as self._everything:
                    self._ask_for_transactions()
                    return await function(*args, **kwargs)

            return recorded_coroutine

        @functools.wraps(function)
        def recorded(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            with self._capture as self._everything:
                self._ask_for_transactions()
                return function(*args, **kwargs)

        return recorded

    def _ask_for_transactions(self) -> None:
        if self._with_transactions:
            record_transactions(self._everything)

    @property
    def everything(self) -> Trace:
        """All that was sent so far while the function ran."""
        return self._everything

    @property
    def trace(self) -> Trace:
        """What was sent so far by the body itself, as a trace of its own."""
        everything = self._everything
        kept = [record for record in everything.records if not self._is_setup(record)]
        if len(kept) == len(everything.records):
            return everything
        return everything.part(kept)

    def _is_setup(self, record: Record) -> bool:
        return _is_sent_by_setup(record.stack, self._file)


@functools.lru_cache(maxsize=4096)
def _is_sent_by_setup(stack: Stack, test_file: str) -> bool:
    """Whether a fixture that the body asked for, a factory, or a helper in a conftest sent it.

    A request ends the look: what it sends is the project's, whoever made it.
    """
    if any(code is capturing.request_code for code in stack.codes):
        return False
    files = [code.co_filename for code in stack.codes]
    if any(map(_runs_fixtures, files)):
        return True
    between = itertools.takewhile(lambda file: file != test_file, files)
    return any(map(_is_factory, between))


@functools.lru_cache(maxsize=4096)
def _runs_fixtures(file: str) -> bool:
    return file.replace("\\", "/").endswith("/_pytest/fixtures.py")


@functools.lru_cache(maxsize=4096)
def _is_factory(file: str) -> bool:
    path = Path(file)
    if "site-packages" in path.parts:
        return path.parts[path.parts.index("site-packages") + 1] in _FACTORY_PACKAGES
    return path.name == "conftest.py" or "factories" in (path.stem, *path.parent.parts)
