"""Binds a template's variables to values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from querylens.lint.templates.evaluating import Evaluator
from querylens.lint.templates.expressions import Items, Target
from querylens.lint.templates.frames import Own, Scope
from querylens.lint.templates.nodes import Assign
from querylens.lint.templates.reader import Reader

_MISSING = object()


def bound_names(
    on: Evaluator, targets: Sequence[Target], values: Sequence[object]
) -> dict[str, object]:
    """Each target's name with its value; unknown where there are too few values."""
    found: dict[str, object] = {}
    for position, target in enumerate(targets):
        value = values[position] if position < len(values) else on.reader.unknown()
        if isinstance(target, str):
            found[target] = value
        else:
            found.update(bound_names(on, target, _unpacked(on, value, len(target))))
    return found


def _unpacked(on: Evaluator, value: object, count: int) -> list[object]:
    value, literal = on.plain(value), on.reader.literal
    return [on.reader.item(value, literal(position), on.at) for position in range(count)]


def assign(on: Evaluator, node: Assign) -> None:
    """Binds what `set` names."""
    scope, count = on.frame.scope, len(node.targets)
    if node.attribute:
        space = scope.get(str(node.targets[0]))
        value = on.value(node.value)
        if isinstance(space, Own):
            known = space.names.get(node.attribute, _MISSING)
            is_new = known is _MISSING or known is value
            space.names[node.attribute] = (
                value if is_new else on.reader.either(on.plain(known), on.plain(value))
            )
    elif count == 1:
        scope.update(bound_names(on, node.targets, [on.value(node.value)]))
    elif isinstance(node.value, Items) and len(node.value.items) == count:
        values = [on.value(item) for item in node.value.items]
        scope.update(bound_names(on, node.targets, values))
    else:
        values = _unpacked(on, on.value(node.value), count)
        scope.update(bound_names(on, node.targets, values))


def bound_in_branches(
    reader: Reader, before: Scope, branches: Sequence[Scope]
) -> Mapping[str, object]:
    """What names stand for behind branches of which one was taken."""
    names = dict.fromkeys(name for scope in branches for name in scope.maps[0])
    found: dict[str, object] = {}
    for name in names:
        values = {id(scope[name]): scope[name] for scope in branches if name in scope}
        own = [value for value in values.values() if isinstance(value, Own)]
        if len(values) == 1 or own:
            found[name] = own[0] if own else next(iter(values.values()))
        else:
            found[name] = reader.either(*values.values())
    return {name: value for name, value in found.items() if before.get(name, _MISSING) is not value}
