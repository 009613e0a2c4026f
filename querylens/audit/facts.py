"""What the text of a shape of statement tells, read once for each."""

from __future__ import annotations

from functools import cached_property

from querylens.inferred.numbers import fewest_of
from querylens.sql import Fingerprint, statement_kind
from querylens.sql.shapes import Shape, shape_of

_MOST_FACTS = 4_000


class Facts:
    """What a shape's text tells. Most statements need no more of it than its first word."""

    def __init__(self, text: str) -> None:
        self.text = text
        kind = statement_kind(text)
        self.is_counted = kind not in ("transaction", "set")
        self.is_transaction = kind == "transaction"

    @cached_property
    def shape(self) -> Shape:
        """What the statement asks."""
        return shape_of(self.text)

    @cached_property
    def fewest(self) -> int:
        """So many different values are a loop."""
        return fewest_of(self.shape)

    @cached_property
    def reads_session(self) -> bool:
        """As Django's session middleware reads the session: once a request."""
        if "django_session" not in self.text:
            return False
        shape = self.shape
        return shape.verb == "select" and shape.table == "django_session" and not shape.is_exists

    @cached_property
    def is_update(self) -> bool:
        """Whether it is an UPDATE."""
        return self.text.startswith("UPDATE ") and self.shape.verb == "update"

    @cached_property
    def may_carry_several(self) -> bool:
        """Whether its text may hold several rows, or a list of values."""
        text = self.text
        is_due = text.startswith(("INSERT ", "REPLACE ")) or " IN (" in text or "ANY(" in text
        return is_due and (self.shape.verb == "insert" or bool(self.shape.in_list))


class FactsByShape(dict[Fingerprint, Facts]):
    """The facts of each shape, which are read when they are first asked for."""

    def __missing__(self, shape: Fingerprint) -> Facts:
        if len(self) > _MOST_FACTS:
            self.clear()
        facts = self[shape] = Facts(shape.text)
        return facts


#: One for the whole process: pieces of a log have most shapes in common.
facts_of = FactsByShape()
