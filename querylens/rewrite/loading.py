"""Fields that a queryset loads: what `only()` names and `defer()` leaves out."""

from __future__ import annotations

import ast
from dataclasses import replace

from querylens.model import Fix, Place
from querylens.rewrite.facts import known
from querylens.rewrite.managers import one_line
from querylens.rewrite.nodes import place_of
from querylens.rewrite.origins import Origin
from querylens.rewrite.statements import source_of
from querylens.source import Module

_OF_RAW = "Add the column to the SELECT of the raw query."
_UNSEEN = "The call that leaves it out was not found: name it in `only()`, or not in `defer()`."


def field_loaded(origin: Origin) -> Fix:
    """The field is loaded with its row: `only()` names it, or `defer()` does not."""
    assert origin.group.cause is not None
    path = origin.group.cause.path
    if known(origin.group, "rows from raw"):
        return Fix("load_field", f'"{path}"', caveats=(_OF_RAW,))
    calls = _calls(origin)
    fix = None
    is_own = not known(origin.group, "path crosses many")
    if is_own and len(calls) == 1 and origin.place is not None and origin.node is not None:
        fix = _rewritten(origin.node[0], calls[0], path, origin.place)
    return fix or Fix("load_field", f'.only(…, "{path}")', caveats=(_UNSEEN,))


def _calls(origin: Origin) -> list[ast.Call]:
    """Every `only()` and `defer()` of the queryset in the function that builds it."""
    flow = origin.flow
    if flow is None:
        return []
    inside: list[ast.AST] = []
    node: ast.AST = flow.origin
    while isinstance(node, (ast.Call, ast.Attribute)):
        inside.append(node)
        node = node.func if isinstance(node, ast.Call) else node.value
    return [
        item
        for item in ast.walk(flow.function)
        if isinstance(item, ast.Call)
        and isinstance(item.func, ast.Attribute)
        and item.func.attr in ("only", "defer")
        and (item in inside or flow.carries(item.func.value))
    ]


def _rewritten(module: Module, call: ast.Call, path: str, place: Place) -> Fix | None:
    names = [item.value for item in call.args if isinstance(item, ast.Constant)]
    if len(names) != len(call.args) or call.keywords or not names:
        return None
    assert isinstance(call.func, ast.Attribute)
    texts = [one_line(module, item) for item in call.args]
    if call.func.attr == "only":
        return _called(call, "only", [*texts, f'"{path}"'], place)
    rest = [text for text, name in zip(texts, names, strict=True) if name != path]
    if len(rest) == len(texts):
        return None
    return _called(call, "defer", rest, place) if rest else _without(module, call, place)


def _called(call: ast.Call, name: str, arguments: list[str], place: Place) -> Fix:
    """Another call of a method in this one's place, from the method's name on."""
    whole, method = place_of(call, place), place_of(call.func, place)
    assert isinstance(call.func, ast.Attribute)
    assert whole is not None
    assert method is not None
    assert method.end_column is not None
    start = method.end_column - len(call.func.attr)
    at = replace(whole, line=method.end_line, column=start)
    return Fix("load_field", f"{name}({', '.join(arguments)})", at)


def _without(module: Module, call: ast.Call, place: Place) -> Fix:
    """The queryset without the call; a manager alone is no queryset, and needs `all()`."""
    assert isinstance(call.func, ast.Attribute)
    if not isinstance(call.func.value, ast.Call):
        return _called(call, "all", [], place)
    return Fix("load_field", source_of(module, call.func.value), place_of(call, place))
