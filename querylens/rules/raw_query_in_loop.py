"""QL108: SQL of the project's own, sent with one set of parameters at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from querylens.model import Finding, Fix, QueryGroup, RuleInfo, Trace
from querylens.rewrite.writes import calls as writes
from querylens.rewrite.writes.cursors import loops_while, send_many, with_all_values
from querylens.rewrite.writes.models import class_name
from querylens.rules.base import TraceRule, so_often

_STATEMENTS = {"select", "insert", "update", "delete"}
_LONGEST = 200
_PAGE = re.compile(r"[<>]=?\s*\(?\s*(?:%s|%\(\w+\)s|\?|\d+).*\b(?:LIMIT|FETCH|TOP)\b", re.I | re.S)
_OFFSET = re.compile(r"\bOFFSET\b", re.IGNORECASE)
_CATALOGUE = re.compile(r"\b(?:pg_\w+|information_schema|sqlite_master|sqlite_schema|all_tables)\b")


class RawQueryInLoop(TraceRule):
    """
    ## What it does
    Finds a loop that sends the same SQL through a cursor, or `raw()`, with other values each time.

    ## Why is this bad?
    Each value is a round trip of its own, where one statement can take all of them.

    ## Example
    ```python
    for key in keys:
        cursor.execute("UPDATE library_book SET pages = pages + 1 WHERE id = %s", [key])
    ```

    Use instead:
    ```python
    cursor.executemany(
        "UPDATE library_book SET pages = pages + 1 WHERE id = %s", [[key] for key in keys]
    )
    ```

    What a SELECT finds for each value, one with `IN (…)` finds for all. Statements that already
    carry many values, and loops that read page after page, are left alone.
    """

    info: ClassVar[RuleInfo] = RuleInfo(
        "QL108", "raw-query-in-loop", "warning", "one SQL statement for each value"
    )

    def check(self, trace: Trace) -> Iterator[Finding]:
        for group in trace.groups():
            cause = group.cause
            if cause is None or cause.kind != "raw" or not self._comes_back(group):
                continue
            if _is_on_purpose(group):
                continue
            often = so_often(group, " again and again")
            message = f"{_what(group)} is sent{often}, each with other values"
            yield self.finding(group, message, _fix(trace, group), remaining=1)

    def _comes_back(self, group: QueryGroup) -> bool:
        """Values may be in the text itself, where no parameters tell them apart."""
        different = {(query.sql, query.params_key) for query in group.queries}
        return group.repeats >= self.threshold and len(different) >= self.threshold


def _is_on_purpose(group: QueryGroup) -> bool:
    """Statements that are no queries, batches that carry many values, and pages of a table."""
    sql, cause = group.queries[0].sql, group.cause
    if cause is not None and cause.access == "callproc":
        return False
    if group.queries[0].kind not in _STATEMENTS or _CATALOGUE.search(sql):
        return True
    has_many = writes.carries_many(group.queries) or _OFFSET.search(sql) is not None
    if has_many and cause is not None and cause.access != "executemany":
        return True
    return _PAGE.search(sql) is not None and loops_while(group)


def _what(group: QueryGroup) -> str:
    cause = group.cause
    assert cause is not None
    if cause.model:
        return f"raw SQL for {cause.model}"
    if cause.access == "callproc":
        return f"the procedure {group.queries[0].sql}"
    table = min(writes.tables(group.queries), default="")
    of = f" of {table}" if table else ""
    return f"a raw {group.queries[0].kind.upper()}{of}"


def _fix(trace: Trace, group: QueryGroup) -> Fix:
    if library := writes.sent_by_library(group):
        return library
    assert group.cause is not None
    if group.cause.access == "callproc":
        reason = (
            "A procedure takes one set of values: only one that takes many could be called once."
        )
        return Fix("none", caveats=(reason,))
    fix = None if writes.is_read_between(trace, group) else send_many(group)
    return fix or _by_hand(group)


def _by_hand(group: QueryGroup) -> Fix:
    cause, query = group.cause, group.queries[0]
    assert cause is not None
    sql = " ".join(query.sql.split())
    together = with_all_values(sql) if len(sql) <= _LONGEST else ""
    text = f'"{together}"' if together else "sql"
    if query.kind != "select":
        notes = ["Gather the parameters in the loop, and send them together behind it."]
        return Fix("single_query", "cursor.executemany(sql, parameters)", caveats=tuple(notes))
    notes = ["Ask once before the loop, with a placeholder for each value, and read from a dict."]
    if cause.access != "raw":
        notes.append("Select the column that is compared too: it tells which value a row is for.")
    if not query.params:
        notes.append("Pass the values as parameters: text that is put together can be misused.")
    call = f"{class_name(cause.model)}.objects.raw" if cause.model else "cursor.execute"
    return Fix("single_query", f"{call}({text}, values)", caveats=tuple(notes))
