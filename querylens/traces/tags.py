"""Tags that applications write into the comments of their SQL.

Two forms are read: sqlcommenter (`/*route='movies%2F',traceparent='00-…'*/`, see
https://google.github.io/sqlcommenter/spec/) and Marginalia (`/*application:Foo,controller:bar*/`,
see https://github.com/basecamp/marginalia).
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

#: Comments that are looked at on each end. Applications write one, a proxy may add its own.
_MOST_COMMENTS = 4
_SQLCOMMENTER_TAG = re.compile(r"\s*([^\s=,':]+)\s*=\s*'([^'\\]*(?:\\.[^'\\]*)*)'\s*(?:,|\Z)", re.S)
_MARGINALIA_TAG = re.compile(r"\s*([A-Za-z_][\w.-]*):(?!\s)([^,]*)(?:,|\Z)")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\b")
_NO_TRACE = "0" * 32


def tags_of(sql: str) -> dict[str, str]:
    """The tags in the comments that a statement begins or ends with; `{}` when it has none.

    Comments inside the statement are not read: what stands there may be a string. Of a key that
    is given twice the value at the end of the statement counts.
    """
    if "/*" not in sql:
        return {}
    tags: dict[str, str] = {}
    for comment in (*_comments_before(sql), *_comments_behind(sql)):
        tags.update(_sqlcommenter(comment) or _marginalia(comment))
    return tags


def request_of(tags: dict[str, str]) -> tuple[str, str]:
    """`(trace id, name of the request)`; each is empty when the tags do not tell it.

    The trace id is that of `traceparent` (https://www.w3.org/TR/trace-context/). The name is
    `route`, else `controller` or `view`, with `#action` when there is one.
    """
    match = _TRACEPARENT.match(tags.get("traceparent", ""))
    trace_id = match[1] if match and match[1] != _NO_TRACE else ""
    name = tags.get("route") or tags.get("controller") or tags.get("view") or ""
    action = tags.get("action")
    if name and action and not tags.get("route"):
        name = f"{name}#{action}"
    return trace_id, name


def request_told(sql: str) -> tuple[str, str]:
    """The same as `request_of(tags_of(sql))`: at once for a comment that was read before."""
    start = sql.rfind("/*")
    is_all = start > 0 and sql.endswith("*/") and sql.find("*", 0, start) < 0
    if is_all and not sql[0].isspace() and sql.find("*/", start) == len(sql) - 2:
        return _request_in(sql[start + 2 : -2]) if _is_outside_strings(sql, start) else ("", "")
    return request_of(tags_of(sql))


@lru_cache(maxsize=4096)
def _request_in(comment: str) -> tuple[str, str]:
    return request_of(_sqlcommenter(comment) or _marginalia(comment))


def _comments_before(sql: str) -> list[str]:
    comments: list[str] = []
    start = _skip_space(sql, 0)
    while sql.startswith("/*", start) and len(comments) < _MOST_COMMENTS:
        end = sql.find("*/", start + 2)
        if end < 0:
            break
        comments.append(sql[start + 2 : end])
        start = _skip_space(sql, end + 2)
    return comments


def _skip_space(sql: str, start: int) -> int:
    while start < len(sql) and sql[start].isspace():
        start += 1
    return start


def _comments_behind(sql: str) -> list[str]:
    comments: list[str] = []
    end = len(sql)
    while len(comments) < _MOST_COMMENTS:
        while end and (sql[end - 1].isspace() or sql[end - 1] == ";"):
            end -= 1
        start = sql.rfind("/*", 0, end - 2) if sql.endswith("*/", 0, end) else -1
        if start < 0 or "*/" in sql[start : end - 2] or not _is_outside_strings(sql, start):
            break
        comments.append(sql[start + 2 : end - 2])
        end = start
    return comments[::-1]


def _is_outside_strings(sql: str, position: int) -> bool:
    """Whether no string, quoted name or line comment is open there, with or without `\\` escapes.

    Only a text that was cut off, or one whose last line is a comment, ends inside of one.
    """
    line = sql.rfind("\n", 0, position) + 1
    return (
        sql.find("--", line, position) < 0
        and _is_closed("'", sql, position)
        and _is_closed('"', sql, position)
    )


def _is_closed(quote: str, sql: str, position: int) -> bool:
    count = sql.count(quote, 0, position)
    return count % 2 == 0 or (count - sql.count("\\" + quote, 0, position)) % 2 == 0


def _sqlcommenter(comment: str) -> dict[str, str]:
    """Nothing, unless all of the comment is tags."""
    tags = {}
    position = 0
    while position < len(comment):
        match = _SQLCOMMENTER_TAG.match(comment, position)
        if match is None:
            return {}
        tags[_unquoted(match[1])] = _unquoted(match[2])
        position = match.end()
    return tags


def _marginalia(comment: str) -> dict[str, str]:
    """Nothing, unless all of the comment is tags."""
    tags = {}
    position = 0
    while position < len(comment):
        match = _MARGINALIA_TAG.match(comment, position)
        if match is None:
            return {}
        tags[match[1]] = match[2].strip()
        position = match.end()
    return tags


def _unquoted(text: str) -> str:
    return _without_quotes(text) if "%" in text or "\\" in text else text


@lru_cache(maxsize=4096)
def _without_quotes(text: str) -> str:
    """Text without its escapes, which were made last, and its url quotes.

    The `%` of these are doubled where the text is what the application gave its driver.
    """
    return unquote(text.replace("\\'", "'").replace("%%", "%"))
