"""What attributes hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querylens.lint import classes, rows
from querylens.lint.project import External
from querylens.lint.querysets import queryset_attribute
from querylens.lint.scope import Where
from querylens.lint.values import (
    ClassValue,
    ExternalValue,
    FunctionValue,
    ManagerValue,
    MethodValue,
    ModelValue,
    ModuleValue,
    ObjectValue,
    OneOf,
    QuerySetValue,
    Row,
    Value,
    choices,
    either,
)

if TYPE_CHECKING:
    from querylens.lint.reader import Reader


def attribute(reader: Reader, value: Value, name: str, where: Where) -> Value:
    """What an attribute of a value holds."""
    if isinstance(value, OneOf):
        return either(attribute(reader, item, name, where) for item in choices(value))
    if isinstance(value, Row):
        return rows.attribute(reader, value, name, where)
    if isinstance(value, (ManagerValue, QuerySetValue)):
        return queryset_attribute(reader, value, name)
    if isinstance(value, ModelValue):
        return rows.class_attribute(reader, value, name)
    if isinstance(value, classes.Super):
        return classes.super_attribute(reader, value, name, where)
    if isinstance(value, (ObjectValue, ClassValue)):
        return classes.attribute(reader, value, name, where)
    return _attribute_of_library(reader, value, name)


def _external_attribute(reader: Reader, value: ExternalValue, name: str) -> Value:
    dotted = f"{value.name}.{name}"
    if value.name == "django.http.request" and name == "user":
        return reader.user
    if "(" in value.name:
        # Of what a call gave no name is a module's or a model's.
        return ExternalValue(value.turns, name=dotted)
    model = reader.models.of_meaning(External(dotted))
    if model is not None:
        return ModelValue(model=model)
    module = reader.world.project.module(dotted)
    return ModuleValue(module=module) if module else ExternalValue(value.turns, name=dotted)


def _attribute_of_library(reader: Reader, value: Value, name: str) -> Value:
    if isinstance(value, ModuleValue):
        return _module_attribute(reader, value, name)
    if isinstance(value, ExternalValue):
        return _external_attribute(reader, value, name)
    if isinstance(value, FunctionValue):
        return Value(value.turns)
    return MethodValue(value.turns, receiver=value, name=name)


def _module_attribute(reader: Reader, value: ModuleValue, name: str) -> Value:
    found = reader.global_value(value.module, name)
    if type(found) is Value:
        inner = reader.world.project.module(f"{value.module.name}.{name}")
        return ModuleValue(module=inner) if inner else found
    return found
