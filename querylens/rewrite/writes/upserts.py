"""`get_or_create` and `update_or_create` in a loop: one INSERT that minds what is there."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from querylens.model import Cause, Fix, QueryGroup
from querylens.rewrite.loops import Turn, turn_of
from querylens.rewrite.writes.lifting import between, start_of, without_call
from querylens.rewrite.writes.models import (
    class_name,
    constructor_of,
    detail,
    details,
    has,
    manager_in_reach,
    row_with,
)
from querylens.rewrite.writes.names import free_in, in_reach, plural, snake
from querylens.rewrite.writes.variables import is_fixed

_SKIPPED = (
    "custom save",
    "custom create",
    "pre_save",
    "post_save",
    "multi-table",
    "custom queryset",
)
#: Databases that leave out what is there and nothing else: MySQL's INSERT IGNORE hides errors.
_IGNORES_CONFLICTS = {"postgresql", "sqlite"}
_KEYS = "New rows may get other keys: a row that is there already can use one up."
_PLAIN = (ast.Name, ast.Attribute, ast.Constant, ast.JoinedStr, ast.FormattedValue, ast.Subscript)


@dataclass(frozen=True)
class _Upsert:
    """What a call looks its row up by, and what it writes besides."""

    model: str
    manager: str
    lookup: dict[str, str]
    values: dict[str, str]

    @property
    def code(self) -> str:
        """The object, not saved."""
        written = (self.lookup | self.values).items()
        return f"{self.model}({', '.join(f'{name}={value}' for name, value in written)})"

    @property
    def key(self) -> str:
        """What tells one row from another."""
        parts = list(self.lookup.values())
        return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


def upsert_together(group: QueryGroup) -> Fix | None:
    """The loop with one `bulk_create` behind it; None when that isn't certain to do the same.

    It is only where the database itself keeps what the call looks up by unique, and nothing else.
    """
    cause, turn = group.cause, turn_of(group)
    vendor = group.queries[0].vendor
    if cause is None or turn is None or has(cause, *_SKIPPED) or vendor not in _IGNORES_CONFLICTS:
        return None
    upsert = _take_apart(turn, group, cause)
    if upsert is None or not _is_unique(cause, set(upsert.lookup)):
        return None
    rows = free_in(turn.scope, f"{plural(snake(class_name(cause.model)))}_to_create")
    whole = between(start_of(turn), turn.statement, to_end=True)
    if cause.access == "get_or_create" or not upsert.values:
        bulk = f"{turn.awaits}{upsert.manager}.{turn.a}bulk_create({rows}, ignore_conflicts=True)"
        parts = [(whole, f"{rows}.append({upsert.code})")]
        written = without_call(turn, [f"{rows} = []"], parts, [bulk])
    elif _may_insert(cause, upsert):
        bulk = _writes_over(turn, cause, upsert, rows)
        parts = [(whole, f"{rows}[{upsert.key}] = {upsert.code}")]
        written = without_call(turn, [f"{rows} = {{}}"], parts, [bulk])
    else:
        return None
    return Fix("bulk_create", *written, caveats=(_KEYS,)) if written else None


def _writes_over(turn: Turn, cause: Cause, upsert: _Upsert, rows: str) -> str:
    # What `save` sets itself, an INSERT has too.
    changed = [*upsert.values, *details(cause, "auto_now"), *details(cause, "auto_now of a day")]
    names = ", ".join(f'"{name}"' for name in changed)
    unique = ", ".join(f'"{name}"' for name in upsert.lookup)
    return (
        f"{turn.awaits}{upsert.manager}.{turn.a}bulk_create(\n"
        f"    {rows}.values(),\n    update_conflicts=True,\n"
        f"    unique_fields=[{unique}],\n    update_fields=[{names}],\n)"
    )


def _take_apart(turn: Turn, group: QueryGroup, cause: Cause) -> _Upsert | None:
    options = {item.arg: item.value for item in turn.call.keywords}
    defaults = options.pop("defaults", None)
    values = _literal(turn, defaults) if defaults is not None else {}
    is_odd = None in options or "create_defaults" in options or turn.call.args
    if is_odd or values is None or any("__" in str(name) for name in options):
        return None
    is_key_asked_twice = cause.access == "update_or_create" and bool(values)
    if is_key_asked_twice and not all(map(_is_plain, options.values())):
        return None
    lookup = {str(name): turn.text(value) for name, value in options.items()}
    owner = _owner(turn, group, cause)
    if owner is None or set(lookup) & set(values):
        return None
    model, manager, own = owner
    return _Upsert(model, manager, own | lookup, values)


def _is_plain(node: ast.expr) -> bool:
    """Whether an expression can be written twice: it calls nothing."""
    return all(isinstance(item, (*_PLAIN, ast.expr_context)) for item in ast.walk(node))


def _literal(turn: Turn, node: ast.expr) -> dict[str, str] | None:
    """`{"title": title}` as names and code; None for any other way to give it."""
    if not isinstance(node, ast.Dict):
        return None
    found = {}
    for key, value in zip(node.keys, node.values, strict=True):
        is_name = isinstance(key, ast.Constant) and isinstance(key.value, str)
        if not is_name or any(
            isinstance(item, (ast.Lambda, ast.Await)) for item in ast.walk(value)
        ):
            return None
        found[key.value] = turn.text(value)  # type: ignore[union-attr]
    return found


def _owner(turn: Turn, group: QueryGroup, cause: Cause) -> tuple[str, str, dict[str, str]] | None:
    """The class and the manager to write with, and the row that a related manager adds."""
    if not cause.relation:
        model = constructor_of(turn.receiver, cause, turn.module)
        is_known = model and is_fixed(turn, turn.receiver, calls=True)
        return (model, turn.text(turn.receiver), {}) if is_known else None
    row, key = row_with(turn.receiver, cause), detail(cause, "foreign key")
    model = in_reach(turn.module, turn.statement, cause.model)
    if row is None or not (key and model) or has(cause, "generic", "through"):
        return None
    if group.is_elsewhere:
        return None
    manager = manager_in_reach(turn.module, turn.statement, cause)
    return model, manager, {key: turn.text(row)}


def _is_unique(cause: Cause, names: set[str]) -> bool:
    """Whether the database keeps these fields unique together, and no others but the key."""
    kept = [set(item.split(", ")) for item in details(cause, "unique")]
    key = detail(cause, "primary key")
    wanted = {key if name == "pk" else name for name in names}
    others = [item for item in kept if item not in (wanted, {key})]
    return wanted in kept and not others


def _may_insert(cause: Cause, upsert: _Upsert) -> bool:
    """Whether a whole row can be written where perhaps only some of its fields change."""
    written = {*upsert.lookup, *upsert.values}
    return set(details(cause, "required")) <= written
