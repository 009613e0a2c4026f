"""Templates and objects of frameworks: what they read of the values that they are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from querylens.lint import serializers, views
from querylens.lint.scope import Where
from querylens.lint.values import ExternalValue, ObjectValue, Row, Value, turns_of

if TYPE_CHECKING:
    from querylens.lint.reader import Reader

_Arguments = list[Value]
_Keywords = dict[str, Value]


def made_object(
    reader: Reader, made: ObjectValue, arguments: _Arguments, keywords: _Keywords, where: Where
) -> Value:
    """What is done with an object of a project's class as soon as it is made."""
    if serializers.is_serializer(reader, made.of):
        serializers.serialize_argument(reader, made, arguments, keywords, where)
    return made


def method_called(
    reader: Reader,
    receiver: ObjectValue,
    name: str,
    arguments: _Arguments,
    keywords: _Keywords,
    where: Where,
) -> Value:
    """A method of an object that its class inherits from a library."""
    found = views.inherited(reader, receiver, name, arguments, keywords, where)
    if isinstance(found, (Row, ExternalValue)) or type(found) is not Value:
        return found
    return Value(turns_of([receiver, *arguments, *keywords.values()]))


FUNCTIONS: dict[str, Callable[[Reader, _Arguments, _Keywords, Where], Value]] = {}
