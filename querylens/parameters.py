"""Query parameters: kept as they were at the moment they were sent, compared as values."""

from __future__ import annotations

import contextlib
import copy
import datetime
from collections.abc import MutableMapping, MutableSequence, MutableSet
from typing import Any

#: Types whose values never change: parameters of these types are kept without a copy.
IMMUTABLE = frozenset(
    {int, str, float, bool, type(None), bytes, datetime.date, datetime.datetime, datetime.time}
)
#: Values of exactly these types are compared as they are.
PLAIN = frozenset({type(None), str, int, float, bool, bytes})
#: The comparison key of no parameters at all.
NO_VALUES = "()"
_DATES = (datetime.datetime, datetime.date, datetime.time)
_COMPARED_AS_THEY_ARE = (type(None), str, int, float)
_CONTAINERS = (MutableSequence, MutableSet, MutableMapping)


class Unread:
    """Stands for parameters that can be read only once, such as a generator's."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def __str__(self) -> str:
        # For comparing: what was never read is equal to nothing but itself.
        return f"{self.text} {id(self)}"


class RecordedValue:
    """Stands for a value that was read from a recording; `text` is empty when it was not kept.

    As text it is its number: equal where the values were.
    """

    __slots__ = ("number", "text")

    def __init__(self, text: str = "", number: int = -1) -> None:
        self.text = text
        self.number = number

    def __repr__(self) -> str:
        return self.text or "•••"

    def __str__(self) -> str:
        return f"#{self.number}"


class RecordedParams(tuple[Any, ...]):
    """Stands for parameters that were read from a recording: as many values as there were.

    `key` is equal for equal parameters; `has_values` tells whether the values can be shown.
    """

    key: str
    has_values: bool = False


def keep(params: Any) -> Any:
    """Copies what may change later; never consumes a generator and never fails."""
    kind = type(params)
    if kind is tuple:
        if IMMUTABLE.issuperset(map(type, params)):
            return params
        return tuple(map(_keep_one, params))
    return _keep_one(params)


def _keep_one(value: Any) -> Any:
    kind = type(value)
    if kind in IMMUTABLE:
        return value
    # Asked of the type: `isinstance` would wake lazy objects through their `__class__`.
    if issubclass(kind, (tuple, list)):
        plain = tuple if issubclass(kind, tuple) else list
        return plain(map(_keep_one, value))
    if issubclass(kind, dict):
        return {key: _keep_one(item) for key, item in value.items()}
    if kind is bytearray or (kind is memoryview and type(value.obj) is not bytes):
        return bytes(value)
    if hasattr(kind, "__next__"):
        return Unread(f"<{kind.__name__}>")
    if kind.__module__.startswith("psycopg"):
        value = _unwrapped(value)
    return copy.deepcopy(value) if issubclass(type(value), _CONTAINERS) else value


def comparison_key(params: Any) -> str:
    """Equal for two parameter sets that Django Debug Toolbar calls duplicated.

    Source: `_decode` in the toolbar's `panels/sql/tracking.py` and `_duplicate_query_key` in its
    `panels/sql/panel.py`. It differs in named bugs of theirs: the values of dict parameters count
    here, a text of parameters is not taken apart into its letters, and parameters that cannot be
    read are not equal to none.
    """
    if isinstance(params, RecordedParams):
        return params.key
    try:
        if type(params) is tuple and PLAIN.issuperset(map(type, params)):
            return repr(params)
        decoded = _decode(params)
        if isinstance(decoded, list):
            return repr(tuple(decoded))
        return repr(decoded) if decoded else NO_VALUES
    except Exception:
        return f"{type(params).__name__} {id(params)}"


def _decode(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [_decode(item) for item in value]
    if isinstance(value, dict):
        return {key: _decode(item) for key, item in value.items()}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, _DATES):
        return str(value)
    if isinstance(value, _COMPARED_AS_THEY_ARE) or _is_decimal(value):
        return value
    return str(value)


def _is_decimal(value: Any) -> bool:
    # By name: importing querylens does not load the module.
    return any(kind.__name__ == "Decimal" for kind in type(value).__mro__)


def _unwrapped(value: Any) -> Any:
    """What a psycopg wrapper for JSON or binary data holds, as it is now; else the value."""
    if not hasattr(value, "obj"):
        return value
    if not hasattr(value, "dumps"):
        return bytes(value.obj)
    if type(value).__name__ == "Jsonb" and value.dumps:
        # What cannot be dumped cannot be sent either.
        with contextlib.suppress(Exception):
            return value.dumps(value.obj)
    return f"{type(value).__name__}({value.obj!r})"
