"""Runs statements: what names hold after them, over all branches."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from querylens.lint import iteration
from querylens.lint.conditions import decided, tested
from querylens.lint.loops import Loop, ends_when_found, runs_once
from querylens.lint.project import Defined, dotted
from querylens.lint.scope import At, Scope
from querylens.lint.values import (
    ClassValue,
    Collection,
    FunctionValue,
    Value,
    choices,
    either,
)

if TYPE_CHECKING:
    from querylens.lint.reader import Reader


#: Ways to log what should not happen, and exceptions that tell of a mistake or of a race.
_TROUBLE = frozenset({"exception", "error", "critical", "fatal"})
_RARE = frozenset({"TypeError", "AttributeError", "NameError", "ImportError", "IntegrityError"})


def run(reader: Reader, body: Sequence[ast.stmt], scope: Scope) -> bool:
    """Runs statements in order; gives whether the last of them leaves the block for good."""
    for statement in body:
        if reader.is_tired:
            return False
        runner = _RUNNERS.get(type(statement))
        if runner is not None and runner(reader, statement, scope):
            return True
    return False


def _expression(reader: Reader, node: ast.Expr, scope: Scope) -> bool:
    reader.evaluate(node.value, scope)
    return False


def _assign(reader: Reader, node: ast.Assign, scope: Scope) -> bool:
    value = reader.evaluate(node.value, scope)
    for target in node.targets:
        iteration.bind(reader, target, value, scope)
    return False


def _annotated(reader: Reader, node: ast.AnnAssign, scope: Scope) -> bool:
    if node.value is not None:
        iteration.bind(reader, node.target, reader.evaluate(node.value, scope), scope)
    return False


def _augmented(reader: Reader, node: ast.AugAssign, scope: Scope) -> bool:
    more = reader.evaluate(node.value, scope)
    if not isinstance(node.target, ast.Name):
        reader.evaluate(node.target.value, scope)
        return False
    held = scope.named(node.target.id) or Value()
    for item in choices(held):
        if isinstance(item, Collection):
            element = iteration.element_of(reader, more, At(scope, node.value))
            iteration.add(reader, item, element, one=iteration.is_small(more))
            return False
    scope.names[node.target.id] = Value(held.turns | more.turns)
    return False


def _return(reader: Reader, node: ast.Return, scope: Scope) -> bool:
    scope.returned.append(reader.evaluate(node.value, scope) if node.value else Value())
    return True


def _raise(reader: Reader, node: ast.Raise, scope: Scope) -> bool:
    if node.exc is not None:
        reader.evaluate(node.exc, scope)
    return True


def _leave(reader: Reader, node: ast.stmt, scope: Scope) -> bool:
    return True


def _if(reader: Reader, node: ast.If, scope: Scope) -> bool:
    value = tested(reader, node.test, scope)
    is_true = decided(reader, node.test, value, scope)
    if is_true is not None:
        return run(reader, node.body if is_true else node.orelse, scope)
    return _branches(reader, [node.body, node.orelse], scope)


def _branches(reader: Reader, blocks: Sequence[Sequence[ast.stmt]], scope: Scope) -> bool:
    """Runs each block from the same names, and goes on with what any of them left."""
    before = dict(scope.names)
    left: list[dict[str, Value]] = []
    for block in blocks:
        scope.names = dict(before)
        sent = len(reader.sent)
        if not run(reader, block, scope):
            left.append(scope.names)
        if _is_trouble(block):
            del reader.sent[sent:]
    if not left:
        scope.names = before
        return True
    scope.names = {}
    scope.merge(left)
    return False


def _is_trouble(block: Sequence[ast.stmt]) -> bool:
    """Whether a branch is for what should not happen: it raises, or logs an error."""
    if block and isinstance(block[-1], ast.Raise):
        return True
    calls = (
        item.value.func
        for item in block
        if isinstance(item, ast.Expr) and isinstance(item.value, ast.Call)
    )
    return any(
        isinstance(call, ast.Attribute)
        and call.attr in _TROUBLE
        and isinstance(call.value, ast.Name)
        and "log" in call.value.id.lower()
        for call in calls
    )


def _for(reader: Reader, node: ast.For | ast.AsyncFor, scope: Scope) -> bool:
    value = reader.evaluate(node.iter, scope)
    before = dict(scope.names)
    if runs_once(node):
        element = iteration.element_of(reader, value, At(scope, node.iter))
        iteration.bind(reader, node.target, element, scope)
        run(reader, node.body, scope)
    else:
        place = reader.loop_place(At(scope, node))
        searches = ends_when_found(node)
        with iteration.turn(reader, value, At(scope, node.iter), place, "for", searches) as element:
            iteration.bind(reader, node.target, element, scope)
            run(reader, node.body, scope)
    _merge_loop(before, scope)
    return run(reader, node.orelse, scope)


def _merge_loop(before: dict[str, Value], scope: Scope) -> None:
    """A loop may have had no turn: names hold what they did before, or what it left."""
    scope.merge([before, dict(scope.names)])


def _while(reader: Reader, node: ast.While, scope: Scope) -> bool:
    before = dict(scope.names)
    loop = Loop(reader.loop_place(At(scope, node)), "while", ends_when_found(node))
    with reader.turning(loop):
        tested(reader, node.test, scope)
        run(reader, node.body, scope)
    is_endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
    if not is_endless:
        _merge_loop(before, scope)
    return run(reader, node.orelse, scope)


def _with(reader: Reader, node: ast.With | ast.AsyncWith, scope: Scope) -> bool:
    for item in node.items:
        value = reader.evaluate(item.context_expr, scope)
        if item.optional_vars is not None:
            entered = either(map(_entered, choices(value)))
            iteration.bind(reader, item.optional_vars, entered, scope)
    return run(reader, node.body, scope)


def _entered(value: Value) -> Value:
    """What `as` holds: of a generator that is a context manager, what it yields."""
    if isinstance(value, Collection) and value.known is None:
        return value.any_element()
    return value


def _try(reader: Reader, node: ast.Try, scope: Scope) -> bool:
    before = dict(scope.names)
    ends = run(reader, node.body, scope) or run(reader, node.orelse, scope)
    left = [] if ends else [dict(scope.names)]
    after = dict(scope.names)
    for handler in node.handlers:
        scope.names = {}
        scope.merge([before, after])
        if handler.name:
            scope.names[handler.name] = Value()
        sent = len(reader.sent)
        if not run(reader, handler.body, scope):
            left.append(scope.names)
        if _names(handler.type) & _RARE or _is_trouble(handler.body):
            del reader.sent[sent:]
    scope.names = {}
    scope.merge(left or [before, after])
    if run(reader, node.finalbody, scope):
        return True
    return not left


def _names(node: ast.expr | None) -> set[str]:
    """The last names of the exceptions that a handler catches."""
    if node is None:
        return set()
    found = node.elts if isinstance(node, ast.Tuple) else [node]
    return {dotted(item).rpartition(".")[2] for item in found}


def _match(reader: Reader, node: ast.Match, scope: Scope) -> bool:
    subject = reader.evaluate(node.subject, scope)
    for case in node.cases:
        for item in ast.walk(case.pattern):
            name = getattr(item, "name", None)
            if isinstance(name, str):
                scope.names[name] = Value(subject.turns)
    return _branches(reader, [*(case.body for case in node.cases), []], scope)


def _function(reader: Reader, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> bool:
    name = f"{scope.function}.<locals>.{node.name}"
    value = FunctionValue(module=scope.module, node=node, name=name, around=scope)
    value.owner, inner_bound = scope.owner, scope.bound
    del inner_bound
    scope.names[node.name] = value
    return False


def _class(reader: Reader, node: ast.ClassDef, scope: Scope) -> bool:
    scope.names[node.name] = ClassValue(defined=Defined(scope.module, node))
    return False


def _assert(reader: Reader, node: ast.Assert, scope: Scope) -> bool:
    tested(reader, node.test, scope)
    return False


def _delete(reader: Reader, node: ast.Delete, scope: Scope) -> bool:
    for target in node.targets:
        if isinstance(target, ast.Name):
            scope.names.pop(target.id, None)
    return False


def _import(reader: Reader, node: ast.Import | ast.ImportFrom, scope: Scope) -> bool:
    """Names that a function imports itself, as those of a module are read."""
    from querylens.lint.modules import Module

    inner = Module(scope.module.name, scope.module.path, scope.module.file, scope.module.tree)
    inner.is_package = scope.module.is_package
    inner._bind(node)
    for name in inner.bindings:
        scope.names[name] = reader.value_of(reader.world.project.meaning(inner, name))
    return False


_RUNNERS: dict[type[ast.stmt], Callable[..., bool]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Continue: _leave,
    ast.Break: _leave,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Match: _match,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Assert: _assert,
    ast.Delete: _delete,
    ast.Import: _import,
    ast.ImportFrom: _import,
}
