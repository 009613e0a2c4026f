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
#: So often `--` is looked at, which may stand in a string.
_MOST_DASHES = 8
_COMMENT = re.compile(r"/\*(.*?)\*/", re.DOTALL)
_SQLCOMMENTER_TAG = re.compile(r"\s*([^\s=,':]+)\s*=\s*'([^'\\]*(?:\\.[^'\\]*)*)'\s*(?:,|\Z)", re.S)
_MARGINALIA_TAG = re.compile(r"\s*([A-Za-z_][\w.-]*):(?!\s)([^,]*)(?:,|\Z)")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\b")
_NO_TRACE = "0" * 32
_SPAN = re.compile(r"(?<=-)[0-9a-f]{16}(?=-[0-9a-f]{2}\b)")
_NO_SPAN = "0" * 16


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


def tags_in(comments: str) -> dict[str, str]:
    """The tags in comments that nothing else stands between; `{}` when they have none.

    Of a key that is given twice the value at the end counts.
    """
    tags: dict[str, str] = {}
    for comment in _COMMENT.findall(comments):
        tags.update(_sqlcommenter(comment) or _marginalia(comment))
    return tags


def without_comments(sql: str) -> tuple[str, str]:
    """A statement without the comments at its ends, and these in one text, empty without any.

    Others are not looked for: what stands inside of a statement may be a string. What a server
    executes is no comment, and neither is one that may stand in a string that was cut off. Spans
    are left out of the text, since each statement of a trace may be one of its own.
    """
    begin, end = _between_comments(sql)
    comments = f"{sql[:begin]} {sql[end:]}".strip()
    if "traceparent" in comments:
        comments = _SPAN.sub(_NO_SPAN, comments)
    # Where there is nothing else they are the statement.
    return sql[begin:end].rstrip() or sql, comments


@lru_cache(maxsize=4096)
def request_told(comments: str) -> tuple[str, str]:
    """The `request_of` the tags in these comments: at once for what was read before."""
    return request_of(tags_in(comments))


def _between_comments(sql: str) -> tuple[int, int]:
    begin = 0 if sql[:1].isalpha() else _end_of_comments(sql)
    end = len(sql)
    for _ in range(_MOST_COMMENTS):
        # Most statements have one, and need not be looked at again.
        is_there = sql.rfind("*/", begin, end) >= 0
        start = _start_of_last_comment(sql, begin, end) if is_there else -1
        if start < 0:
            break
        end = start
    return begin, end


def _end_of_comments(sql: str) -> int:
    """Where a statement begins behind the comments in front of it."""
    start = _skip_space(sql, 0)
    for _ in range(_MOST_COMMENTS):
        end = sql.find("*/", start + 2) + 2 if sql.startswith("/*", start) else 0
        if end < 2 or sql.find("/*", start + 2, end) >= 0 or _is_executed(sql, start):
            break
        start = _skip_space(sql, end)
    return start


def _start_of_last_comment(sql: str, begin: int, end: int) -> int:
    """Where the comment at the end of a statement begins; -1 where there is none."""
    while end > begin and (sql[end - 1].isspace() or sql[end - 1] == ";"):
        end -= 1
    start = sql.rfind("/*", begin, end - 2) if sql.endswith("*/", begin, end) else -1
    is_one = start >= 0 and sql.find("*/", start + 2, end - 2) < 0
    is_sure = is_one and not _is_executed(sql, start) and _is_outside_strings(sql[begin:start])
    return start if is_sure else -1


def _is_executed(sql: str, start: int) -> bool:
    """Whether MySQL or MariaDB takes a comment for a part of the statement."""
    return sql.startswith(("!", "M!"), start + 2)


def _skip_space(sql: str, start: int) -> int:
    while start < len(sql) and sql[start].isspace():
        start += 1
    return start


def _is_outside_strings(before: str) -> bool:
    """Whether a text leaves no string, quoted name or line comment open, with or without `\\`.

    Only a text that was cut off, or one whose last line is a comment, does.
    """
    dashes = before.find("--", before.rfind("\n") + 1)
    for _ in range(_MOST_DASHES):
        if dashes < 0 or _are_closed(before[:dashes]):
            break
        dashes = before.find("--", dashes + 2)
    return dashes < 0 and _are_closed(before)


def _are_closed(text: str) -> bool:
    return _is_closed("'", text) and _is_closed('"', text)


def _is_closed(quote: str, text: str) -> bool:
    count = text.count(quote)
    return count % 2 == 0 or (count - text.count("\\" + quote)) % 2 == 0


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
