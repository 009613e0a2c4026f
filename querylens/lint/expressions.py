"""What expressions hold."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from typing import TYPE_CHECKING

from querylens.lint import classes, generators, iteration, python_functions
from querylens.lint.conditions import decided, tested
from querylens.lint.scope import At, Scope
from querylens.lint.shaping import sliced
from querylens.lint.values import (
    Collection,
    ExternalValue,
    FunctionValue,
    Literal,
    MappingValue,
    QuerySetValue,
    Value,
    choices,
    either,
    turns_of,
)

if TYPE_CHECKING:
    from querylens.lint.reader import Reader

_BUILTINS = frozenset(dir(builtins))
_MOST_KNOWN = 60
#: So many items of a long list or dict are read: the others are of the same kinds.
_MOST_READ = 300


def evaluate(reader: Reader, node: ast.expr, scope: Scope) -> Value:
    """What an expression holds; what it sends on the way is noted."""
    read = _READERS.get(type(node))
    if read is not None:
        return read(reader, node, scope)
    return _parts(reader, node, scope)


def _parts(reader: Reader, node: ast.AST, scope: Scope) -> Value:
    """Something that is made of its parts, such as a sum or a text."""
    found = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            found.append(reader.evaluate(child, scope))
        elif isinstance(child, (ast.keyword, ast.comprehension)):
            found.append(_parts(reader, child, scope))
    return Value(turns_of(found))


def _constant(reader: Reader, node: ast.Constant, scope: Scope) -> Value:
    return Literal(value=node.value)


def _name(reader: Reader, node: ast.Name, scope: Scope) -> Value:
    found = scope.named(node.id)
    if found is not None:
        return found
    module = scope.module
    if node.id in module.bindings or module.stars:
        found = reader.global_value(module, node.id)
        if type(found) is not Value or node.id in module.bindings:
            return found
    return ExternalValue(name=node.id) if node.id in _BUILTINS else Value()


def _attribute(reader: Reader, node: ast.Attribute, scope: Scope) -> Value:
    return reader.attribute(reader.evaluate(node.value, scope), node.attr, At(scope, node))


def _call(reader: Reader, node: ast.Call, scope: Scope) -> Value:
    if isinstance(node.func, ast.Name) and node.func.id == "super" and scope.owner is not None:
        return classes.Super(owner=scope.owner, bound=scope.bound)
    function = reader.evaluate(node.func, scope)
    arguments: list[Value] = []
    for item in node.args:
        if isinstance(item, ast.Starred):
            arguments += _spread(reader, item, scope)
        else:
            arguments.append(reader.evaluate(item, scope))
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        given = reader.evaluate(keyword.value, scope)
        if keyword.arg is not None:
            keywords[keyword.arg] = given
        else:
            keywords |= _spread_keywords(given)
    return reader.call(function, arguments, keywords, At(scope, node))


def _spread(reader: Reader, node: ast.Starred, scope: Scope) -> list[Value]:
    value = reader.evaluate(node.value, scope)
    if isinstance(value, Collection) and value.known is not None:
        return list(value.known)
    element = iteration.element_of(reader, value, At(scope, node.value))
    return [Collection(element.turns, element=element)]


def _spread_keywords(value: Value) -> dict[str, Value]:
    """Of an unknown dict, one keyword stands for all."""
    if isinstance(value, MappingValue) and value.known and value.element is None:
        return {str(key): item for key, item in value.known.items()}
    return {"": Value(value.turns)}


def _display(reader: Reader, node: ast.List | ast.Tuple | ast.Set, scope: Scope) -> Value:
    items: list[Value] = []
    is_known = len(node.elts) <= _MOST_KNOWN
    for item in node.elts[:_MOST_READ]:
        if isinstance(item, ast.Starred):
            value = reader.evaluate(item.value, scope)
            items.append(iteration.element_of(reader, value, At(scope, item.value)))
            is_known = False
        else:
            items.append(reader.evaluate(item, scope))
    turns = turns_of(items)
    if is_known:
        return Collection(turns, known=tuple(items), is_small=True, depth=len(reader.loops))
    is_small = not any(isinstance(item, ast.Starred) for item in node.elts)
    return Collection(turns, element=either(items), is_small=is_small)


def _dict(reader: Reader, node: ast.Dict, scope: Scope) -> Value:
    found = MappingValue(is_small=all(key is not None for key in node.keys))
    for key, item in zip(node.keys[:_MOST_READ], node.values[:_MOST_READ], strict=True):
        value = reader.evaluate(item, scope)
        found.turns |= value.turns
        if key is None:
            if isinstance(value, MappingValue):
                found.known |= value.known
                found.element = value.element or found.element
            else:
                found.element = either([value]) if found.element is None else found.element
            continue
        name = reader.evaluate(key, scope)
        if isinstance(name, Literal) and _is_hashable(name.value):
            found.known[name.value] = value
        else:
            found.key = name
            found.element = value if found.element is None else either([found.element, value])
    if len(node.keys) > _MOST_READ:
        found.key, found.element = Value(), either(found.known.values())
    return found


def _is_hashable(value: object) -> bool:
    return isinstance(value, (str, int, float, bool, bytes, type(None)))


def _subscript(reader: Reader, node: ast.Subscript, scope: Scope) -> Value:
    value = reader.evaluate(node.value, scope)
    if isinstance(node.slice, ast.Slice):
        parts = [node.slice.lower, node.slice.upper, node.slice.step]
        ends = [reader.evaluate(part, scope) for part in parts if part is not None]
        return either(sliced(item, node.slice, turns_of(ends)) for item in choices(value))
    key = reader.evaluate(node.slice, scope)
    return either(iteration.item_of(reader, item, key, At(scope, node)) for item in choices(value))


def _lambda(reader: Reader, node: ast.Lambda, scope: Scope) -> Value:
    name = scope.function if scope.function != "<module>" else "<lambda>"
    return FunctionValue(module=scope.module, node=node, name=name, around=scope)


def _either(reader: Reader, node: ast.IfExp, scope: Scope) -> Value:
    tested(reader, node.test, scope)
    return either([reader.evaluate(node.body, scope), reader.evaluate(node.orelse, scope)])


def _bool_op(reader: Reader, node: ast.BoolOp, scope: Scope) -> Value:
    found = []
    for item in node.values:
        value = reader.evaluate(item, scope)
        if item is not node.values[-1]:
            iteration.test(reader, value, At(scope, item))
        found.append(value)
        if decided(reader, item, value, scope) is isinstance(node.op, ast.Or):
            # What comes behind is not reached.
            return value
    if isinstance(node.op, ast.And):
        return found[-1].at(turns_of(found)) if type(found[-1]) is Value else found[-1]
    return either(found)


def _not(reader: Reader, node: ast.UnaryOp, scope: Scope) -> Value:
    value = reader.evaluate(node.operand, scope)
    if isinstance(node.op, ast.Not):
        iteration.test(reader, value, At(scope, node.operand))
    elif isinstance(value, Literal):
        return value
    return Value(value.turns)


def _compare(reader: Reader, node: ast.Compare, scope: Scope) -> Value:
    found = [reader.evaluate(node.left, scope)]
    for operator, item in zip(node.ops, node.comparators, strict=True):
        value = reader.evaluate(item, scope)
        if isinstance(operator, (ast.In, ast.NotIn)):
            for one in choices(value):
                if isinstance(one, QuerySetValue):
                    iteration.element_of(reader, one, At(scope, item))
        found.append(value)
    return Value(turns_of(found))


def _named(reader: Reader, node: ast.NamedExpr, scope: Scope) -> Value:
    value = reader.evaluate(node.value, scope)
    scope.names[node.target.id] = value
    return value


def _inner(reader: Reader, node: ast.Await | ast.Starred, scope: Scope) -> Value:
    return reader.evaluate(node.value, scope)


def _yield(reader: Reader, node: ast.Yield, scope: Scope) -> Value:
    if node.value is not None:
        generators.give(reader, node, reader.evaluate(node.value, scope), scope)
    return Value()


def _yield_from(reader: Reader, node: ast.YieldFrom, scope: Scope) -> Value:
    value = reader.evaluate(node.value, scope)
    generators.give_all(reader, node, value, scope)
    return Value()


def _operation(reader: Reader, node: ast.BinOp, scope: Scope) -> Value:
    """A sum or difference, of however many parts."""
    parts: list[tuple[ast.operator, ast.expr]] = []
    first: ast.expr = node
    while isinstance(first, ast.BinOp):
        parts.append((first.op, first.right))
        first = first.left
    found = reader.evaluate(first, scope)
    for operator, part in reversed(parts):
        found = _combined(found, operator, reader.evaluate(part, scope))
    return found


def _combined(left: Value, operator: ast.operator, right: Value) -> Value:
    """Two parts of a sum or difference; of lists and sets another one."""
    turns = left.turns | right.turns
    if not isinstance(left, Collection):
        return Value(turns)
    if isinstance(operator, (ast.Sub, ast.BitAnd)):
        return Collection(turns, element=left.any_element(), is_small=left.is_small)
    if not isinstance(right, (Collection, ExternalValue)):
        return Value(turns)
    small = left.is_small and iteration.is_small(right)
    other = right.any_element() if isinstance(right, Collection) else Value(right.turns)
    return Collection(turns, element=either([left.any_element(), other]), is_small=small)


def _comprehension(
    reader: Reader, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, scope: Scope
) -> Value:
    return iteration.comprehension(reader, node, scope)


def _shown(reader: Reader, node: ast.FormattedValue, scope: Scope) -> Value:
    value = reader.evaluate(node.value, scope)
    python_functions.show(reader, value, At(scope, node.value))
    return Value(value.turns)


_READERS: dict[type[ast.AST], Callable[..., Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.List: _display,
    ast.Tuple: _display,
    ast.Set: _display,
    ast.Dict: _dict,
    ast.Subscript: _subscript,
    ast.Lambda: _lambda,
    ast.IfExp: _either,
    ast.BoolOp: _bool_op,
    ast.BinOp: _operation,
    ast.UnaryOp: _not,
    ast.Compare: _compare,
    ast.NamedExpr: _named,
    ast.Await: _inner,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.FormattedValue: _shown,
    ast.Starred: _inner,
}
