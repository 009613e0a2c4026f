"""Conditions: what they ask, and what they come to where that can be told."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from querylens.lint import iteration
from querylens.lint.scope import At, Scope
from querylens.lint.values import (
    ClassValue,
    FunctionValue,
    Literal,
    ModelValue,
    ModuleValue,
    Row,
    Value,
)

if TYPE_CHECKING:
    from querylens.lint.reader import Reader


def truth_of(value: Value) -> bool | None:
    """Whether a value is true, where that can be told."""
    if isinstance(value, Literal):
        return bool(value.value)
    if isinstance(value, (Row, FunctionValue, ClassValue, ModelValue, ModuleValue)):
        return True
    return None


def decided(reader: Reader, node: ast.expr, value: Value, scope: Scope) -> bool | None:
    """What a condition comes to, where that can be told of its value."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = decided(reader, node.operand, reader.peek(node.operand, scope), scope)
        return None if inner is None else not inner
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _is_none(node, reader.peek(node.left, scope))
    return truth_of(value)


def _is_none(node: ast.Compare, value: Value) -> bool | None:
    """`value is None`, or not."""
    [operator], [other] = node.ops, node.comparators
    if not (isinstance(other, ast.Constant) and other.value is None):
        return None
    if isinstance(value, Literal):
        is_none = value.value is None
    elif truth_of(value):
        is_none = False
    else:
        return None
    if isinstance(operator, ast.Is):
        return is_none
    return not is_none if isinstance(operator, ast.IsNot) else None


def tested(reader: Reader, node: ast.expr, scope: Scope) -> Value:
    """An expression whose truth is asked."""
    value = reader.evaluate(node, scope)
    if not isinstance(node, (ast.BoolOp, ast.Compare)):
        iteration.test(reader, value, At(scope, node))
    return value
