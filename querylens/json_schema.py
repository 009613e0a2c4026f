"""JSON Schemas of documents whose keys are those of TypedDicts."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

_SIMPLE = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
}


def schema_of_objects(
    title: str, first: str, objects: Mapping[str, type], version: int
) -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) of a document that is the object called `first`.

    `objects` are all TypedDicts that it is made of, each `NameDict` by its name. Documents are
    those that have a `tool`: their `version` is this one.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "$ref": f"#/$defs/{first}",
        "$defs": {name: _object_schema(kind, version) for name, kind in objects.items()},
    }


def _object_schema(kind: type, version: int) -> dict[str, Any]:
    hints = get_type_hints(kind)
    properties = {key: _value_schema(hint) for key, hint in hints.items()}
    if "tool" in hints:
        properties["version"] = {"const": version}
    return {
        "type": "object",
        "description": kind.__doc__,
        "properties": properties,
        "required": list(hints),
    }


def _value_schema(hint: Any) -> dict[str, Any]:
    if is_typeddict(hint):
        return {"$ref": f"#/$defs/{hint.__name__.removesuffix('Dict')}"}
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": _value_schema(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _value_schema(arguments[1])}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_value_schema(argument) for argument in arguments]}
    return dict(_SIMPLE[hint])
