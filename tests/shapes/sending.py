"""Counts what a shape sends, with nothing but a wrapper around `execute`."""

from __future__ import annotations

import re
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connections, transaction

from tests.project.library.populate import populate
from tests.shapes.places import Line

ALIASES = ("default", "other")
TRANSACTION = re.compile(r"(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b")
TESTS = str(Path(__file__).parents[1])


@dataclass(frozen=True)
class Statement:
    text: str
    values: str
    #: The files and lines of the tests that were on the stack, the innermost first.
    stack: tuple[tuple[str, int], ...]

    def passes(self, place: Line, *, block: bool = False) -> bool:
        """Whether the marked line, or the block that it opens, was on the stack."""
        first, last = (place.first, place.end) if block else (place.line, place.line)
        return any(file == place.file and first <= line <= last for file, line in self.stack)

    @property
    def is_frameworks_own(self) -> bool:
        """Whether it is the session's, or the admin's without a line of the project."""
        file, _ = self.stack[0]
        return "django_session" in self.text or file.endswith("middleware.py")


def sent_by(shape, rows):
    """The statements that a shape sends after `populate(rows)`, which is undone again."""
    sent = []

    def note(execute, sql, params, many, context):
        if not TRANSACTION.match(sql):
            statement = f"{context['connection'].alias}: {sql}"
            sent.append(Statement(folded(statement), f"{statement} {params}", stack_lines()))
        return execute(sql, params, many, context)

    with undone():
        populate(rows)
        with ExitStack() as stack:
            for alias in ALIASES:
                stack.enter_context(connections[alias].execute_wrapper(note))
            shape.run()
    return sent


def folded(sql):
    """Without what differs from row to row: lists, numbers, and values that Django writes out."""
    sql = re.sub(r"%s(, %s)+", "%s", sql.replace("= NULL", "= %s"))
    return re.sub(r"\d+", "0", sql)


@contextmanager
def undone():
    with ExitStack() as stack:
        for alias in ALIASES:
            stack.enter_context(transaction.atomic(alias))
        yield
        for alias in ALIASES:
            transaction.set_rollback(True, alias)


def stack_lines():
    found = []
    frame = sys._getframe(2)
    while frame:
        if frame.f_code.co_filename.startswith(TESTS):
            found.append((frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return tuple(found)
