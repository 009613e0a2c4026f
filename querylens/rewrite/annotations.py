"""A number of a related set, written as an annotation of the rows that the set belongs to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from querylens.model import QueryGroup
from querylens.rewrite.attributes import plural, singular
from querylens.rewrite.facts import detail, model_of
from querylens.rewrite.managers import Read, call_text, method_of, one_line
from querylens.rewrite.readings import can_move
from querylens.source import name_of

#: The aggregates that `Sum("pages")` and its like are, and how their default names end.
_FUNCTIONS = frozenset({"Avg", "Count", "Max", "Min", "StdDev", "Sum", "Variance"})


@dataclass(frozen=True)
class Annotation:
    """`book_count=Count("books")`, and what the code reads in place of the access."""

    #: The arguments of `annotate`: for each attribute the names it may have, and its value.
    values: tuple[tuple[tuple[str, ...], str], ...]
    #: What the code must know of `django.db.models`, and whether it must know the model.
    names: tuple[str, ...]
    needs_model: bool = False
    #: Names that the result gives the values, where it is the dict of an `aggregate()`.
    keys: tuple[str, ...] = ()
    arguments: tuple[ast.AST, ...] = ()

    @property
    def joins(self) -> bool:
        """Whether the rows are joined with the set, and so grouped."""
        return not self.needs_model


def annotation_of(group: QueryGroup, read: Read, distinct: bool) -> Annotation | None:
    """The annotation for an access; None when the source does not make it certain.

    `distinct` tells that the rows may be joined with another set as well.
    """
    last = read.calls[-1]
    shaping = tuple(call for call in read.calls[:-1] if method_of(call) != "all")
    if not all(can_move(group, call) for call in shaping):
        return None
    if method_of(last) == "exists":
        return _exists(group, read, shaping)
    if method_of(last) == "contains":
        return _contains(group, read, shaping, last)
    if not detail(group, "lookup"):
        return None
    if method_of(last) == "count":
        return _count(group, read, shaping, distinct)
    return None if distinct else _aggregate(group, read, shaping, last)


def _count(
    group: QueryGroup, read: Read, shaping: tuple[ast.Call, ...], distinct: bool
) -> Annotation | None:
    condition = _condition(group, read, shaping)
    if condition is None:
        return None
    one, many = singular(group), plural(group)
    names = (f"{one}_count", f"{many}_count", f"number_of_{many}")
    word = ", distinct=True" if distinct else ""
    value = f'Count("{detail(group, "lookup")}"{condition}{word})'
    used = ("Count", "Q") if condition else ("Count",)
    return Annotation(((names, value),), used, arguments=tuple(_handed(shaping)))


def _exists(group: QueryGroup, read: Read, shaping: tuple[ast.Call, ...]) -> Annotation | None:
    condition = _leads_back(group)
    if not condition:
        return None
    rows = f"{_rows(group)}.filter({condition}){_texts(read, shaping)}"
    return _asked((f"has_{plural(group)}", f"any_{plural(group)}"), rows, tuple(_handed(shaping)))


def _contains(
    group: QueryGroup, read: Read, shaping: tuple[ast.Call, ...], last: ast.Call
) -> Annotation | None:
    condition = _leads_back(group)
    if not condition or len(last.args) != 1 or not isinstance(last.args[0], ast.Name):
        return None
    row = one_line(read.module, last.args[0])
    rows = f"{_rows(group)}.filter({condition}, pk={row}.pk){_texts(read, shaping)}"
    one = singular(group)
    return _asked((f"has_{one}", f"has_that_{one}"), rows, (*_handed(shaping), last.args[0]))


def _leads_back(group: QueryGroup) -> str:
    """The condition of related rows that leads back to the row which they belong to."""
    back, matches = detail(group, "back"), detail(group, "matches")
    if back and matches:
        return f'{back}=OuterRef("{matches}")'
    kind, _, label = detail(group, "type").partition(" = ")
    app, _, model = label.partition(".")
    key = detail(group, "key")
    if not (model and key):
        return ""
    of_type = f'{kind}__app_label="{app}", {kind}__model="{model}"'
    return f'{of_type}, {key}=OuterRef("pk")'


def _asked(names: tuple[str, ...], rows: str, arguments: tuple[ast.AST, ...]) -> Annotation:
    value = f"Exists({rows})"
    return Annotation(((names, value),), ("Exists", "OuterRef"), True, arguments=arguments)


def _aggregate(
    group: QueryGroup, read: Read, shaping: tuple[ast.Call, ...], last: ast.Call
) -> Annotation | None:
    condition = _condition(group, read, shaping)
    named = [(item.arg or "", item.value) for item in last.keywords]
    # The dict has them in this order, too.
    asked = [*named, *(("", item) for item in last.args)]
    if condition is None or not asked:
        return None
    values, keys = [], []
    for key, value in asked:
        written = _function(group, read, value, condition)
        if written is None:
            return None
        default, code = written
        keys.append(key or default)
        values.append(((f"{plural(group)}_{key or default}",), code))
    names = ("Q",) if condition else ()
    arguments = (*_handed(shaping), *_handed((last,)))
    return Annotation(tuple(values), names, keys=tuple(keys), arguments=arguments)


def _function(
    group: QueryGroup, read: Read, value: ast.expr, condition: str
) -> tuple[str, str] | None:
    """The default name and the code of `Sum("pages")`, said from the rows of the set's owner."""
    if not isinstance(value, ast.Call) or name_of(value.func) not in _FUNCTIONS:
        return None
    if len(value.args) != 1 or any(item.arg in (None, "filter") for item in value.keywords):
        return None
    field = value.args[0]
    if not (isinstance(field, ast.Constant) and isinstance(field.value, str)):
        return None
    if not field.value.isidentifier():
        return None
    function = one_line(read.module, value.func)
    words = "".join(f", {one_line(read.module, item)}" for item in value.keywords)
    path = f"{detail(group, 'lookup')}__{field.value}"
    default = f"{field.value}__{name_of(value.func).lower()}"
    return default, f'{function}("{path}"{words}{condition})'


def _condition(group: QueryGroup, read: Read, shaping: tuple[ast.Call, ...]) -> str | None:
    """`, filter=Q(books__pages__gte=100)` of `.filter(pages__gte=100)`; None where that fails."""
    if not shaping:
        return ""
    filters = shaping[0]
    if len(shaping) > 1 or method_of(filters) != "filter" or filters.args or not filters.keywords:
        return None
    lookup = detail(group, "lookup")
    words = [f"{lookup}__{w.arg}={one_line(read.module, w.value)}" for w in filters.keywords]
    return f", filter=Q({', '.join(words)})"


def _rows(group: QueryGroup) -> str:
    return f"{model_of(group)}.{detail(group, 'manager') or 'objects'}"


def _texts(read: Read, calls: tuple[ast.Call, ...]) -> str:
    return "".join(call_text(read.module, call) for call in calls)


def _handed(calls: tuple[ast.Call, ...]) -> Iterator[ast.AST]:
    for call in calls:
        yield from call.args
        yield from (word.value for word in call.keywords)
