"""What the statements of a log have in common but for their values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from querylens.audit.bounded import Bounded
from querylens.audit.facts import facts_of
from querylens.audit.requests import hashed
from querylens.model.durations import Durations
from querylens.sql import Fingerprint
from querylens.sql.batches import carries_several, has_placeholders, row_written
from querylens.sql.literal_texts import LiteralTexts
from querylens.sql.memory import Memory

_MOST_SHAPES = 5_000
# Up to there texts of one mask are equal.
_FIRST_VALUE = re.compile(r"['0-9\\]")
#: What stands before the first value of most statements, by its hash.
_heads = Memory(hashed, size=1_000_000, longest=2_000)


@dataclass(slots=True)
class Form:
    """What all texts of one mask have in common."""

    shape: Fingerprint
    #: Nothing that follows is so.
    is_plain: bool
    reads_session: bool
    #: Whether one of them may carry several rows, or a list of several values.
    carries_several: bool
    #: Whether values stand beside what tells them apart, and whether `$1` and the like say so.
    has_placeholders: bool
    has_numbers_for_values: bool
    #: Where the first value can be, and what stands before it: a hash. Empty for an UPDATE, of
    #: which what tells the row is asked for.
    start: int
    head: str
    #: How long they took, until `Forms.fold` takes them away: one list for all forms of a shape.
    durations: list[int]

    def values(self, sql: str, params: str) -> str:
        """What is equal for equal texts and parameters; of an UPDATE, what tells the row."""
        if self.head:
            return f"{self.head}{sql[self.start :]}{params}"
        return row_written(sql, params)


class Forms:
    """The forms of statements, by their texts."""

    def __init__(self, vendor: str | None) -> None:
        self._texts = LiteralTexts(vendor, self._made)
        self._durations: dict[Fingerprint, list[int]] = {}
        #: The form of a text.
        self.of = self._texts.of

    @property
    def shapes(self) -> int:
        """How many are known."""
        return len(self._durations)

    @property
    def is_full(self) -> bool:
        """Whether most of them are likely not to come again."""
        return self.shapes > _MOST_SHAPES

    def fold(self, statements: Bounded[Fingerprint, Durations]) -> None:
        """Adds the durations that wait: many at a time is much cheaper than one."""
        for shape, waiting in self._durations.items():
            if not waiting:
                continue
            known = statements.get(shape)
            if known is None:
                known = statements.add(shape, Durations())
            if known is not None:
                known.add(waiting)
            waiting.clear()
        if self.is_full:
            self._durations.clear()
            self._texts.forget()

    def _made(self, shape: Fingerprint, text: str) -> Form:
        facts = facts_of[shape]
        told = row_written(text) if facts.is_update else text
        is_without_values = has_placeholders(told)
        first = _FIRST_VALUE.search(text)
        start = first.start() if first else len(text)
        several = facts.may_carry_several and carries_several(text)
        has_numbers = is_without_values and "$" in told
        return Form(
            shape,
            not (facts.reads_session or several or has_numbers),
            facts.reads_session,
            several,
            is_without_values,
            has_numbers,
            start,
            "" if facts.is_update else _heads[text[:start]],
            self._durations.setdefault(shape, []),
        )
