"""Where a class declares a field: the place of what a library reads on the class's behalf."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from querylens import source
from querylens.source import Span

#: Lists of names that stand for fields without a line of their own.
_LISTS = ("list_display", "fields")


@dataclass(frozen=True, slots=True)
class Declared:
    """A field's line in its class, or the class's own first line."""

    file: str
    span: Span
    #: `Class.field`, of the class that declares it.
    name: str


def find(owner: type, field: str, is_project: Callable[[str], bool]) -> Declared | None:
    """Where the project declares a class's field: in the class or in one that it inherits from.

    None when no class of the project is concerned.
    """
    own = [
        (kind, *found)
        for kind in owner.__mro__
        if (found := _class_in_source(kind)) and is_project(found[0])
    ]
    for kind, file, node in own:
        line = _line_of(node, field) if field else None
        if line is not None:
            return Declared(file, Span(line, line, 0, 0), f"{kind.__qualname__}.{field}")
    for kind, file, node in own[:1]:
        name = f"{kind.__qualname__}.{field}" if field else kind.__qualname__
        return Declared(file, Span(node.lineno, node.lineno, 0, 0), name)
    return None


@lru_cache(maxsize=1024)
def _class_in_source(kind: type) -> tuple[str, ast.ClassDef] | None:
    try:
        file = inspect.getsourcefile(kind)
        _, first = inspect.getsourcelines(kind)
    except (OSError, TypeError):
        return None
    module = source.parse(file) if file else None
    for node in module.by_span.values() if module else ():
        if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
            # Decorators stand before the class's own line.
            decorated = [item.lineno for item in node.decorator_list]
            if min([node.lineno, *decorated]) == first:
                return str(file), node
    return None


def _line_of(node: ast.ClassDef, field: str) -> int | None:
    """The line of a field's assignment or method, else of its name in a list of fields."""
    for item in node.body:
        if _names(item) & {field, f"get_{field}"}:
            return item.lineno
    for wanted in _LISTS:
        lists = (part for part in ast.walk(node) if wanted in _names(part))
        for part in (part for assigned in lists for part in ast.walk(assigned)):
            if isinstance(part, ast.Constant) and part.value == field:
                return part.lineno
    return None


def _names(statement: ast.AST) -> set[str]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return {statement.name}
    if isinstance(statement, ast.AnnAssign):
        return {source.name_of(statement.target)}
    if isinstance(statement, ast.Assign):
        return {source.name_of(target) for target in statement.targets}
    return set()
