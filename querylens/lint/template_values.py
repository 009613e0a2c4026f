"""What templates read of values: the reader of code behind the walk over a template."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from querylens.lint import iteration, python_functions
from querylens.lint.modules import Function, Module
from querylens.lint.project import dotted
from querylens.lint.shaping import sliced_between
from querylens.lint.templates import Included, ParsedTemplate
from querylens.lint.values import (
    ClassValue,
    Collection,
    ExternalValue,
    FunctionValue,
    Literal,
    ManagerValue,
    MappingValue,
    MethodValue,
    ModelValue,
    Value,
    choices,
    either,
    text_of,
    turns_of,
)
from querylens.model import Place

if TYPE_CHECKING:
    from querylens.lint.reader import Reader

_CALLED = (FunctionValue, MethodValue)


class TemplateValues:
    """Makes and reads the values of a template: see `templates.reader.Reader`."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def literal(self, value: object) -> Value:
        return Literal(value=value)

    def unknown(self, *parts: object) -> Value:
        return Value(turns_of(_values(parts)))

    def either(self, *values: object) -> Value:
        return either(_values(values))

    def listed(self, items: Sequence[object]) -> Value:
        return Collection(turns_of(_values(items)), known=tuple(_values(items)), is_small=True)

    def mapped(self, items: Mapping[str, object]) -> Value:
        return MappingValue(known={name: _value(item) for name, item in items.items()})

    def each(self, iterable: object, value: object) -> Value:
        small = iteration.is_small(_value(iterable))
        return Collection(_value(iterable).turns, element=_value(value), is_small=small)

    def unbound(self, name: str, at: Place) -> Value:
        if name == "request":
            return ExternalValue(name="django.http.request")
        return self._reader.user if name == "user" else Value()

    def texts(self, value: object) -> Sequence[str]:
        found = [text_of(item) for item in choices(_value(value))]
        return found if all(found) else []

    def attribute(self, value: object, name: str, at: Place) -> Value:
        return either(self._attribute(item, name, at) for item in choices(_value(value)))

    def _attribute(self, value: Value, name: str, at: Place) -> Value:
        if isinstance(value, MappingValue):
            if name in value.known:
                return value.known[name].at(value.turns)
            if name not in ("items", "values", "keys"):
                return value.any_element().at(value.turns)
        if isinstance(value, Collection) and name.isdigit():
            return iteration.item_of(self._reader, value, Literal(value=int(name)), at)
        return self._reader.attribute(value, name, at)

    def item(self, value: object, key: object, at: Place) -> Value:
        found = choices(_value(value))
        return either(iteration.item_of(self._reader, item, _value(key), at) for item in found)

    def sliced(self, value: object, start: int | None, stop: int | None, at: Place) -> Value:
        return either(sliced_between(item, start, stop) for item in choices(_value(value)))

    def called(
        self,
        value: object,
        arguments: Sequence[object],
        keywords: Mapping[str, object],
        at: Place,
    ) -> Value:
        given = {name: _value(item) for name, item in keywords.items()}
        return self._reader.call(_value(value), _values(arguments), given, at)

    def looked_up(self, value: object, at: Place) -> Value:
        return either(
            self._reader.call(item, [], {}, at) if self._is_called(item) else item
            for item in choices(_value(value))
        )

    def _is_called(self, value: Value) -> bool:
        if isinstance(value, MethodValue):
            return not isinstance(value.receiver, (ModelValue, ClassValue))
        return isinstance(value, FunctionValue)

    def tested(self, value: object, at: Place) -> None:
        iteration.test(self._reader, _value(value), at)

    def contained(self, value: object, container: object, at: Place) -> None:
        iteration.test(self._reader, _value(container), at)

    def shown(self, value: object, at: Place) -> None:
        python_functions.show(self._reader, _value(value), at)

    def counted(self, value: object, at: Place) -> Value:
        iteration.test(self._reader, _value(value), at)
        return Value(_value(value).turns)

    def collected(self, iterable: object, at: Place) -> Value:
        return self._reader.call(ExternalValue(name="list"), [_value(iterable)], {}, at)

    @contextmanager
    def turns(
        self, iterable: object, at: Place, loop: Place, targets: int
    ) -> Iterator[Sequence[object]]:
        value = _value(iterable)
        if isinstance(value, ManagerValue):
            value = Value(value.turns)
        with iteration.turn(self._reader, value, at, loop) as element:
            if targets == 1:
                yield [element]
            else:
                yield iteration.unpacked(self._reader, element, targets, at)

    def filtered(
        self,
        name: str,
        value: object,
        arguments: Sequence[object],
        keywords: Mapping[str, object],
        at: Place,
        libraries: Sequence[str],
    ) -> Value:
        function = self._reader.world.tag(name, libraries, "filter")
        if function is None:
            return Value(turns_of(_values([value, *arguments])))
        return self._reader.call(function, _values([value, *arguments]), {}, at)

    def tag(
        self,
        name: str,
        arguments: Sequence[object],
        keywords: Mapping[str, object],
        at: Place,
        libraries: Sequence[str],
        context: Mapping[str, object],
    ) -> Value | Included:
        function = self._reader.world.tag(name, libraries, "tag")
        if function is None:
            return Value(turns_of(_values([*arguments, *keywords.values()])))
        given = _values(arguments)
        node = function.node
        names = [item.arg for item in node.args.args]
        if names[:1] == ["context"]:
            given = [
                MappingValue(known={key: _value(item) for key, item in context.items()}),
                *given,
            ]
        named = {key: _value(item) for key, item in keywords.items()}
        found = self._reader.call(function, given, named, at)
        template = shown_by(function)
        if template and isinstance(found, MappingValue):
            return Included(template, {str(key): item for key, item in found.known.items()})
        return found

    def template(self, name: str, asking: str) -> ParsedTemplate | None:
        return self._reader.template(name, asking)

    def not_followed(self, reason: str, at: Place) -> None:
        self._reader.not_followed.append((at, reason))


def _value(value: object) -> Value:
    return cast("Value", value)


def _values(values: Sequence[object]) -> list[Value]:
    return [_value(item) for item in values]


def shown_by(function: FunctionValue) -> str:
    """The template of an inclusion tag; empty for other functions."""
    node = function.node
    if isinstance(node, ast.Lambda):
        return ""
    for item in node.decorator_list:
        if not (isinstance(item, ast.Call) and dotted(item.func).endswith("inclusion_tag")):
            continue
        if item.args and isinstance(item.args[0], ast.Constant):
            return str(item.args[0].value)
    return ""


@lru_cache(maxsize=32)
def registered(module: Module, kind: str) -> dict[str, Function]:
    """The functions of a module that templates use as tags or filters, by their names there."""
    found: dict[str, Function] = {}
    for node in module.bindings.values():
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.setdefault(_registered_name(node, kind), node)
    return found


def _registered_name(node: Function, kind: str) -> str:
    """The name by which templates use a function; empty when they can't."""
    wanted = {"filter"} if kind == "filter" else {"simple_tag", "inclusion_tag", "tag"}
    for item in node.decorator_list:
        call = item.func if isinstance(item, ast.Call) else item
        if dotted(call).rpartition(".")[2] not in wanted:
            continue
        if isinstance(item, ast.Call):
            names = [keyword.value for keyword in item.keywords if keyword.arg == "name"]
            for given in [*names, *(item.args if kind == "filter" else [])]:
                if isinstance(given, ast.Constant) and isinstance(given.value, str):
                    return given.value
        return node.name
    return ""
