"""What was sent: a place in source, a cause in the ORM, and the query they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Self

from querylens.parameters import comparison_key
from querylens.sql import Fingerprint, fingerprint, statement_kind

CauseKind = Literal[
    "forward",
    "reverse",
    "many_to_many",
    "generic",
    "deferred",
    "lookup",
    "aggregate",
    "insert",
    "update",
    "delete",
    "relation_write",
    "prefetch",
    "raw",
]


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of source: of Python, or of a template when `template` is set.

    `file` is relative to the project's root when it lies below it. Lines count from 1; columns
    count characters from 0, and `end_column` is just behind the last character. Without one whole
    lines are meant, and `column` is how far they are indented by spaces.
    """

    file: str
    line: int
    end_line: int = 0
    function: str = ""
    code: str = ""
    template: str = ""
    tag: str = ""
    column: int | None = None
    end_column: int | None = None
    #: The Python line behind a template's tag: the view that rendered it.
    python: Place | None = None
    #: Where the file is on this machine; empty when the place was read from a recording.
    path: str = field(default="", compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Cause:
    """What in the ORM sent a query.

    `access` is the call in the source's words (`get`, `all`, `count`, `create`, …); `model` and
    `relation` are `app.Model` and `app.Model.field`. `path` leads from the root queryset to what
    was loaded (`author__publisher`). `to_one` tells a relation to one row from one to many.
    """

    kind: CauseKind
    access: str
    model: str = ""
    relation: str = ""
    path: str = ""
    to_one: bool = False
    #: The fields that a lookup compares, as keyword arguments name them.
    fields: tuple[str, ...] = ()
    #: What the ORM knows and a fix must respect, as `name` or `name: detail` (see causes.py).
    facts: frozenset[str] = frozenset()

    @property
    def subject(self) -> str:
        """What a finding is about, for its identity across runs."""
        return self.relation or f"{self.model} {self.access}".strip()


@dataclass(frozen=True)
class Query:
    """One statement sent through a Django cursor.

    `started_ns` and `duration_ns` are nanoseconds of a monotonic clock; `many` marks an
    `executemany`; `error` is the name of the exception when the statement failed. `frames` are
    `(file, line, function)`, the innermost first.
    """

    sql: str
    params: Any
    alias: str
    vendor: str
    started_ns: int
    duration_ns: int
    many: bool = False
    error: str = ""
    frames: tuple[tuple[str, int, str], ...] = ()
    cause: Cause | None = None
    #: The request, task or block that sent it: groups and duplicates never span scopes.
    scope: Any = ""
    call_site: Place | None = None
    #: The nearest loop around the call site, read from the stack and the source.
    loop: Place | None = None
    #: The statement where the project built the queryset that was evaluated.
    built_at: Place | None = None
    #: The statement that built the queryset whose row was being read.
    origin: Place | None = None
    #: Identity of the row that the access started from, and of the whole stack at the query.
    row: Any = None
    stack: Any = None
    #: Position in the trace of the query that loaded that row.
    parent: int | None = None
    #: Set-up: sent while connecting, or a pattern that the user named.
    is_setup: bool = False
    #: The `ignore()` blocks that it was sent in.
    ignored: tuple[Any, ...] = ()
    #: One object for queries that differ in params, times, row and parent alone; None when that is
    #: not known. A changed copy has none.
    alike: Any = field(default=None, init=False, compare=False, repr=False)

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """A query of these fields, which it keeps; those that are left out have their defaults.

        A frozen dataclass sets its fields one by one, each with a call, and traces are long.
        """
        query = cls.__new__(cls)
        object.__setattr__(query, "__dict__", values)
        return query

    @cached_property
    def fingerprint(self) -> Fingerprint:
        return fingerprint(self.sql, self.vendor)

    @cached_property
    def kind(self) -> str:
        """`select`, `insert`, `update`, `delete`, `transaction`, `set` or `other`."""
        return statement_kind(self.sql)

    @cached_property
    def is_counted(self) -> bool:
        """Whether `len(trace)` counts it: transaction and set-up statements are not counted."""
        return not self.is_setup and self.kind != "transaction"

    @cached_property
    def params_key(self) -> str:
        """What makes two queries *duplicated*: equal values, as the toolbar compares them."""
        return comparison_key(self.params)
