"""SQL without the values that were written into its text."""

from __future__ import annotations

import re

from querylens.sql import fingerprint
from querylens.sql.dialects import VENDORS, dialect_of, without_comments
from querylens.sql.memory import Memory

_PLACEHOLDER = re.compile(r"(?:_\w+\s*)?(?:%[sbt]|%\([^()]*\)[sbt]|\$[0-9]+|\?[0-9]*|[@$]\w+)")
_SAVEPOINT = re.compile(
    r"""\A((?:RELEASE |ROLLBACK TO )?SAVEPOINT ["`]?)s[0-9]+_x[0-9]+(["`]?)\Z"""
)
_KEEPS_NUMBER = ("LIMIT", "OFFSET")


def without_literals(sql: str, vendor: str) -> str:
    """The statement with `0` for each number and `'?'` for each text in it; comments are dropped.

    It is the statement itself when it holds none. Lists keep their length, and the numbers of
    LIMIT and OFFSET stay: they tell how much was asked for, not what.
    """
    return _written[vendor if vendor in VENDORS else None][sql]


def without_numbered_name(sql: str) -> str:
    """The statement with one name for all savepoints that Django has numbered."""
    return _SAVEPOINT.sub(r"\1s0_x0\2", sql) if "SAVEPOINT" in sql else sql


class _ByVendor(dict[str | None, Memory[str]]):
    def __missing__(self, vendor: str | None) -> Memory[str]:
        found = Memory(lambda sql: _redacted(sql, vendor), size=8_000_000, longest=20_000)
        return self.setdefault(vendor, found)


_written = _ByVendor()


def _redacted(sql: str, vendor: str | None) -> str:
    dialect = dialect_of(vendor, shortcuts=False)
    text = without_comments(sql, dialect)
    kept: list[str] = []
    end, previous = 0, ""
    for token in dialect.tokens.finditer(text):
        # The pattern's group is empty for values; a placeholder is one without its value.
        is_literal = token[1] is None and not _PLACEHOLDER.fullmatch(token[0])
        if is_literal and not _may_stay(token[0], previous):
            kept += [text[end : token.start()], "0" if token[0][0] in ".0123456789" else "'?'"]
            end = token.end()
        previous = token[0].upper()
    if text == sql and not kept:
        return sql
    redacted = "".join([*kept, text[end:]])
    whole = fingerprint(sql, vendor)
    return redacted if fingerprint(redacted, vendor) == whole else whole.text


def _may_stay(literal: str, previous: str) -> bool:
    if previous in _KEEPS_NUMBER:
        return literal.isdigit()
    # Django asks `SELECT 1 AS "a"` whether there is a row.
    return previous == "SELECT" and literal == "1"
