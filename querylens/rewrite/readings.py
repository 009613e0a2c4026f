"""What a chain of calls on a related set asks for, said of rows that were loaded before."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Callable
from dataclasses import dataclass

from querylens.model import QueryGroup
from querylens.rewrite.attributes import singular
from querylens.rewrite.facts import detail, details, known
from querylens.rewrite.managers import Read, arguments_text, call_text, method_of, one_line
from querylens.rewrite.statements import names_read

_LOADS_MORE = "Every row of the set is loaded, of which one is used."
_OTHER_ERROR = "A row that is missing raises IndexError instead of DoesNotExist."
_IN_MEMORY = "All rows are in memory at once, which `iterator()` avoids."
#: What a prefetch can't take, and what does not give rows of the model.
_NOT_FOR_PREFETCH = frozenset(
    {"using", "select_for_update", "union", "intersection", "difference", "raw", "dates", "none"}
    | {"datetimes", "values", "values_list", "first", "last", "get", "earliest", "latest"}
    | {"in_bulk", "iterator", "count", "exists", "aggregate", "contains", "extra", "fetch_mode"}
)
_ADJECTIVES = {"filter": "matching", "exclude": "matching", "order_by": "sorted"}
_ADJECTIVES |= {"distinct": "distinct", "reverse": "reversed"}
_HAS_NO_NAME = {"select_related", "prefetch_related", "only", "defer", "annotate", "alias"}


@dataclass(frozen=True)
class Reading:
    """The queryset behind a chain of calls, and what the last call makes of its rows.

    `queryset` is what stands behind the model's manager; empty when all rows are asked for.
    `result` is written with `{rows}` for the rows. `is_exact` tells that it is the very same
    value as before, and not a list in place of a queryset.
    """

    queryset: str
    result: str
    adjective: str
    is_exact: bool
    arguments: tuple[ast.AST, ...] = ()
    caveats: tuple[str, ...] = ()

    def of(self, rows: str) -> str:
        """The code that reads it from these rows."""
        return self.result.replace("{rows}", rows)


@dataclass(frozen=True)
class _Chain:
    """The calls before the last one: all that shape which rows there are."""

    group: QueryGroup
    read: Read
    calls: tuple[ast.Call, ...]
    text: str

    @property
    def adjective(self) -> str:
        """`sorted` of `.order_by("title")`, `published` of `.published()`."""
        for call in self.calls:
            name = method_of(call)
            if name not in _HAS_NO_NAME:
                return _ADJECTIVES.get(name, name)
        return "loaded"

    @property
    def limit(self) -> str:
        """`[:1]` where a prefetch can take the first row of each set, else nothing."""
        cause = self.group.cause
        grouped = {method_of(call) for call in self.calls} & {"distinct", "annotate"}
        can_slice = cause is not None and cause.kind in ("reverse", "many_to_many") and not grouped
        return "[:1]" if can_slice else ""

    @property
    def arguments(self) -> tuple[ast.AST, ...]:
        """Everything that is handed to the calls."""
        return _arguments(self.calls)


def reading_of(group: QueryGroup, read: Read) -> Reading | None:
    """What the access asks for; None when that can't be said of rows loaded before."""
    last = read.calls[-1] if read.calls else None
    read_as = _LAST_CALLS.get(method_of(last)) if last is not None else None
    shaping = read.calls[:-1] if read_as else read.calls
    calls = tuple(call for call in shaping if method_of(call) != "all")
    if not all(can_move(group, call) for call in calls):
        return None
    text = "".join(_shaped(group, read, call) for call in calls)
    chain = _Chain(group, read, calls, text)
    if read_as is None or last is None:
        return Reading(text, "{rows}", chain.adjective, False, chain.arguments)
    return read_as(chain, last)


def is_key(value: ast.expr) -> bool:
    """Whether an expression is the key of a row by its name: `book.pk`, `book.author_id`."""
    if not isinstance(value, ast.Attribute):
        return False
    return value.attr in ("pk", "id") or value.attr.endswith("_id")


def picked_by_key(group: QueryGroup, read: Read) -> Reading | None:
    """`author.books.get(pk=other.book_id)`, picked from all rows: keys of rows compare as they are.

    None for other calls: what a database takes for equal, Python may not.
    """
    last = read.calls[-1]
    if set(read.methods[:-1]) - {"all"} or method_of(last) != "get":
        return None
    if last.args or len(last.keywords) != 1 or last.keywords[0].arg not in ("pk", "id"):
        return None
    key = last.keywords[0].value
    if not is_key(key):
        return None
    row = _variable(group)
    row = "row" if row in names_read(key) | names_read(read.manager) else row
    name = last.keywords[0].arg
    result = f"[{row} for {row} in {{rows}} if {row}.{name} == {one_line(read.module, key)}][0]"
    return Reading("", result, "", True, (), (_OTHER_ERROR,))


def can_move(group: QueryGroup, call: ast.Call) -> bool:
    """Whether a call means the same on the model's manager, before the rows are matched."""
    name, cause = method_of(call), group.cause
    if cause is None or name in _NOT_FOR_PREFETCH or _is_starred(call):
        return False
    if cause.kind == "many_to_many":
        # On the relation's manager, names that lead back mean the one row at hand.
        back = detail(group, "back")
        leads_back = any(
            isinstance(item, ast.keyword) and (item.arg or "").split("__")[0] == back
            for item in ast.walk(call)
        )
        return bool(back) and not leads_back and name not in ("annotate", "alias")
    if name == "defer":
        return cause.kind == "reverse" and detail(group, "back") not in _strings(call)
    return name != "only" or cause.kind == "reverse"


def _is_starred(call: ast.Call) -> bool:
    return any(isinstance(item, ast.Starred) for item in call.args) or any(
        item.arg is None for item in call.keywords
    )


