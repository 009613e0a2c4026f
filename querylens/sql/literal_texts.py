"""What is known of texts that hold their values, as logs do: few of them come twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Generic, TypeVar

from querylens.sql.fingerprints import Fingerprint, fingerprint_once
from querylens.sql.masks import EIGHTS, MASKED_VENDORS, names_with_digits, without_strings
from querylens.sql.memory import Memory
from querylens.sql.shortening import lengthened, shortened

Known = TypeVar("Known")

# A mask takes about 150 bytes, what `make` made about 500, and where names are about 1,000.
_MOST_MASKS = 80_000
_MOST_MADE = 16_000
_MOST_PLACES = 4_000
#: What a shortened mask doesn't tell of its lists, rows and values.
_LIST_OF_SEVERAL = re.compile(rb" IN \([^(),]*+,")
_FIRST_VALUE = re.compile(rb"[8']")
_NEXT_ROW = b"), ("


class LiteralTexts(Generic[Known]):
    """What `make` makes of a text's fingerprint, and of the text without the insides of strings.

    It is remembered by mask (see `masks.py`), so it has to be the same for all texts of one, and
    for all that differ in the lengths of numbers, of lists with several items, or in the values of
    rows and of a CASE, and how many follow the first, as long as the same stands before the first
    of them. Where names have digits, they tell texts apart too.

    Masks are known by their hashes, which nobody who writes a log can foresee: a long one takes no
    more memory than a short one.
    """

    def __init__(self, vendor: str | None, make: Callable[[Fingerprint, str], Known]) -> None:
        self._vendor = vendor
        self._make = make
        self._is_masked = vendor in MASKED_VENDORS
        self._known: dict[int, Known] = {}
        #: Where masks have names with digits.
        self._places: dict[int, tuple[slice, ...]] = {}
        #: By what is left of a mask, or by a mask and its names.
        self._made: dict[int, Known] = {}
        #: Whether the names of a shortened mask have digits; None if it may not be shortened.
        self._have_names: dict[int, bool | None] = {}
        # What is asked for while a text is new, and seldom later.
        self._shapes = Memory(self._fingerprint, size=1_000_000, longest=20_000)

    def of(self, sql: str) -> Known:
        """What is known of a text, at once where only its values are new."""
        text = sql
        # Every statement of a log comes through here: most need no call of Python code.
        if "'" in sql or "\\" in sql or not self._is_masked:
            bare = without_strings(sql, self._vendor) if self._is_masked else None
            if bare is None:
                return self._make(self._fingerprint(sql), sql)
            text = bare
        mask = text.encode("utf-8", "surrogatepass").translate(EIGHTS)
        known = self._known.get(hash(mask))
        return known if known is not None else self._met(sql, text, mask)

    def forget(self) -> None:
        """Lets go of all that `make` made."""
        self._known.clear()
        self._made.clear()
        self._places.clear()

    def _met(self, sql: str, text: str, mask: bytes) -> Known:
        """What is known of a text whose mask is new, or that has names with digits."""
        number = hash(mask)
        places = self._places.get(number)
        if places is None:
            short = shortened(mask, self._vendor)
            has_names = self._has_names(short)
            if has_names is False:
                return self._without_names(text, mask, short)
            places = self._names_with_digits(_text(mask)) if has_names else None
            if places is None:
                return self._make(self._fingerprint(sql), sql)
            if len(self._places) > _MOST_PLACES:
                self._places.clear()
            self._places[number] = places
        return self._with_names(text, mask, places)

    def _without_names(self, text: str, mask: bytes, short: bytes) -> Known:
        several = _LIST_OF_SEVERAL.search(mask) is not None
        key = hash((short, several, _NEXT_ROW in mask, _before_values(mask)))
        known = self._made.get(key)
        self._make_room()
        if known is None:
            known = self._made[key] = self._make(self._shapes[_text(short)], text)
        self._known[hash(mask)] = known
        return known

    def _with_names(self, text: str, mask: bytes, places: tuple[slice, ...]) -> Known:
        key = hash((mask, *map(text.__getitem__, places)))
        known = self._made.get(key)
        if known is None:
            exact = _text(mask)
            for place in places:
                exact = f"{exact[: place.start]}{text[place]}{exact[place.stop :]}"
            self._make_room()
            known = self._made[key] = self._make(self._shapes[exact], text)
        return known

    def _make_room(self) -> None:
        if len(self._made) > _MOST_MADE:
            self.forget()
        elif len(self._known) > _MOST_MASKS:
            self._known.clear()

    def _has_names(self, short: bytes) -> bool | None:
        number = hash(short)
        if number not in self._have_names:
            if len(self._have_names) > _MOST_MADE:
                self._have_names.clear()
            self._have_names[number] = self._names_of_shape(_text(short))
        return self._have_names[number]

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


def _text(mask: bytes) -> str:
    return mask.decode("utf-8", "surrogatepass")


def _before_values(mask: bytes) -> bytes:
    """What stands before the first value, `E` and `-` too."""
    first = _FIRST_VALUE.search(mask)
    return mask[: first.start()] if first else mask
