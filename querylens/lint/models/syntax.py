"""Expressions of class bodies as plain data."""

from __future__ import annotations

import ast

from querylens.lint.models.written import Written
from querylens.lint.project import dotted

#: Arguments of fields, constraints and managers that say something of models.
_KEYWORDS = frozenset(
    (
        *("to", "to_field", "related_name", "related_query_name", "through", "through_fields"),
        *("symmetrical", "null", "unique", "primary_key", "default", "db_default"),
        *("auto_now", "auto_now_add", "parent_link", "object_id_field", "content_type_field"),
        *("for_concrete_model", "ct_field", "fk_field", "name", "fields", "condition"),
        *("queryset_class", "choices"),
    )
)
_MOST_TEXT = 200
_MOST_ARGUMENTS = 4
_MOST_ITEMS = 100
_OTHER = Written("other")


def written(node: ast.expr, *, generic: bool = False) -> Written:
    """An expression as data; `generic` reads `Manager[Book]` as `Manager`."""
    if generic and isinstance(node, ast.Subscript):
        return written(node.value)
    name = dotted(node)
    if name:
        return Written("name", name)
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, int, bool, type(None))):
        is_long = isinstance(node.value, str) and len(node.value) > _MOST_TEXT
        return _OTHER if is_long else Written("constant", value=node.value)
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)) and len(node.elts) <= _MOST_ITEMS:
        return Written("items", parts=tuple(written(item) for item in node.elts))
    if isinstance(node, ast.Call):
        return _call(node)
    return _OTHER


def _call(node: ast.Call) -> Written:
    keywords = tuple(
        (keyword.arg or "**", _only_given(keyword))
        for keyword in node.keywords
        if keyword.arg is None or keyword.arg in _KEYWORDS
    )
    parts = (written(node.func), *(written(argument) for argument in node.args[:_MOST_ARGUMENTS]))
    return Written("call", parts=parts, keywords=keywords, line=node.lineno)


def _only_given(keyword: ast.keyword) -> Written:
    """The argument; of long ones that only count as given, no more than that."""
    is_short = keyword.arg not in ("choices", "default", "condition")
    return written(keyword.value) if is_short or _is_constant(keyword.value) else _OTHER


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)