def _shaped(group: QueryGroup, read: Read, call: ast.Call) -> str:
    """The call's text; `only()` must load what the rows are matched by as well."""
    back = detail(group, "back")
    if method_of(call) != "only" or {back, f"{back}_id"} & set(_strings(call)):
        return call_text(read.module, call)
    return f'.only({arguments_text(read.module, call)}, "{back}")'


def _strings(call: ast.Call) -> list[str]:
    return [
        item.value
        for item in call.args
        if isinstance(item, ast.Constant) and isinstance(item.value, str)
    ]


def _arguments(calls: tuple[ast.Call, ...]) -> tuple[ast.AST, ...]:
    return tuple(
        item for call in calls for item in (*call.args, *(word.value for word in call.keywords))
    )


def _first(chain: _Chain, last: ast.Call) -> Reading | None:
    order = "" if known(chain.group, "ordered") else '.order_by("pk")'
    return None if last.args else _one_row(chain, order, "first", "next(iter({rows}), None)")


def _last(chain: _Chain, last: ast.Call) -> Reading | None:
    order = ".reverse()" if known(chain.group, "ordered") else '.order_by("-pk")'
    return None if last.args else _one_row(chain, order, "last", "next(iter({rows}), None)")


def _earliest(chain: _Chain, last: ast.Call) -> Reading | None:
    return _by_fields(chain, last, "earliest", _strings(last))


def _latest(chain: _Chain, last: ast.Call) -> Reading | None:
    turned = [name[1:] if name.startswith("-") else f"-{name}" for name in _strings(last)]
    return _by_fields(chain, last, "latest", turned)


def _by_fields(chain: _Chain, last: ast.Call, adjective: str, fields: list[str]) -> Reading | None:
    if not fields or len(fields) != len(last.args) or last.keywords:
        return None
    names = ", ".join(f'"{name}"' for name in fields)
    return _one_row(chain, f".order_by({names})", adjective, "{rows}[0]", _OTHER_ERROR)


def _one_row(
    chain: _Chain, order: str, adjective: str, result: str, *caveats: str
) -> Reading | None:
    caveats += () if chain.limit else (_LOADS_MORE,)
    queryset = f"{chain.text}{order}{chain.limit}"
    return Reading(queryset, result, adjective, True, chain.arguments, caveats)


def _get(chain: _Chain, last: ast.Call) -> Reading | None:
    if not can_move(chain.group, ast.Call(ast.Name("filter"), last.args, last.keywords)):
        return None
    asked = bool(last.args or last.keywords)
    condition = f".filter({arguments_text(chain.read.module, last)})" if asked else ""
    arguments = (*chain.arguments, *_arguments((last,)))
    text = f"{chain.text}{condition}"
    return Reading(text, "{rows}[0]", "matching", True, arguments, (_OTHER_ERROR,))


def _in_bulk(chain: _Chain, last: ast.Call) -> Reading | None:
    if last.args or last.keywords:
        return None
    row = _variable(chain.group)
    result = f"{{{row}.pk: {row} for {row} in {{rows}}}}"
    return Reading(chain.text, result, chain.adjective, True, chain.arguments)


def _iterator(chain: _Chain, _: ast.Call) -> Reading | None:
    return Reading(chain.text, "{rows}", chain.adjective, False, chain.arguments, (_IN_MEMORY,))


def _values_list(chain: _Chain, last: ast.Call) -> Reading | None:
    words = {word.arg: word.value for word in last.keywords}
    flat = words.pop("flat", None)
    names = _own_fields(chain, last)
    is_flat = isinstance(flat, ast.Constant) and flat.value is True
    if names is None or words or (flat is not None and not is_flat):
        return None
    row = _variable(chain.group)
    values = ", ".join(f"{row}.{name}" for name in names)
    one = values if is_flat else f"({values},)" if len(names) == 1 else f"({values})"
    return _comprehension(chain, names, row, one)


def _values(chain: _Chain, last: ast.Call) -> Reading | None:
    names = _own_fields(chain, last)
    if names is None or last.keywords:
        return None
    row = _variable(chain.group)
    pairs = ", ".join(f'"{name}": {row}.{name}' for name in names)
    return _comprehension(chain, names, row, f"{{{pairs}}}")


def _own_fields(chain: _Chain, last: ast.Call) -> list[str] | None:
    """The plain fields that are asked for; None when there are others."""
    names = _strings(last)
    foreign = details(chain.group, "foreign")
    if not names or len(names) != len(last.args) or any("__" in name for name in names):
        return None
    loads = {method_of(call) for call in chain.calls} & _HAS_NO_NAME
    return None if loads or set(names) & set(foreign) else names


def _comprehension(chain: _Chain, names: list[str], row: str, one: str) -> Reading:
    result = f"[{one} for {row} in {{rows}}]"
    kind = chain.group.cause.kind if chain.group.cause else ""
    if kind == "generic":
        return Reading(chain.text, result, chain.adjective, False, chain.arguments)
    needed = list(dict.fromkeys([*names, *([detail(chain.group, "back")] * (kind == "reverse"))]))
    only = ", ".join(f'"{name}"' for name in needed)
    text = f"{chain.text}.only({only})"
    return Reading(text, result, chain.adjective, False, chain.arguments)


def _variable(group: QueryGroup) -> str:
    name = singular(group)
    return "row" if keyword.iskeyword(name) else name


_LAST_CALLS: dict[str, Callable[[_Chain, ast.Call], Reading | None]] = {
    "first": _first,
    "last": _last,
    "earliest": _earliest,
    "latest": _latest,
    "get": _get,
    "in_bulk": _in_bulk,
    "iterator": _iterator,
    "values": _values,
    "values_list": _values_list,
}
