"""Names for what a query brings along: attributes that no row and no line of code has yet."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable

from querylens.model import QueryGroup
from querylens.rewrite.managers import Read, call_text, related_read
from querylens.rewrite.origins import Origin
from querylens.source import Module


def plural(group: QueryGroup) -> str:
    """`books` for the relation `books`, `loans` for `loan_set`."""
    name = _accessor(group)
    return f"{name.removesuffix('_set')}s" if name.endswith("_set") else name


def singular(group: QueryGroup) -> str:
    """`book` for the relation `books`, `loan` for `loan_set`."""
    name = _accessor(group).removesuffix("_set")
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    if name.endswith(("sses", "xes", "ches", "shes")):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def _accessor(group: QueryGroup) -> str:
    return group.cause.relation.rpartition(".")[2] if group.cause else ""


def free_attribute(group: QueryGroup, modules: Iterable[Module], *wanted: str) -> str:
    """The first of the names, or of the names with a number, that is not taken."""
    texts = ["".join(module.lines) for module in modules]
    facts = group.cause.facts if group.cause else frozenset()
    numbered = (f"{wanted[0]}_{number}" for number in itertools.count(2))
    return next(
        name
        for name in itertools.chain(wanted, numbered)
        if f"owner has: {name}" not in facts and not any(name in text for text in texts)
    )


def number_of_reading(origin: Origin, read: Read) -> str:
    """`_2` for the second way in which code reads the same set: each needs its own name."""
    earlier = itertools.takewhile(lambda other: other is not origin.group, origin.trace.groups())
    reads = [related_read(other) for other in earlier if _is_alike(other, origin.group)]
    texts = dict.fromkeys(_chain(other) for other in reads if other and not other.is_plain)
    number = [*texts, _chain(read)].index(_chain(read)) + 1
    return f"_{number}" if number > 1 else ""


def _is_alike(one: QueryGroup, other: QueryGroup) -> bool:
    """Whether two groups read one set of the same rows, and would choose the same name."""
    if one.cause is None or other.cause is None or one.origin != other.origin:
        return False
    numbers = {one.cause.kind, other.cause.kind} & {"aggregate"}
    return one.cause.relation == other.cause.relation and (
        not numbers or (one.cause.kind, one.cause.access) == (other.cause.kind, other.cause.access)
    )


def _chain(read: Read) -> str:
    return "".join(call_text(read.module, call) for call in read.calls)


def imports_of(
    module: Module, function: ast.AST, names: Iterable[tuple[str, str]]
) -> tuple[str, ...] | None:
    """The import lines that `(name, module)` pairs need; None when a name means something else."""
    missing: dict[str, list[str]] = {}
    for name, origin in names:
        known = _is_known(module, function, name)
        if known is None:
            return None
        if not known:
            missing.setdefault(origin, []).append(name)
    return tuple(f"from {origin} import {', '.join(found)}" for origin, found in missing.items())


def _is_known(module: Module, function: ast.AST, name: str) -> bool | None:
    """Whether the file has the name from an import or a class; None when it is something else."""
    for item in ast.walk(function):
        if isinstance(item, ast.Name) and item.id == name and not isinstance(item.ctx, ast.Load):
            return None
        if isinstance(item, ast.arg) and item.arg == name:
            return None
    for statement in module.tree.body:
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                if (alias.asname or alias.name) == name:
                    return True if alias.name == name else None
        elif name in _defined(statement):
            return True if isinstance(statement, ast.ClassDef) else None
    return False


def _defined(statement: ast.stmt) -> set[str]:
    if isinstance(statement, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return {statement.name}
    if isinstance(statement, ast.Import):
        return {(item.asname or item.name).partition(".")[0] for item in statement.names}
    return {
        item.id
        for item in ast.walk(statement)
        if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store)
    }
