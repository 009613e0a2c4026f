"""What the statements of a log have in common but for their values."""

from __future__ import annotations

from dataclasses import dataclass

from querylens.audit.bounded import Bounded
from querylens.audit.facts import facts_of
from querylens.model.durations import Durations
from querylens.sql import Fingerprint
from querylens.sql.batches import carries_several, has_placeholders, row_written
from querylens.sql.literal_texts import LiteralTexts

_MOST_SHAPES = 5_000


@dataclass(slots=True)
class Form:
    """What all texts of one mask have in common."""

    shape: Fingerprint
    reads_session: bool
    is_update: bool
    #: Whether one of them may carry several rows, or a list of several values.
    carries_several: bool
    #: Whether they have placeholders where they tell what is asked.
    has_placeholders: bool
    #: How long they took, until `Forms.fold` takes them away: one list for all forms of a shape.
    durations: list[int]


class Forms:
    """The forms of statements, by their texts."""

    def __init__(self, vendor: str | None) -> None:
        self._texts = LiteralTexts(vendor, self._made)
        self._durations: dict[Fingerprint, list[int]] = {}
        #: The form of a text.
        self.of = self._texts.of

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
        if len(self._durations) > _MOST_SHAPES:
            self._durations.clear()
            self._texts.forget()

    def _made(self, shape: Fingerprint, text: str) -> Form:
        facts = facts_of[shape]
        told = row_written(text) if facts.is_update else text
        return Form(
            shape,
            facts.reads_session,
            facts.is_update,
            facts.may_carry_several and carries_several(text),
            has_placeholders(told),
            self._durations.setdefault(shape, []),
        )
