"""What the text of a shape of statement tells, read once for each."""

from __future__ import annotations

from querylens.inferred.numbers import fewest_of
from querylens.sql import Fingerprint, statement_kind
from querylens.sql.shapes import Shape, shape_of

_MOST_FACTS = 4_000


class Facts:
    """What a shape's text tells. Most statements need no more of it than its first word."""

    __slots__ = ("_fewest", "_shape", "is_counted", "is_transaction", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        kind = statement_kind(text)
        self.is_counted = kind not in ("transaction", "set")
        self.is_transaction = kind == "transaction"
        self._shape: Shape | None = None
        self._fewest = 0

    @property
    def shape(self) -> Shape:
        """What the statement asks."""
        if self._shape is None:
            self._shape = shape_of(self.text)
        return self._shape

    @property
    def fewest(self) -> int:
        """So many different values are a loop."""
        if not self._fewest:
            self._fewest = fewest_of(self.shape)
        return self._fewest

    @property
    def reads_session(self) -> bool:
        """As Django's session middleware reads the session: once a request."""
        if "django_session" not in self.text:
            return False
        shape = self.shape
        return shape.verb == "select" and shape.table == "django_session" and not shape.is_exists

    @property
    def is_update(self) -> bool:
        """Whether it is an UPDATE."""
        return self.text.startswith("UPDATE ") and self.shape.verb == "update"

    @property
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
