"""A dict that works out what it does not hold, and that cannot grow without bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

# What an entry takes beside its characters, roughly.
_ENTRY = 100


class Memory(dict[str, Result]):
    """Remembers what a function said of a text, up to `size` characters of text in all.

    Reading a text it holds runs no Python code, which is what the speed of a text seen before
    rests on. When it is full it forgets everything: it needs no order between texts for that, and
    a text in use is back at its next reading. A text of more than `longest` is not kept.
    """

    __slots__ = ("_function", "_longest", "_room", "_size")

    def __init__(self, function: Callable[[str], Result], *, size: int, longest: int) -> None:
        super().__init__()
        self._function = function
        self._size = self._room = size
        self._longest = longest

    def __missing__(self, text: str) -> Result:
        result = self._function(text)
        if len(text) <= self._longest:
            self._room -= len(text) + _ENTRY
            if self._room < 0:
                self.clear()
                self._room = self._size
            self[text] = result
        return result
