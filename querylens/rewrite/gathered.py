"""A number asked for in each turn of a loop, asked for once before it: a set, or a dict."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from querylens.model import Fix, Place, Query, QueryGroup, Trace
from querylens.rewrite.attributes import imports_of
from querylens.rewrite.facts import known, model_of
from querylens.rewrite.flows import Flow, function_of
from querylens.rewrite.managers import call_text, method_of, one_line
from querylens.rewrite.nodes import node_at
from querylens.rewrite.readings import is_key
from querylens.rewrite.statements import free_name, lines_of, source_of
from querylens.rewrite.turns import Turns, turns_around
from querylens.rewrite.writes.names import snake
from querylens.source import Module, name_of

_OWN_TYPE = "A value must have its field's own type, and None is never found."
#: What an aggregate gives for no rows.
_OF_NOTHING = {"Avg": "", "Max": "", "Min": "", "Sum": "", "Count": ", 0"}
#: Behind these, what a loop walks over is one row, or keys.
_NO_LIST = {"get", "first", "last", "earliest", "latest", "in_bulk"}
_STILL_ROWS = {"filter", "exclude", "using", "all", "order_by", "select_related", "only", "defer"}


@dataclass(frozen=True)
class _Question:
    """`Book.objects.filter(author=author).count()`, taken apart."""

    group: QueryGroup
    turns: Turns
    #: `Book.objects.filter(author__in={keys})`, with the other conditions.
    rows: str
    #: What the rows are told apart by, and what a turn asks about: itself, or a part of its row.
    field: str
    key: str
    is_whole: bool

    @property
    def is_of_rows(self) -> bool:
        """Whether the key is that of a row, so that its type is known."""
        return self.field.endswith("__pk")


@dataclass(frozen=True)
class _Answer:
    """The loop with the question before it."""

    code: str
    imports: tuple[str, ...] = ()
    is_of_rows: bool = False


def gathered(trace: Trace, group: QueryGroup) -> Fix | None:
    """The loop with one question before it; None when the source does not make that certain."""
    found = node_at(group.call_site) if group.call_site else None
    if found is None or group.cause is None or group.call_site is None:
        return None
    module, call = found
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
        return None
    turns = turns_around(module, call) if call.func.attr == group.cause.access else None
    if turns is None or not turns.is_settled(turns.walked):
        return None
    answer = _answer(group, turns, call, _walks_over_rows(trace, turns))
    if answer is None:
        return None
    where = lines_of(turns.statement, group.call_site)
    caveats = () if answer.is_of_rows else (_OWN_TYPE,)
    return Fix("annotate", answer.code, where, imports=answer.imports, caveats=caveats)


def _walks_over_rows(trace: Trace, turns: Turns) -> bool:
    """Whether a loop is given the rows of a model, as a queryset of its function fetches them."""
    fetched: dict[Place, list[Query]] = {}
    for query in trace.queries:
        if query.built_at is not None:
            fetched.setdefault(query.built_at, []).append(query)
    return any(
        all(map(_gives_instances, queries)) and _leads_to(place, turns)
        for place, queries in fetched.items()
    )


def _gives_instances(query: Query) -> bool:
    cause = query.cause
    return (
        cause is not None
        and cause.kind == "lookup"
        and "no instances" not in cause.facts
        and cause.access not in _NO_LIST
    )


def _leads_to(place: Place, turns: Turns) -> bool:
    found = node_at(place)
    if found is None or found[0] is not turns.module or not isinstance(found[1], ast.expr):
        return False
    flow = Flow(found[0], found[1])
    return flow.holds(turns.statement) and flow.carries(turns.walked, rows=True)


def _answer(group: QueryGroup, turns: Turns, call: ast.Call, are_rows: bool) -> _Answer | None:
    method = method_of(call)
    if method == "contains":
        return _contains(turns, call) if are_rows else None
    question = _take_apart(group, turns, call, are_rows)
    if question is None:
        return None
    if method == "exists":
        return _exists(question)
    if method == "count":
        return _number(question, "counts", 'Count("pk")', ", 0", "{}")
    return _aggregate(question, call)


def _contains(turns: Turns, call: ast.Call) -> _Answer | None:
    """All keys in a set, and whether the row's own is one of them."""
    assert isinstance(call.func, ast.Attribute)
    rows, row = call.func.value, call.args[0] if len(call.args) == 1 else None
    if not (isinstance(row, ast.Name) and isinstance(turns.target, ast.Name)):
        return None
    if not turns.is_known_early(row) or not turns.is_settled(rows):
        return None
    name, line = turns.kept()
    keys = free_name(turns.module, "known_keys")
    found = f'{keys} = set({one_line(turns.module, rows)}.values_list("pk", flat=True))'
    code = turns.written_with_test([line, found], f"{row.id}.pk", keys, name)
    return _Answer(code, is_of_rows=True)


def _exists(question: _Question) -> _Answer:
    turns = question.turns
    known_values = free_name(turns.module, f"known_{question.field.removesuffix('__pk')}s")
    name, line = turns.kept()
    rows = question.rows.replace("{keys}", _keys(question, name))
    found = f'{known_values} = set({rows}.values_list("{question.field}", flat=True))'
    code = turns.written_with_test([line, found], question.key, known_values, name)
    return _Answer(code, (), question.is_of_rows)


