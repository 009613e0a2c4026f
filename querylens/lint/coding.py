"""Findings as plain lists that JSON holds, and back: each value by the type of its field."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from querylens.model import GroupTotals, Place, QueryGroup
from querylens.sql import Fingerprint


class DamagedError(Exception):
    """Data that no encoder wrote."""


@dataclass(frozen=True, slots=True)
class _Both:
    """Both directions for values of one type. `decode` raises `DamagedError` for others."""

    encode: Callable[[Any], object]
    decode: Callable[[Any], Any]


def _no_path(_: str) -> str:
    return ""


class Coder:
    """Encodes values of one dataclass. Whatever is decoded has the types of its fields.

    A place keeps whether it had a path, not which: `path_of` tells that by the place's file, and
    is empty for a file that is not to be read. Fields whose names are in `without` are left out;
    what is encoded so can't be decoded. Raises TypeError for a class with a field of a type that
    it doesn't know.
    """

    def __init__(
        self,
        kind: type,
        path_of: Callable[[str], str] = _no_path,
        without: frozenset[str] = frozenset(),
    ) -> None:
        self._path_of = path_of
        self._without = without
        self._classes: dict[type, _Class] = {}
        self._top = self._class(kind)

    def encode(self, value: object) -> list[object]:
        """The value of each field, in order."""
        return self._top.encode(value)

    def decode(self, data: object) -> Any:
        """What was encoded. Raises `DamagedError`."""
        try:
            return self._top.decode(data)
        except RecursionError:
            raise DamagedError from None

    def _class(self, kind: type) -> _Class:
        known = self._classes.get(kind)
        if known is None:
            # It is kept before its fields are read: they may have the type that they belong to.
            known = self._classes[kind] = _Class(kind)
            hints = get_type_hints(kind)
            for field in fields(kind):
                if (kind, field.name) not in _LEFT_OUT and field.name not in self._without:
                    known.fields[field.name] = self._both(hints[field.name])
            if kind is Place:
                known.fields["path"] = _Both(bool, _plain(bool).decode)
                known.finish = self._with_path
        return known

    def _with_path(self, values: dict[str, Any]) -> dict[str, Any]:
        if not values.get("path"):
            return values
        return values | {"path": self._path_of(values["file"])}

    def _both(self, hint: Any) -> _Both:
        if hint in (str, int, bool):
            return _plain(hint)
        if hint is Fingerprint:
            return _FINGERPRINT
        if isinstance(hint, type) and is_dataclass(hint):
            inner = self._class(hint)
            return _Both(inner.encode, inner.decode)
        if isinstance(hint, type) and issubclass(hint, tuple):
            return self._named_tuple(hint)
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Literal:
            return _Both(_same, _one_of(arguments))
        if origin in (Union, types.UnionType):
            return self._union(arguments)
        if origin is frozenset:
            return _set(self._both(arguments[0]))
        if origin is tuple:
            return self._tuple(arguments)
        if origin in (dict, Mapping) and arguments[0] is str:
            return _table(self._both(arguments[1]))
        raise TypeError(f"no way to encode {hint}")

    def _union(self, options: tuple[Any, ...]) -> _Both:
        if set(options) == {QueryGroup, GroupTotals}:
            inner = self._class(GroupTotals)
            return _Both(lambda group: inner.encode(GroupTotals.of(group)), inner.decode)
        others = [option for option in options if option is not type(None)]
        if len(others) > 1:
            return _any_of(options)
        return _optional(self._both(others[0]))

    def _named_tuple(self, kind: Any) -> _Both:
        row = _row([self._both(hint) for hint in get_type_hints(kind).values()])
        return _Both(row.encode, lambda data: kind(*row.decode(data)))

    def _tuple(self, items: tuple[Any, ...]) -> _Both:
        if items[1:] == (...,):
            return _sequence(self._both(items[0]))
        return _row([self._both(item) for item in items])


#: The queries of a group are let go.
_LEFT_OUT = frozenset({(GroupTotals, "queries")})


class _Class:
    """Encodes instances of a dataclass; the last of its fields are left out as far as they have
    their defaults."""

    def __init__(self, kind: type) -> None:
        self.kind = kind
        self.fields: dict[str, _Both] = {}
        self.finish: Callable[[dict[str, Any]], dict[str, Any]] = _same
        self._defaults = {field.name: _default(field) for field in fields(kind)}

    def encode(self, value: Any) -> list[object]:
        """The encoded values of its fields."""
        names = list(self.fields)
        while names and getattr(value, names[-1]) == self._defaults[names[-1]]:
            names.pop()
        return [self.fields[name].encode(getattr(value, name)) for name in names]

    def decode(self, data: Any) -> Any:
        """An instance. Raises `DamagedError`."""
        if type(data) is not list or len(data) > len(self.fields):
            raise DamagedError
        pairs = zip(self.fields.items(), data, strict=False)
        values = {name: both.decode(item) for (name, both), item in pairs}
        try:
            return self.kind(**self.finish(values))
        except TypeError:
            raise DamagedError from None


def _default(field: Field[Any]) -> Any:
    """What a field holds unless it is given; a value that equals no other when it must be."""
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def _same(value: Any) -> Any:
    return value


def _list(data: Any, length: int | None = None) -> list[Any]:
    if type(data) is not list or length not in (None, len(data)):
        raise DamagedError
    return data


def _plain(kind: type) -> _Both:
    def decode(data: Any) -> Any:
        if type(data) is not kind:
            raise DamagedError
        return data

    return _Both(_same, decode)


def _one_of(options: tuple[Any, ...]) -> Callable[[Any], Any]:
    def decode(data: Any) -> Any:
        if type(data) is not str or data not in options:
            raise DamagedError
        return data

    return decode


def _any_of(kinds: tuple[type, ...]) -> _Both:
    if not set(kinds) <= {str, int, bool, type(None)}:
        raise TypeError(f"no way to tell these apart: {kinds}")

    def decode(data: Any) -> Any:
        if type(data) not in kinds:
            raise DamagedError
        return data

    return _Both(_same, decode)


def _optional(inner: _Both) -> _Both:
    return _Both(
        lambda value: None if value is None else inner.encode(value),
        lambda data: None if data is None else inner.decode(data),
    )


def _sequence(item: _Both) -> _Both:
    return _Both(
        lambda values: [item.encode(value) for value in values],
        lambda data: tuple([item.decode(each) for each in _list(data)]),
    )


def _set(item: _Both) -> _Both:
    return _Both(
        lambda values: [item.encode(value) for value in sorted(values)],
        lambda data: frozenset([item.decode(each) for each in _list(data)]),
    )


def _row(items: list[_Both]) -> _Both:
    return _Both(
        lambda values: [both.encode(value) for both, value in zip(items, values, strict=True)],
        lambda data: tuple(
            [both.decode(each) for both, each in zip(items, _list(data, len(items)), strict=True)]
        ),
    )


def _table(item: _Both) -> _Both:
    def decode(data: Any) -> Any:
        if type(data) is not dict:
            raise DamagedError
        return {key: item.decode(each) for key, each in data.items()}

    return _Both(lambda values: {key: item.encode(each) for key, each in values.items()}, decode)


def _fingerprint(data: Any) -> Fingerprint:
    name, text = (_plain(str).decode(each) for each in _list(data, 2))
    return Fingerprint(name, text)


_FINGERPRINT = _Both(lambda value: [str(value), value.text], _fingerprint)
