"""A dict of at most so many names, which is the same whatever the order they came in."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from hashlib import blake2b
from itertools import islice
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)
Value = TypeVar("Value")


class Bounded(Generic[Name, Value]):
    """Values by name. Of more names than `most` those with the smallest hashes are kept.

    A name that is kept was never dropped before: once its hash is too great it stays so. What is
    known of a kept name is therefore complete, in any order and any split.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[Name, Value] = {}
        self._limit = 2**64
        #: The names that were left out are more than this many: each counts once at least.
        self.is_full = False

    def get(self, name: Name) -> Value | None:
        """What is kept of a name."""
        return self._values.get(name)

    def add(self, name: Name, value: Value) -> Value | None:
        """Keeps a new name's value; None when the name is one of those that are left out."""
        if self.is_full and _hash(name) >= self._limit:
            return None
        self._values[name] = value
        if len(self._values) > self._most + self._most // 8:
            self._shrink()
            return self._values.get(name)
        return value

    def merge(self, other: Bounded[Name, Value], join: Callable[[Value, Value], None]) -> None:
        """Adds another's names; `join` adds the second value to the first."""
        if other.is_full:
            self.is_full = True
            if other._limit < self._limit:
                self._limit = other._limit
                self._drop()
        for name, value in other._values.items():
            known = self._values.get(name)
            if known is None:
                self.add(name, value)
            else:
                join(known, value)

    def items(self) -> Iterator[tuple[Name, Value]]:
        """The names that are kept, in no order, and their values."""
        if len(self._values) > self._most:
            self._shrink()
        yield from self._values.items()

    def in_parts(self, size: int) -> Iterator[Bounded[Name, Value]]:
        """The same in parts of at most so many names: merged into one they are this again."""
        names = iter(self._values)
        while chosen := list(islice(names, size)):
            part: Bounded[Name, Value] = Bounded(self._most)
            part._limit, part.is_full = self._limit, self.is_full
            part._values = {name: self._values[name] for name in chosen}
            yield part

    def __len__(self) -> int:
        return min(len(self._values), self._most)

    def _shrink(self) -> None:
        hashes = sorted(map(_hash, self._values))
        self._limit = min(self._limit, hashes[self._most])
        self.is_full = True
        self._drop()

    def _drop(self) -> None:
        limit = self._limit
        self._values = {name: value for name, value in self._values.items() if _hash(name) < limit}


def _hash(name: Hashable) -> int:
    """The same for equal names in every process, which Python's own is not."""
    text = name if isinstance(name, str) else repr(name)
    digest = blake2b(str(text).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big")