def _number(
    question: _Question, word: str, function: str, missing: str, result: str
) -> _Answer | None:
    """A dict of numbers, and what it has for the turn's value."""
    turns = question.turns
    module = turns.module
    numbers = free_name(module, f"{snake(model_of(question.group))}_{word}")
    name, line = turns.kept()
    rows = question.rows.replace("{keys}", _keys(question, name))
    if known(question.group, "ordered"):
        # What rows are ordered by would tell groups apart as well.
        rows += ".order_by()"
    found = f'{numbers} = dict({rows}.values_list("{question.field}").annotate({function}))'
    imports = _imports(module, turns.statement, function)
    if imports is None:
        return None
    answer = result.replace("{}", f"{numbers}.get({question.key}{missing})")
    return _Answer(turns.written([line, found], answer, name), imports, question.is_of_rows)


def _imports(module: Module, statement: ast.stmt, function: str) -> tuple[str, ...] | None:
    names = [("Count", "django.db.models")] if function.startswith("Count(") else []
    return imports_of(module, function_of(module, statement), names)


def _aggregate(question: _Question, call: ast.Call) -> _Answer | None:
    """The number of `aggregate(total=Sum("pages"))`, in a dict as it gives it."""
    asked = [("", item) for item in call.args] + [(w.arg or "", w.value) for w in call.keywords]
    value = asked[0][1] if len(asked) == 1 else None
    if not isinstance(value, ast.Call) or name_of(value.func) not in _OF_NOTHING:
        return None
    field = value.args[0] if len(value.args) == 1 and not value.keywords else None
    if not (isinstance(field, ast.Constant) and isinstance(field.value, str)):
        return None
    function = name_of(value.func)
    key = asked[0][0] or f"{field.value}__{function.lower()}"
    text = one_line(question.turns.module, value)
    return _number(question, "numbers", text, _OF_NOTHING[function], f'{{"{key}": {{}}}}')


def _keys(question: _Question, rows: str) -> str:
    if question.is_whole:
        return rows
    target = source_of(question.turns.module, question.turns.target)
    return f"{{{question.key} for {target} in {rows}}}"


def _take_apart(
    group: QueryGroup, turns: Turns, call: ast.Call, are_rows: bool
) -> _Question | None:
    """The one condition that differs from turn to turn, and the rest."""
    assert isinstance(call.func, ast.Attribute)
    calls, node = _chain(call.func.value)
    if not turns.is_settled(node) or not {method_of(item) for item in calls} <= _STILL_ROWS:
        return None
    changing = [
        (item, word) for item in calls for word in item.keywords if not turns.is_settled(word.value)
    ]
    if len(changing) != 1 or not all(turns.is_settled(*item.args) for item in calls):
        return None
    chosen, word = changing[0]
    compared = _compared(group, turns, word, are_rows)
    if compared is None or method_of(chosen) != "filter":
        return None
    field, key, is_whole = compared
    rows = _gathering(turns.module, node, calls, chosen, word)
    return _Question(group, turns, rows, field, key, is_whole)


def _chain(node: ast.expr) -> tuple[list[ast.Call], ast.expr]:
    """The calls of a chain of methods, and what the first of them is called on."""
    calls: list[ast.Call] = []
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        calls.insert(0, node)
        node = node.func.value
    return calls, node


def _gathering(
    module: Module, node: ast.expr, calls: list[ast.Call], chosen: ast.Call, word: ast.keyword
) -> str:
    """The same rows for all `{keys}`."""
    text = one_line(module, node)
    for call in calls:
        if call is not chosen:
            text += call_text(module, call)
            continue
        first = [one_line(module, item) for item in call.args]
        others = [one_line(module, item) for item in call.keywords if item is not word]
        text += f".filter({', '.join([*first, f'{word.arg}__in={{keys}}', *others])})"
    return text


def _compared(
    group: QueryGroup, turns: Turns, word: ast.keyword, are_rows: bool
) -> tuple[str, str, bool] | None:
    """Field, key, and whether the key is all that a turn is given."""
    name, value = word.arg or "", word.value
    if "__" in name or group.cause is None or not turns.is_known_early(value):
        return None
    fields = group.cause.fields
    is_relation = known(group, f"related: {name}")
    is_plain = name in fields or name == "pk" or known(group, f"related: {name[:-3]}")
    is_target = isinstance(value, ast.Name) and isinstance(turns.target, ast.Name)
    text = one_line(turns.module, value)
    if is_target and are_rows:
        return (f"{name}__pk", f"{text}.pk", True) if is_relation else None
    if is_relation and not is_key(value):
        # A row or its key: the source does not tell which.
        return None
    return (name, text, is_target) if is_plain else None


def asked_of(group: QueryGroup) -> str:
    """The queryset whose method asks, where it is a variable; else empty."""
    found = _asking(group)
    return found[1].id if found and isinstance(found[1], ast.Name) else ""


def _asking(group: QueryGroup) -> tuple[Module, ast.expr] | None:
    """What the method that asks is called on."""
    found = node_at(group.call_site) if group.call_site else None
    call = found[1] if found else None
    call = call.value if isinstance(call, ast.Await) else call
    if found is None or not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
        return None
    return found[0], call.func.value


def asked_with(group: QueryGroup) -> tuple[str, str]:
    """The one keyword that is compared with no constant, and the rows asked for with `values`.

    Both are empty where the source does not tell.
    """
    found = _asking(group)
    if found is None:
        return "", ""
    calls, node = _chain(found[1])
    words = [
        (item, word)
        for item in calls
        for word in item.keywords
        if not isinstance(word.value, ast.Constant)
    ]
    if len(words) != 1 or words[0][0].args or method_of(words[0][0]) != "filter":
        return "", ""
    chosen, word = words[0]
    return word.arg or "", _gathering(found[0], node, calls, chosen, word).replace(
        "{keys}", "values"
    )
