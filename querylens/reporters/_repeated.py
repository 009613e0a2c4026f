"""What a group repeated: the statement, how alike its queries are, and some of the values."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlparse
from sqlparse import lexer, tokens
from sqlparse.exceptions import SQLParseError

from querylens.model import GroupTotals, QueryGroup
from querylens.parameters import RecordedParams, Unread
from querylens.reporters._plain import clipped, plain

ELIDED = "•••"
#: Enough for the select list of a wide join; more is not read.
_MOST_READ = 20_000
#: What is left of a statement after its lists are elided and before it is laid out, at most.
_MOST_LAID_OUT = 2_000
_LONG_LIST = 40
_LONGEST_WHOLE = 200_000
_tokenize: Callable[[str], Iterator[tuple[Any, str]]] = lexer.tokenize
_REPEATED_ITEMS = re.compile(r"(%s|\?|(?<![\w.])[0-9]+)(?:\s*,\s*(?:%s|\?|[0-9]+)(?![\w.])){5,}")
_REPEATED_ROWS = re.compile(r"(\([^()]{1,200}\))(?:\s*,\s*\1)+")
_INSERTED_COLUMNS = re.compile(r"(?i)(\A\s*INSERT\s+INTO\s+\S+\s*)\([^()]{41,}\)")


def short_statement(sql: str, width: int, most_lines: int = 10) -> list[str]:
    """A statement in a few printable lines: one if it fits, else laid out by clause."""
    text = clipped(_with_short_lists(clipped(sql, _MOST_READ)), _MOST_LAID_OUT)
    one_line = " ".join(text.split())
    if len(one_line) <= width:
        return [plain(one_line)]
    lines = [clipped(plain(line), width) for line in _packed(_laid_out(one_line), width)]
    return lines if len(lines) <= most_lines else [*lines[: most_lines - 1], "…"]


def whole_statement(sql: str, width: int) -> list[str]:
    """A statement with nothing of it elided, in lines; by words where it is very long."""
    if len(sql) <= _MOST_READ:
        try:
            return [plain(line) for line in sqlparse.format(sql, reindent=True).split("\n")]
        except (SQLParseError, RecursionError):
            pass
    return [plain(line) for line in textwrap.wrap(clipped(sql, _LONGEST_WHOLE), width)]


def _laid_out(sql: str) -> list[str]:
    try:
        text = sqlparse.format(sql, reindent=True, strip_comments=True)
    except (SQLParseError, RecursionError):
        text = sql
    return text.split("\n")


def _packed(lines: list[str], width: int) -> list[str]:
    """Short clauses together: `SELECT ••• FROM "book"` and `WHERE … LIMIT 21`."""
    packed: list[str] = []
    for line in filter(str.strip, lines):
        together = f"{packed[-1]} {line}" if packed else line
        follows_clause = packed and not packed[-1].startswith(" ") and len(together) <= width
        if follows_clause and line.startswith(("FROM ", "LIMIT ")):
            packed[-1] = together
        else:
            packed.append(line)
    return packed


def _with_short_lists(sql: str) -> str:
    text = "".join(_without_select_lists(sql))
    text = _INSERTED_COLUMNS.sub(rf"\1({ELIDED})", text)
    text = _REPEATED_ITEMS.sub(r"\1, …", text)
    return _REPEATED_ROWS.sub(r"\1, …", text)


def _without_select_lists(sql: str) -> Iterator[str]:
    """The statement's tokens, with every long list between SELECT and its FROM elided."""
    found = list(_tokenize(sql))
    position = 0
    while position < len(found):
        kind, value = found[position]
        position += 1
        yield value
        if kind is tokens.DML and value.upper() == "SELECT":
            end = _end_of_select_list(found, position)
            selected = "".join(value for _, value in found[position:end])
            if len(selected.strip()) > _LONG_LIST:
                yield f" {ELIDED} "
                position = end


def _end_of_select_list(found: list[tuple[Any, str]], start: int) -> int:
    """The position of the FROM that closes a select list, or of what comes after it all."""
    depth = 0
    previous = ""
    for position in range(start, len(found)):
        kind, value = found[position]
        if kind in tokens.Whitespace:
            continue
        depth += (value == "(") - (value == ")")
        is_from = kind in tokens.Keyword and value.upper() == "FROM"
        if depth < 0 or (depth == 0 and is_from and previous != "DISTINCT"):
            return position
        previous = value.upper()
    return len(found)


def sample_values(group: QueryGroup | GroupTotals, most: int = 4) -> list[str]:
    """The first few different parameter sets, printable and short; none when none are known."""
    samples: dict[str, None] = {}
    for query in group.queries:
        if query.params and _is_real(query.params):
            samples[_shown_values(query.params[0] if query.many else query.params)] = None
            if len(samples) == most:
                break
    return list(samples)


def _is_real(params: Any) -> bool:
    """Whether the values themselves were kept, not a hash of them or a spent generator."""
    if isinstance(params, RecordedParams):
        return params.has_values
    return isinstance(params, (tuple, list, Mapping)) and not isinstance(params, Unread)


def _shown_values(params: Any) -> str:
    if isinstance(params, Mapping):
        named = [f"{plain(clipped(str(key), 20))}={_shown(params[key])}" for key in params]
        return f"({', '.join(named[:5])})"
    if not isinstance(params, (tuple, list)):
        return _shown(params)
    values = [_shown(value) for value in params[:5]] + (["…"] if len(params) > 5 else [])
    return values[0] if len(values) == 1 else f"({', '.join(values)})"


def _shown(value: Any) -> str:
    if isinstance(value, (str, bytes)):
        value = value[:41]
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001
        # The value's own class is at fault, and the report matters more.
        text = f"<{type(value).__name__}>"
    return clipped(plain(text), 32)
