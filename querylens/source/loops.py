"""Where code repeats: the loops around a position, and the calls that only pass on."""

from __future__ import annotations

import ast

from querylens.source.syntax import (
    COMPREHENSIONS,
    Module,
    Span,
    name_of,
    parse,
    span_of,
)

_CALLERS = frozenset(
    {"map", "sorted", "sort", "min", "max", "reduce", "groupby", "starmap", "accumulate"}
    | {"filter", "filterfalse", "takewhile", "dropwhile"}
)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.Module)


def enclosing_loop(file: str, span: Span) -> Span | None:
    """The nearest loop, within one function, that runs the code at a position many times.

    For `for` and `while` the span is that of the whole statement, for a comprehension that of
    the comprehension. What a loop walks over is evaluated once, and is not inside it.
    """
    module = parse(file)
    node = module.find(span) if module else None
    while module and node is not None and not isinstance(node, _SCOPES):
        parent = module.parents.get(node)
        if parent is None:
            return None
        if _runs_often(node, parent, module):
            return span_of(_whole_loop(parent, module))
        node = parent
    return None


def _runs_often(node: ast.AST, parent: ast.AST, module: Module) -> bool:
    if isinstance(parent, (ast.For, ast.AsyncFor)):
        return node is not parent.iter and node not in parent.orelse
    if isinstance(parent, ast.While):
        return node not in parent.orelse
    if isinstance(parent, ast.comprehension):
        comprehension = module.parents[parent]
        assert isinstance(comprehension, COMPREHENSIONS)
        return node is not parent.iter or parent is not comprehension.generators[0]
    return isinstance(parent, COMPREHENSIONS) and not isinstance(node, ast.comprehension)


def _whole_loop(node: ast.AST, module: Module) -> ast.AST:
    return module.parents[node] if isinstance(node, ast.comprehension) else node


def walked_over(file: str, loop: Span) -> Span | None:
    """The expression that a `for` or a comprehension walks over; of a call such as `map`, itself.

    Such a call begins to walk at once, so that rows are fetched where it stands.
    """
    module = parse(file)
    node = module.by_span.get(loop) if module else None
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return span_of(node.iter)
    if isinstance(node, COMPREHENSIONS):
        return span_of(node.generators[0].iter)
    return span_of(node) if isinstance(node, ast.Call) else None


def loop_over(file: str, span: Span) -> Span | None:
    """The loop whose next turn is being asked for, by a frame that stands at such a step."""
    module = parse(file)
    node = module.by_span.get(span) if module else None
    if isinstance(node, (ast.For, *COMPREHENSIONS)):
        return span
    parent = module.parents.get(node) if module and node else None
    if isinstance(parent, (ast.For, ast.comprehension)) and parent.iter is node:
        return span_of(_whole_loop(parent, module)) if module else None
    return None


def asked_at(file: str, span: Span, walk: int, waits: bool) -> Span:
    """What the walk with this number, of those that wait or don't, goes over.

    Told for the position of a whole loop: Python gives that for a `for` when it begins (3.11), for
    all walks of a comprehension (3.11 and 3.12), and when an `async for` awaits its next row.
    """
    module = parse(file)
    node = module.by_span.get(span) if module else None
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return span_of(node.iter) or span
    if isinstance(node, COMPREHENSIONS):
        walked = [item.iter for item in node.generators if bool(item.is_async) == waits]
        if walk < len(walked):
            return span_of(walked[walk]) or span
    return span


def callback_call(file: str, span: Span) -> Span | None:
    """The call in a position's statement that may run a function many times, as `map` does."""
    module = parse(file)
    node = module.find(span) if module else None
    while module and node is not None and not isinstance(node, ast.stmt):
        node = module.parents.get(node)
    for call in ast.walk(node) if node is not None else ():
        if not isinstance(call, ast.Call):
            continue
        # `filter` of a queryset is another one.
        known = _CALLERS if isinstance(call.func, ast.Name) else _CALLERS - {"filter"}
        if name_of(call.func) in known:
            return span_of(call)
    return None


def passes_request_on(file: str, span: Span, outer_names: tuple[str, ...]) -> bool:
    """Whether the call at a position is a middleware's or a decorator's, not the code's own.

    That is `get_response(request)` under any name that ends so, and a call of a function from an
    enclosing scope with everything that came in: `view(request, *args, **kwargs)`.
    """
    module = parse(file)
    node = module.by_span.get(span) if module else None
    if not isinstance(node, ast.Call):
        return False
    name = name_of(node.func)
    if name.endswith("get_response"):
        return True
    handed_on = any(isinstance(item, ast.Starred) for item in node.args)
    is_super = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call)
    if is_super and name_of(node.func.value.func) == "super":  # type: ignore[attr-defined]
        return handed_on
    return handed_on and isinstance(node.func, ast.Name) and name in outer_names
