"""Generators of the project: what they give, and whether that is more the more rows there are."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

from querylens.lint import iteration
from querylens.lint.scope import At, Scope, Yielded
from querylens.lint.values import Collection, QuerySetValue, Value, choices, either, turns_of

if TYPE_CHECKING:
    from querylens.lint.reader import Reader


def give(reader: Reader, node: ast.Yield, value: Value, scope: Scope) -> None:
    """Notes what the function around gives once it comes here."""
    scope.yielded.append(Yielded(node, value, tuple(reader.loops)))


def give_all(reader: Reader, node: ast.YieldFrom, value: Value, scope: Scope) -> None:
    """Notes that the function around gives each thing that a value holds."""
    element = iteration.element_of(reader, value, At(scope, node.value))
    is_one = iteration.is_small(value)
    scope.yielded.append(Yielded(node, element, tuple(reader.loops), is_one))


def given(reader: Reader, node: ast.AST, scope: Scope) -> Collection:
    """What a generator gives in all, when its body has been read."""
    values = [item.value for item in scope.yielded]
    around = len(reader.loops)
    small = all(_are_few(item, around, node) for item in scope.yielded)
    return Collection(turns_of(values), element=either(values), is_small=small)


def _are_few(item: Yielded, around: int, node: ast.AST) -> bool:
    """Whether a generator gives this once, or in batches: of these there are few."""
    loops = item.loops[around:]
    if not loops:
        return item.is_one
    if not item.is_one or not all(map(_is_batch, choices(item.value))):
        return False
    return all(loop.kind == "while" for loop in loops) or item.node in _of_full_lists(node)


def _is_batch(value: Value) -> bool:
    """Whether it is a list of as many things as there happen to be."""
    if isinstance(value, Collection):
        return value.known is None
    return isinstance(value, QuerySetValue)


@lru_cache(maxsize=256)
def _of_full_lists(node: ast.AST) -> frozenset[ast.AST]:
    """Each `yield batch` that stands below an `if len(batch) …:`."""
    return frozenset(
        inner
        for condition in ast.walk(node)
        if isinstance(condition, ast.If)
        for statement in condition.body
        for inner in ast.walk(statement)
        if isinstance(inner, ast.Yield) and isinstance(inner.value, ast.Name)
        if _measures(condition.test, inner.value.id)
    )


def _measures(test: ast.expr, name: str) -> bool:
    return any(
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "len"
        and any(isinstance(item, ast.Name) and item.id == name for item in call.args)
        for call in ast.walk(test)
    )
