"""Reading a relation's key from the row that has it."""

from __future__ import annotations

import ast

from querylens.model import Cause, Edit, Query, QueryGroup
from querylens.rewrite.nodes import node_at, place_of


def read_key_itself(group: QueryGroup) -> Edit | None:
    """`book.author_id` for `book.author.id`: the row has the key without the related row."""
    found = node_at(group.call_site) if group.call_site else None
    if found is None or group.call_site is None or group.cause is None:
        return None
    module, node = found
    outer = module.parents.get(node)
    if not (isinstance(node, ast.Attribute) and isinstance(outer, ast.Attribute)):
        return None
    key = f"key: {outer.attr} = "
    columns = [item.removeprefix(key) for item in group.cause.facts if item.startswith(key)]
    where = place_of(outer, group.call_site)
    if not columns or where is None:
        return None
    return Edit(f"{ast.unparse(node.value)}.{columns[0]}", where)


def attribute_instead_of_lookup(lookup: Query, relation: Cause) -> Edit | None:
    """`user.profile` for `Profile.objects.get(user=user)`, `book.author` for the way forward."""
    found = node_at(lookup.call_site) if lookup.call_site else None
    if found is None or lookup.call_site is None:
        return None
    call = found[1]
    if not (isinstance(call, ast.Call) and not call.args and len(call.keywords) == 1):
        return None
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == "get"):
        return None
    keyword = call.keywords[0]
    name = relation.relation.rpartition(".")[2]
    if relation.kind == "reverse":
        owner = keyword.value if lookup.cause and keyword.arg in lookup.cause.fields else None
    else:
        owner = _owner_of_key(keyword.value, name)
    where = place_of(call, lookup.call_site)
    if not isinstance(owner, (ast.Name, ast.Attribute)) or where is None:
        return None
    return Edit(f"{ast.unparse(owner)}.{name}", where)


def _owner_of_key(value: ast.expr, name: str) -> ast.expr | None:
    """`book` of `book.author_id`."""
    if isinstance(value, ast.Attribute) and value.attr == f"{name}_id":
        return value.value
    return None
