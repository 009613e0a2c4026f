"""QL105: a number that the database is asked for in each turn of a loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar

from querylens.model import Cause, Finding, Fix, QueryGroup, RuleInfo, Trace
from querylens.rewrite.gathered import asked_of, asked_with, gathered
from querylens.rewrite.numbers import number_with_rows
from querylens.rewrite.origins import origin_of
from querylens.rewrite.turns import ends_loop, is_bounded
from querylens.rules.base import TraceRule, fact, for_each_row, has_fact, model_name, so_often
from querylens.rules.lazy_related_set import left

_ACCESSES = {"count", "exists", "aggregate", "contains"}
_COUNT = 'Count("pk")'
_ASK_ONCE = "Gather what the loop asks about, ask once before it, and look the answer up."
_IN_PYTHON = "`values` are those of all turns: fetch once before the loop, and answer in Python."
_SUBQUERY = "Ask in a subquery of the rows' own query, with OuterRef() in place of the value."
_CHANGING = "The loop writes to the table as well: what it adds belongs into the answer too."
_BY_LIBRARY = "{library} asks this for each item on its own: check the items together before."


class AggregateInLoop(TraceRule):
    """
    ## What it does
    Finds a loop that asks the database for a number or a yes or no in each turn: `count()`,
    `exists()`, `contains()` or `aggregate()`, on a related set or on a queryset.

    ## Why is this bad?
    The database can give all the numbers with the rows themselves, in the same query.

    ## Example
    ```python
    for author in Author.objects.all():
        print(author.name, author.books.count())
    ```

    Use instead:
    ```python
    for author in Author.objects.annotate(book_count=Count("books")):
        print(author.name, author.book_count)
    ```

    Where the books are needed as well, `prefetch_related("books")` makes `count()`, `exists()` and
    `contains()` free.
    """

    info: ClassVar[RuleInfo] = RuleInfo(
        "QL105", "aggregate-in-loop", "warning", "one number asked for in each turn of a loop"
    )

    def check(self, trace: Trace) -> Iterator[Finding]:
        for group in trace.groups():
            cause = group.cause
            if cause is None or cause.kind != "aggregate" or cause.access not in _ACCESSES:
                continue
            if cause.relation:
                if self.is_per_row(group) and not has_fact(group, "prefetched"):
                    yield self._of_rows(trace, group)
            elif self.is_per_value(group) and not (ends_loop(group) or is_bounded(group)):
                yield self._of_values(trace, group)

    def _of_rows(self, trace: Trace, group: QueryGroup) -> Finding:
        assert group.cause is not None
        origin = origin_of(trace, group)
        fix = number_with_rows(origin)
        asked = f"{group.cause.relation}.{group.cause.access}()"
        message = f"{asked} is asked {for_each_row(group)}"
        return self.finding(group, message, fix, remaining=left(origin, fix))

    def _of_values(self, trace: Trace, group: QueryGroup) -> Finding:
        cause = group.cause
        assert cause is not None
        by = f" by {', '.join(cause.fields)}" if cause.fields else ""
        message = f"{cause.model} is asked {cause.access}(){by}{so_often(group)} in a loop"
        fix = _by_hand(group)
        if fix.kind != "none" and origin_of(trace, group).is_changing:
            fix = replace(fix, caveats=(*fix.caveats, _CHANGING))
        elif fix.kind != "none":
            fix = gathered(trace, group) or fix
        return self.finding(group, message, fix, remaining=1)


def _by_hand(group: QueryGroup) -> Fix:
    """The one question, with names for what only the project knows."""
    cause = group.cause
    assert cause is not None
    for library in fact(group, "library"):
        return Fix("none", caveats=(_BY_LIBRARY.format(library=library),))
    if cause.access == "contains":
        code = f'known = set({asked_of(group) or "rows"}.values_list("pk", flat=True))'
        return Fix("annotate", code, caveats=(_ASK_ONCE,))
    field, rows = asked_with(group)
    model = model_name(cause.model)
    fields = cause.fields or (field,)
    if any(name.endswith("__in") for name in fields):
        return _by_lists(fields, model)
    if not field and len(cause.fields) != 1:
        return _by_several(cause, model)
    if not field:
        field = cause.fields[0]
        rows = f"{model}.objects.filter({field}__in=values)"
    if "__" in field:
        rows = f'{model}.objects.filter({field}=OuterRef("…"))'
        code = f".annotate({cause.access}=Subquery({rows}.values(…)))"
        return Fix("annotate", code, caveats=(_SUBQUERY,))
    if cause.access == "exists":
        code = f'known = set({rows}.values_list("{field}", flat=True))'
    else:
        own = 'Count("pk", distinct=True)' if ".distinct()" in rows else _COUNT
        number = own if cause.access == "count" else "…"
        rows = rows.replace(".distinct()", "")
        code = f'numbers = dict({rows}.values_list("{field}").annotate({number}))'
    return Fix("annotate", code, caveats=(_ASK_ONCE,))


def _by_lists(fields: Iterable[str], model: str) -> Fix:
    """Where each turn asks about a list: what is in several of them can't be grouped."""
    conditions = ", ".join(
        f"{field}=values" if field.endswith("__in") else f"{field}=…" for field in fields
    )
    code = f"rows = list({model}.objects.filter({conditions}))"
    return Fix("annotate", code, caveats=(_IN_PYTHON,))


def _by_several(cause: Cause, model: str) -> Fix:
    """Where the values of several fields, or nobody knows of how many, tell the turns apart."""
    is_known = cause.fields and not any("__" in field for field in cause.fields)
    fields = ", ".join(f'"{field}"' for field in cause.fields) if is_known else "…"
    filtered = ", ".join(f"{field}__in=…" for field in cause.fields) if is_known else "…"
    rows = f"{model}.objects.filter({filtered}).values_list({fields})"
    if cause.access == "exists":
        return Fix("annotate", f"known = set({rows})", caveats=(_ASK_ONCE,))
    number = _COUNT if cause.access == "count" else "…"
    code = f"numbers = {{tuple(key): number for *key, number in {rows}.annotate({number})}}"
    return Fix("annotate", code, caveats=(_ASK_ONCE,))
