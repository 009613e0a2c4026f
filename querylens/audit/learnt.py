"""What reading has learnt of statements, kept from one piece to the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

Key = TypeVar("Key")
Known = TypeVar("Known")


class Learnt(Generic[Key, Known]):
    """What `make` makes for a key, and what was learnt with it since.

    One reader has it at a time, and another that reads meanwhile, in a thread, gets one of its own.
    A reader that fails gives nothing back.
    """

    _all: ClassVar[list[Learnt[Any, Any]]] = []

    def __init__(self, make: Callable[[Key], Known]) -> None:
        self._make = make
        self._idle: defaultdict[Key, list[Known]] = defaultdict(list)
        self._all.append(self)

    def take(self, key: Key) -> Known:
        """For one reader, until it gives it back."""
        try:
            return self._idle[key].pop()
        except IndexError:
            return self._make(key)

    def give_back(self, key: Key, known: Known) -> None:
        """Lets the next reader have it."""
        self._idle[key].append(known)

    @classmethod
    def forget(cls) -> None:
        """Lets go of all that no reader has."""
        for each in cls._all:
            each._idle.clear()
