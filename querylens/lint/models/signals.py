"""Functions that a file connects to the signals of models."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from querylens.lint.models.syntax import written
from querylens.lint.models.written import Imported, ReceiverFacts, Written
from querylens.lint.modules import Function, Module, absolute_name, top_level
from querylens.lint.project import dotted

SIGNALS = frozenset(
    {"pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed", "pre_init", "post_init"}
)
#: Functions that may connect receivers, by a part of their names.
_CONNECTING = ("ready", "signal", "connect", "register")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def receivers_of(module: Module) -> Iterator[ReceiverFacts]:
    """Receivers by decorator and by `connect`, at the top level and in an app's `ready`."""
    for statement in top_level(module.tree.body):
        if isinstance(statement, _FUNCTIONS):
            yield from _decorated(statement)
            yield from _of_function(module, statement)
        elif isinstance(statement, ast.ClassDef):
            for member in statement.body:
                if isinstance(member, _FUNCTIONS):
                    yield from _of_function(module, member)
        elif isinstance(statement, ast.Expr):
            yield from _connected(statement, {})
        elif isinstance(statement, ast.For):
            yield from _looped(statement, {})


def _decorated(function: Function) -> Iterator[ReceiverFacts]:
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call) or not decorator.args:
            continue
        if dotted(decorator.func).rpartition(".")[2] == "receiver":
            signals = _signals(decorator.args[0])
            if signals:
                yield ReceiverFacts(signals, function.name, _sender(decorator, 1))


def _of_function(module: Module, function: Function) -> Iterator[ReceiverFacts]:
    if not any(word in function.name for word in _CONNECTING):
        return
    imports = dict(_local_imports(module, function))
    for statement in top_level(function.body):
        if isinstance(statement, ast.Expr):
            yield from _connected(statement, imports)
        elif isinstance(statement, ast.For):
            yield from _looped(statement, imports)


def _connected(statement: ast.Expr, imports: dict[str, Imported]) -> Iterator[ReceiverFacts]:
    call = statement.value
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
        return
    signals = _signals(call.func.value)
    if call.func.attr != "connect" or not signals:
        return
    handler = call.args[0] if call.args else _keyword(call, "receiver")
    function = dotted(handler) if handler is not None else ""
    if function:
        yield ReceiverFacts(signals, function, _sender(call, 1), imports)


def _looped(loop: ast.For, imports: dict[str, Imported]) -> Iterator[ReceiverFacts]:
    """`for model in (Book, Tag): post_save.connect(count, sender=model)`."""
    senders = written(loop.iter).parts if isinstance(loop.iter, (ast.List, ast.Tuple)) else ()
    name = dotted(loop.target)
    for statement in loop.body:
        if isinstance(statement, ast.Expr):
            for found in _connected(statement, imports):
                if found.sender is not None and found.sender.text == name:
                    for sender in senders:
                        yield ReceiverFacts(found.signals, found.function, sender, imports)
                else:
                    yield found


def _signals(node: ast.expr) -> tuple[str, ...]:
    nodes = node.elts if isinstance(node, (ast.List, ast.Tuple)) else [node]
    names = (dotted(item).rpartition(".")[2] for item in nodes)
    return tuple(name for name in names if name in SIGNALS)


def _sender(call: ast.Call, position: int) -> Written | None:
    given = call.args[position] if len(call.args) > position else _keyword(call, "sender")
    value = written(given) if given is not None else None
    return None if value == Written("constant") else value


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _local_imports(module: Module, function: Function) -> Iterator[tuple[str, Imported]]:
    for node in ast.walk(function):
        if isinstance(node, ast.ImportFrom):
            source = absolute_name(module, node)
            for alias in node.names:
                yield alias.asname or alias.name, (source, alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name if alias.asname else alias.name.partition(".")[0]
                yield alias.asname or top, (top, "")
