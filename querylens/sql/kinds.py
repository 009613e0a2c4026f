"""What a statement does, from its first words."""

from __future__ import annotations

import re
from typing import Literal

from querylens.sql.dialects import dialect_of, without_comments
from querylens.sql.memory import Memory

StatementKind = Literal["select", "insert", "update", "delete", "transaction", "set", "other"]

_BY_WORD: dict[str, StatementKind] = {
    "SELECT": "select",
    "VALUES": "select",
    "TABLE": "select",
    "INSERT": "insert",
    "REPLACE": "insert",
    "UPDATE": "update",
    "DELETE": "delete",
    "ABORT": "transaction",
    "BEGIN": "transaction",
    "COMMIT": "transaction",
    "END": "transaction",
    "RELEASE": "transaction",
    "ROLLBACK": "transaction",
    "SAVEPOINT": "transaction",
    "START TRANSACTION": "transaction",
    "PREPARE TRANSACTION": "transaction",
    "PRAGMA": "set",
    "RESET": "set",
    "SET": "set",
    "SHOW": "set",
}
_BY_START: dict[str, StatementKind] = {
    "SELECT ": "select",
    "INSERT ": "insert",
    "UPDATE ": "update",
    "DELETE ": "delete",
}
_MAIN_WORDS = frozenset({"SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE"})

# `/*!` and `/*M!` open what MySQL executes, so only the mark is skipped.
_NOTHING = re.compile(
    r"[\s(;]*+(?:--[^\n]*+|\#[^\n]*+|/\*M?![0-9]*+|/\*.*?(?:\*/|\Z)|\*/)", re.ASCII | re.DOTALL
)
_WORDS = re.compile(r"[\s(;]*+([a-z]++)(?:\s++([a-z]++))?", re.ASCII | re.IGNORECASE)
_AFTER_BEGIN = re.compile(
    r"|TRAN|TRANSACTION|WORK|ISOLATION|READ|NOT|DEFERRABLE|DEFERRED|IMMEDIATE|EXCLUSIVE|CONCURRENT"
)


def statement_kind(sql: str) -> StatementKind:
    """Tells what a statement does, past comments, parentheses and `WITH`.

    `BEGIN`, `COMMIT`, `SAVEPOINT` and their kin are `transaction`; `SET`, `SHOW` and `PRAGMA` are
    `set`.
    """
    return _BY_START.get(sql[:7]) or _kinds[sql]


def _read_kind(sql: str) -> StatementKind:
    position = 0
    while match := _NOTHING.match(sql, position):
        position = match.end()
    words = _WORDS.match(sql, position)
    if words is None:
        return "other"
    first, second = words[1].upper(), (words[2] or "").upper()
    if first == "WITH":
        return _kind_after_with(sql[words.start(1) :])
    if first == "BEGIN" and not _AFTER_BEGIN.fullmatch(second):
        return "other"
    return _BY_WORD.get(first) or _BY_WORD.get(f"{first} {second}") or "other"


def _kind_after_with(sql: str) -> StatementKind:
    dialect = dialect_of(None)
    depth = 0
    for token in dialect.tokens.finditer(without_comments(sql, dialect)):
        text = token[1]
        if text == "(":
            depth += 1
        elif text == ")":
            depth -= 1
        elif not depth and text and text.upper() in _MAIN_WORDS:
            return _BY_WORD.get(text.upper(), "other")
    return "select"


_kinds = Memory(_read_kind, size=2_000_000, longest=20_000)
