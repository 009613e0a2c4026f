"""What a template's expressions say, in the same words for Django and Jinja2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

Constant = str | int | float | bool | None


class UnreadableError(ValueError):
    """A piece of a template that says nothing; the message tells what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, a number, true, false or none."""

    value: Constant


@dataclass(frozen=True, slots=True)
class Name:
    """A variable of the context."""

    name: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """`.name`, or `["name"]`: both engines try an item and an attribute."""

    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """`[key]` for a key that is not a text written out, and `.0`."""

    key: Expression


@dataclass(frozen=True, slots=True)
class Slice:
    """`[start:stop]`; None where nothing is written or the bound is no number."""

    start: int | None
    stop: int | None


@dataclass(frozen=True, slots=True)
class Arguments:
    """What is handed to a call, a filter or a test. `more` are `*args` and `**kwargs`."""

    values: tuple[Expression, ...] = ()
    keywords: tuple[tuple[str, Expression], ...] = ()
    more: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """`(…)` behind a value."""

    arguments: Arguments


@dataclass(frozen=True, slots=True)
class Filter:
    """`|name`, with its arguments."""

    name: str
    arguments: Arguments = Arguments()


@dataclass(frozen=True, slots=True)
class Test:
    """`is name`, with its arguments."""

    __test__ = False

    name: str
    arguments: Arguments = Arguments()


Step = Attribute | Item | Slice | Call | Filter | Test


@dataclass(frozen=True, slots=True)
class Chain:
    """A value and what is done with it, from left to right: `book.author|upper`."""

    first: Expression
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Logic:
    """`a and b and c`, `a or b`, `not a`: each part's truth is asked."""

    operator: OneOf["and", "or", "not"]
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """`a == b < c`; for `a in b`, `contains` is set and b is the last part."""

    parts: tuple[Expression, ...]
    contains: bool = False


@dataclass(frozen=True, slots=True)
class Combined:
    """`a + b * c`, in no order; `a ~ b` makes a text of each part and sets `joins`."""

    parts: tuple[Expression, ...]
    joins: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """`then if test else otherwise`."""

    test: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Items:
    """A list or tuple that is written out."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A dictionary that is written out."""

    pairs: tuple[tuple[Expression, Expression], ...]


Expression = Literal | Name | Chain | Logic | Compared | Combined | Choice | Items | Pairs

#: A loop's variable, or the variables that it unpacks a turn's value into.
Target = str | tuple["Target", ...]


def chain(first: Expression, steps: list[Step]) -> Expression:
    """A value with its steps, or the value alone when nothing is done with it."""
    return Chain(first, tuple(steps)) if steps else first
