"""What is known of texts that hold their values, as logs do: few of them come twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Generic, TypeVar

from querylens.sql.fingerprints import Fingerprint, fingerprint_once
from querylens.sql.masks import (
    EIGHTS,
    MASKED_VENDORS,
    lengthened,
    names_with_digits,
    shortened,
    without_strings,
)
from querylens.sql.memory import Memory

Known = TypeVar("Known")

# In characters of masks, and what stands beside them: an entry, and what `make` made.
_ROOM = 6_000_000
_LONGEST = 800
_ENTRY = 130
_MADE = 300
#: What a shortened mask doesn't tell of its lists and rows.
_LIST_OF_SEVERAL = re.compile(rb" IN \(8++, ")
_FIRST_VALUE = re.compile(rb"[8']")
_NEXT_ROW = b"), ("


class LiteralTexts(Generic[Known]):
    """What `make` makes of a text's fingerprint, and of the text without the insides of strings.

    It is remembered by mask (see `masks.py`), so it has to be the same for all texts of one, and
    for all that differ in the lengths of numbers, of lists with several items, or in the values of
    rows and how many follow the first. Where names have digits, they tell texts apart too.
    """

    def __init__(self, vendor: str | None, make: Callable[[Fingerprint, str], Known]) -> None:
        self._vendor = vendor
        self._make = make
        self._is_masked = vendor in MASKED_VENDORS
        self._room = _ROOM
        self._known: dict[bytes, Known] = {}
        self._shortened: dict[tuple[str, bool, bytes, bool], Known] = {}
        self._named: dict[str, Known] = {}
        self._names = Memory(self._names_of_shape, size=4_000_000, longest=_LONGEST)
        # What is asked for while a text is new, and seldom later.
        self._own_names = Memory(self._names_with_digits, size=500_000, longest=_LONGEST)
        self._shapes = Memory(self._fingerprint, size=1_000_000, longest=_LONGEST)

    def of(self, sql: str) -> Known:
        """What is known of a text, at once where only its values are new."""
        text = sql
        # Every statement of a log comes through here: most need no call of Python code.
        if "'" in sql or "\\" in sql or sql.endswith("*/") or not self._is_masked:
            bare = without_strings(sql, self._vendor) if self._is_masked else None
            if bare is None:
                return self._make(self._fingerprint(sql), sql)
            text = bare
        mask = text.encode("utf-8", "surrogatepass").translate(EIGHTS)
        known = self._known.get(mask)
        return known if known is not None else self._met(sql, text, mask)

    def forget(self) -> None:
        """Lets go of all that `make` made."""
        self._known.clear()
        self._shortened.clear()
        self._named.clear()
        self._room = _ROOM

    def _met(self, sql: str, text: str, mask: bytes) -> Known:
        """What is known of a text whose mask is new, or that has names with digits."""
        short = shortened(mask, self._vendor).decode("utf-8", "surrogatepass")
        has_names = self._names[short]
        if has_names:
            return self._with_names(sql, text, mask.decode("utf-8", "surrogatepass"))
        if has_names is None:
            return self._make(self._fingerprint(sql), sql)
        key = (short, _LIST_OF_SEVERAL.search(mask) is not None, *_rows(mask))
        known = self._shortened.get(key)
        if known is None:
            known = self._make(self._shapes[short], text)
            if self._has_room(len(short), _MADE):
                self._shortened[key] = known
        if self._has_room(len(mask)):
            self._known[mask] = known
        return known

    def _with_names(self, sql: str, text: str, mask: str) -> Known:
        places = self._own_names[mask]
        if places is None:
            return self._make(self._fingerprint(sql), sql)
        exact = mask
        for place in places:
            exact = f"{exact[: place.start]}{text[place]}{exact[place.stop :]}"
        known = self._named.get(exact)
        if known is None:
            known = self._make(self._shapes[exact], text)
            if self._has_room(len(exact), _MADE):
                self._named[exact] = known
        return known

    def _has_room(self, length: int, made: int = 0) -> bool:
        if length > _LONGEST:
            return False
        self._room -= length + _ENTRY + made
        if self._room < 0:
            self.forget()
        return True

    def _names_of_shape(self, mask: str) -> bool | None:
        """Whether names have digits of their own; None if a list may not be shortened."""
        places = self._names_with_digits(mask)
        if places is None:
            return None
        shape = self._shapes[mask]
        longer = lengthened(mask)
        if longer != mask and shape != self._fingerprint(longer):
            return None
        if places and all(mask[place][0] != "8" for place in places):
            return shape != self._fingerprint(mask.replace("8", "9"))
        return bool(places)

    def _names_with_digits(self, mask: str) -> tuple[slice, ...] | None:
        return names_with_digits(mask, self._vendor)

    def _fingerprint(self, sql: str) -> Fingerprint:
        return fingerprint_once(sql, self._vendor)


def _rows(mask: bytes) -> tuple[bytes, bool]:
    """What stands before the first value of rows, `E''` and `-5` too; whether there are several."""
    if b" VALUES (" not in mask:
        return b"", False
    first = _FIRST_VALUE.search(mask)
    return mask[: first.start()] if first else mask, _NEXT_ROW in mask
