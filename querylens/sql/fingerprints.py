"""The id of a statement's shape, and how it is found for a text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Self

from querylens.sql.dialects import VENDORS
from querylens.sql.memory import Memory
from querylens.sql.normaliser import Normaliser

# Written in front of every id, so that ids of different rules are never taken for equal.
# q1: the first.
_VERSION = "q1"


class Fingerprint(str):
    """A short id, equal for all texts of one shape; `text` is that shape, to be read."""

    __slots__ = ("text",)

    text: str

    def __new__(cls, value: str, text: str) -> Self:
        """Joins an id and the text it was made from."""
        self = super().__new__(cls, value)
        self.text = text
        return self

    def __reduce__(self) -> tuple[Callable[[str, str], Fingerprint], tuple[str, str]]:
        return _same, (str(self), self.text)


def _same(value: str, text: str) -> Fingerprint:
    """What came from another process: one object for all that are equal, as they are here."""
    known = _identified[text]
    return known if known == value else Fingerprint(value, text)


def fingerprint(sql: str, vendor: str | None = None) -> Fingerprint:
    """Tells the shape of a statement: equal for texts that differ only in their values.

    `vendor` is Django's word for the database: `postgresql`, `mysql` (MariaDB too), `sqlite`,
    `oracle`, or None when it is not known.
    """
    return _seen[vendor][sql]


def fingerprint_once(sql: str, vendor: str | None = None) -> Fingerprint:
    """The same as `fingerprint`, for a text that is not expected again: it is not remembered."""
    return _identified[_normalisers[vendor if vendor in VENDORS else None].text(sql)]


def _identify(text: str) -> Fingerprint:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8)
    return Fingerprint(f"{_VERSION}:{digest.hexdigest()}", text)


class _SeenByVendor(dict[str | None, Memory[Fingerprint]]):
    def __missing__(self, vendor: str | None) -> Memory[Fingerprint]:
        if vendor is not None and vendor not in VENDORS:
            return self[None]
        normalise = _normalisers[vendor].text
        seen = Memory(lambda sql: _identified[normalise(sql)], size=16_000_000, longest=20_000)
        return self.setdefault(vendor, seen)


class _Normalisers(dict[str | None, Normaliser]):
    def __missing__(self, vendor: str | None) -> Normaliser:
        return self.setdefault(vendor, Normaliser(vendor))


_normalisers = _Normalisers()
_identified = Memory(_identify, size=4_000_000, longest=20_000)
_seen = _SeenByVendor()
