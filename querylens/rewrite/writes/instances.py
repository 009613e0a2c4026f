"""Whether an expression is a row, or rows, of a model: and not their keys."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from querylens.model import Place
from querylens.rewrite.loops import Turn
from querylens.rewrite.writes.names import scope_of
from querylens.rewrite.writes.variables import is_fresh, reads_of
from querylens.source import Module, name_of

_ONE = {"create", "get", "first", "last", "earliest", "latest"}
_ONE |= {f"a{name}" for name in _ONE}
_ALL = {"all", "filter", "exclude", "order_by", "reverse", "using", "distinct", "annotate"}
_ALL |= {"select_related", "prefetch_related", "select_for_update", "only", "defer", "iterator"}
_BULK = {"bulk_create", "abulk_create"}
_TAKES = {"pop", "popleft"}
_WALKS = {"list", "tuple", "reversed", "enumerate", "iter", "len"}
_KEEPS = {"list", "tuple", "set", "sorted", "reversed", "iter"}


def is_row(module: Module, node: ast.expr, seen: frozenset[str] = frozenset()) -> bool:
    """Whether an expression is one row: fetched, made, or one of rows that were walked over."""
    node = node.value if isinstance(node, ast.Await) else node
    if isinstance(node, ast.Name):
        values = list(_values(module, node)) if node.id not in seen else []
        return bool(values) and all(
            are_rows(module, value, seen | {node.id})
            if is_walked
            else is_row(module, value, seen | {node.id})
            for value, is_walked in values
        )
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute) and node.func.attr in _ONE:
        return _is_manager(node.func.value) or are_rows(module, node.func.value, seen)
    # A class that is called makes an object; of the common ones only a UUID can be a key.
    name = name_of(node.func)
    return name[:1].isupper() and name != "UUID" and bool(node.keywords)


def are_rows(module: Module, node: ast.expr, seen: frozenset[str] = frozenset()) -> bool:
    """Whether an expression is a queryset or a list of rows."""
    node = node.value if isinstance(node, ast.Await) else node
    if isinstance(node, ast.Name):
        values = list(_values(module, node)) if node.id not in seen else []
        return bool(values) and all(
            not is_walked and are_rows(module, value, seen | {node.id})
            for value, is_walked in values
        )
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return bool(node.elts) and all(is_row(module, item, seen) for item in node.elts)
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
        return is_row(module, node.elt, seen)
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Slice) and are_rows(module, node.value, seen)
    return isinstance(node, ast.Call) and _call_gives_rows(module, node, seen)


def is_unchanged(turn: Turn, name: str, loaded_at: tuple[Place | None, ...]) -> bool:
    """Whether a row is as it was loaded when the innermost loop gets to it.

    It is when the loop itself loads its rows, or takes them from a list that nobody else reads.
    """
    value, loop = is_fresh(turn, name), turn.loops[0]
    if not isinstance(loop, ast.While) and value is loop.iter:
        header = range(loop.lineno, max(loop.body[0].lineno, loop.lineno + 1))
        if loaded_at and all(
            place is not None and place.path == turn.place.path and place.line in header
            for place in loaded_at
        ):
            return True
    container = _container(value)
    # Objects that the project made hold more than what the loop assigns.
    are_loaded = bool(loaded_at) and None not in loaded_at
    return are_loaded and container is not None and _is_only_walked(turn, container)


def _container(value: ast.expr | None) -> ast.Name | None:
    """`books` of `books`, `list(books)` and `books.pop()`."""
    if isinstance(value, ast.Call):
        if isinstance(value.func, ast.Attribute) and value.func.attr in _TAKES:
            value = value.func.value
        elif name_of(value.func) in _WALKS and value.args:
            value = value.args[0]
    return value if isinstance(value, ast.Name) else None


def _is_only_walked(turn: Turn, container: ast.Name) -> bool:
    """Whether a list of rows is filled by one query, and read by nothing but this loop."""
    if not are_rows(turn.module, container) or len(list(_values(turn.module, container))) != 1:
        return False
    own = set(ast.walk(turn.loops[0]))
    for item in reads_of(turn, container.id):
        parent = turn.module.parents[item]
        takes = isinstance(parent, ast.Attribute) and parent.attr in _TAKES
        walks = isinstance(parent, ast.Call) and name_of(parent.func) in _WALKS
        heads = isinstance(parent, (ast.For, ast.AsyncFor, ast.While))
        if item not in own or not (takes or walks or heads):
            return False
    return True


def _call_gives_rows(module: Module, node: ast.Call, seen: frozenset[str]) -> bool:
    if isinstance(node.func, ast.Name):
        return node.func.id in _KEEPS and bool(node.args) and are_rows(module, node.args[0], seen)
    if not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr in _BULK:
        return True
    if node.func.attr not in _ALL:
        return False
    return _is_manager(node.func.value) or are_rows(module, node.func.value, seen)


def _is_manager(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "objects"


def _values(module: Module, name: ast.Name) -> Iterator[tuple[ast.expr, bool]]:
    """What a name is given in its function, and whether it is each item of that."""
    child: ast.AST = name
    scope = scope_of(module, name)
    while child is not scope:
        child = module.parents[child]
        for part in getattr(child, "generators", []):
            if isinstance(part.target, ast.Name) and part.target.id == name.id:
                yield part.iter, True
                return
    for item in ast.walk(scope):
        if isinstance(item, ast.Assign) and _names(item.targets, name.id):
            yield item.value, False
        elif isinstance(item, (ast.For, ast.AsyncFor)) and _names([item.target], name.id):
            yield item.iter, True
        elif isinstance(item, ast.arg) and item.arg == name.id:
            # Whoever calls the function decides.
            yield ast.Constant(None), False


def _names(targets: list[ast.expr], name: str) -> bool:
    return any(
        isinstance(item, ast.Name) and item.id == name
        for target in targets
        for item in ast.walk(target)
    )
