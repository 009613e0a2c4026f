"""What was asked of the database in one request, and what that is taken for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from querylens.codes import RULE_NAMES
from querylens.model import Cause, CauseKind, Fix
from querylens.sql.shapes import Column, Shape

_NAMES = dict(RULE_NAMES)
#: What a fix has in place of a model: a log knows its table alone.
MODEL = "…"


@dataclass(frozen=True, slots=True)
class Asked:
    """How often a request sent a kind of statement, and with how many different values.

    Of an UPDATE the values are those of its WHERE (see `row_written`): one row that is written
    again and again is no loop over rows.
    """

    shape: Shape
    count: int = 1
    distinct: int = 1
    #: Whether one of them may carry several rows or a list of values (see `carries_several`).
    carries_several: bool = True
    #: Whether something between them wrote to the tables that they read.
    is_changed: bool = False
    #: Where they are not, each may have another one: `distinct` is `count`.
    are_values_told: bool = True


@dataclass(frozen=True)
class Inferred:
    """What a kind of statement is taken for; the same for all numbers in which it is found."""

    code: str
    cause: Cause
    fix: Fix
    #: What stands before the numbers of a message: `media_service is asked for by id`.
    said: str
    #: Whether it is one value that differs from statement to statement.
    has_one_value: bool = False
    #: How many queries the fix leaves; None where one for each different value is left.
    left: int | None = 1

    @property
    def name(self) -> str:
        """The rule's name."""
        return _NAMES[self.code]

    def message(self, count: int, distinct: int, *, are_told: bool = True) -> str:
        """What was seen in a request with so many statements and different values."""
        if self.cause.access == "insert":
            return f"{self.said}, {count} times in one request"
        if not are_told:
            values = "with values that are not told"
        elif distinct == 1:
            values = "with the same values"
        elif distinct < count:
            values = f"with {distinct} different {self._word}"
        else:
            values = f"each time with {'another value' if self.has_one_value else 'other values'}"
        return f"{self.said} {count} times in one request, {values}"

    @property
    def _word(self) -> str:
        return "values" if self.has_one_value else "sets of values"

    def remaining(self, distinct: int) -> int:
        """How many queries are left when the fix is made."""
        return distinct if self.left is None else self.left


def as_models(cause: Cause, tables: Mapping[str, str]) -> Cause:
    """The cause with `app.Model` in place of each table that `tables` knows."""
    if not tables:
        return cause
    owner, dot, name = cause.relation.rpartition(".")
    relation = f"{tables.get(owner, owner)}{dot}{name}"
    return replace(cause, model=tables.get(cause.model, cause.model), relation=relation)


def with_model(fix: Fix, table: str, tables: Mapping[str, str]) -> Fix:
    """The fix with the model's name where `tables` knows that of its table."""
    name = tables.get(table, "").rpartition(".")[2]
    return (
        replace(fix, code=fix.code.replace(f"{MODEL}.objects", f"{name}.objects")) if name else fix
    )


def cause_of(kind: CauseKind, shape: Shape, **known: str | bool) -> Cause:
    """A cause in the words of SQL: the call in the source is not known."""
    fields = tuple(field_of(shape, column) for column in shape.compared)
    told = {"access": shape.verb, "model": shape.table, **known}
    return Cause(kind, fields=fields, **told)  # type: ignore[arg-type]


def field_of(shape: Shape, column: Column) -> str:
    """A column as a lookup names it; of a joined table the way there is not known."""
    return column.name if column.table in ("", shape.table) else f"…__{column.name}"


def by(shape: Shape) -> str:
    """` by id` and the like, for messages."""
    columns = shape.compared
    if not columns:
        return ""
    names = [c.name if c.table in ("", shape.table) else f"{c.table}.{c.name}" for c in columns]
    if not shape.is_simple:
        names.append("more")
    return f" by {' and '.join(names)}"


def no_line(what: str) -> str:
    """The caveat that every fix from a log has."""
    return f"A log does not tell the line of code: look where {what}."
