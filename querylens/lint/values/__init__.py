"""What an expression may hold, as far as source tells.

A value is asked and never changed, but for the few that are changed in the program too: a row
keeps what was read through it, a queryset the rows that it fetched, a list what is appended.
`turns` are the loops each of whose turns has another such value.
"""

from __future__ import annotations

from querylens.lint.values.basic import (
    STILL,
    Collection,
    Literal,
    MappingValue,
    OneOf,
    Turns,
    Value,
    choices,
    either,
    merged,
    text_of,
    turns_of,
)
from querylens.lint.values.code import (
    CalledValue,
    ClassValue,
    ExternalValue,
    FunctionValue,
    MethodValue,
    ModuleValue,
    ObjectValue,
)
from querylens.lint.values.orm import (
    Built,
    KeyOf,
    Loads,
    ManagerValue,
    ModelValue,
    PrefetchValue,
    QuerySetValue,
    Row,
    RowState,
)

__all__ = [
    "STILL",
    "Built",
    "CalledValue",
    "ClassValue",
    "Collection",
    "ExternalValue",
    "FunctionValue",
    "KeyOf",
    "Literal",
    "Loads",
    "ManagerValue",
    "MappingValue",
    "MethodValue",
    "ModelValue",
    "ModuleValue",
    "ObjectValue",
    "OneOf",
    "PrefetchValue",
    "QuerySetValue",
    "Row",
    "RowState",
    "Turns",
    "Value",
    "choices",
    "either",
    "merged",
    "text_of",
    "turns_of",
]
