"""The message that Django logs for a statement, and the line that a server logs for a request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_WORDS = (
    "ALTER|ANALYZE|ATTACH|BEGIN|CALL|CHECKPOINT|CLOSE|CLUSTER|COMMENT|COMMIT|COPY|CREATE|DEALLOCATE"
    "|DECLARE|DELETE|DESCRIBE|DETACH|DISCARD|DO|DROP|EXEC|EXECUTE|EXPLAIN|FETCH|FLUSH|GRANT|INSERT"
    "|KILL|LISTEN|LOAD|LOCK|MERGE|MOVE|None|NOTIFY|OPTIMIZE|PRAGMA|PREPARE|REFRESH|REINDEX|RELEASE"
    "|RENAME|REPLACE|RESET|REVOKE|ROLLBACK|SAVEPOINT|SELECT|SET|SHOW|START|TABLE|TRUNCATE|UNLISTEN"
    "|UNLOCK|UPDATE|USE|VACUUM|VALUES|WITH"
)
_HEAD = re.compile(rf"\((\d+\.\d{{3}})\) (?=\s*(?:(--|/\*)|\(*\s*(?i:{_WORDS})\b))".encode())
_WORD = re.compile(rf"\s*\(*\s*(?i:{_WORDS})\b".encode())
_COMMENT_BEGIN = re.compile(rb"\s*(--|/\*)")
_LONGEST_COMMENT = 2_000
_MOST_COMMENTS = 4
_UNESCAPED_QUOTE = re.compile(rb"\\.|(')", re.DOTALL)
_REQUEST = re.compile(
    rb'^([^\n"]{0,300})"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE) ([^\s"?]{1,4000})[^\s"]*'
    rb' HTTP/[0-9](?:\.[0-9])?" [1-5][0-9][0-9]\b',
    re.MULTILINE,
)
_ARGS = b"; args="
_ALIAS = b"; alias="
_NO_VALUES = frozenset({"None", "()", "[]", "{}"})
_LONGEST_SECONDS = 10_000_000


class OutOfRangeError(ValueError):
    """A time that no clock tells."""


class Message(NamedTuple):
    """What follows the duration in a message, and where it ends."""

    sql: str
    params: str
    end: int


def heads(text: bytes, start: int = 0) -> Iterator[re.Match[bytes]]:
    """Where messages can begin; the group is the duration.

    A number in parentheses alone may stand anywhere in SQL, so a statement has to follow.
    """
    for match in _HEAD.finditer(text, start):
        if match[2] is None or _begins_behind_comments(text, match.end()):
            yield match


def _begins_behind_comments(text: bytes, position: int) -> bool:
    for _ in range(_MOST_COMMENTS):
        comment = _COMMENT_BEGIN.match(text, position)
        if comment is None:
            break
        closing = b"\n" if comment[1] == b"--" else b"*/"
        end = text.find(closing, comment.end(), comment.end() + _LONGEST_COMMENT)
        if end < 0:
            return False
        position = end + len(closing)
    return _WORD.match(text, position) is not None


def parsed_message(text: bytes) -> Message | None:
    """The message behind its duration; None when it has no `args`."""
    args = _end_of_sql(text)
    if args < 0:
        return None
    end = text.find(b"\n", args)
    end = len(text) if end < 0 else end
    alias = text.rfind(_ALIAS, args, end)
    if alias < 0:
        # A value's text has several lines; before Django 4.2 there is no alias at all.
        alias = text.find(_ALIAS, end)
        if alias >= 0:
            end = text.find(b"\n", alias)
            end = len(text) if end < 0 else end
    params = _decoded(text[args + len(_ARGS) : alias if alias >= 0 else end])
    sql = _decoded(text[:args])
    return Message(sql, "" if params in _NO_VALUES else params, end)


def _end_of_sql(text: bytes) -> int:
    """Where `args` begin: outside of strings, so that a value may hold the same words.

    Which strings have escapes is not told. What is outside either way counts first.
    """
    first = position = text.find(_ARGS)
    outside_without_escapes = -1
    counted = quotes = unescaped = 0
    while position >= 0:
        passed = text[counted:position]
        quotes += passed.count(b"'")
        unescaped += _unescaped_quotes(passed)
        if unescaped % 2 == 0:
            return position
        if quotes % 2 == 0 and outside_without_escapes < 0:
            outside_without_escapes = position
        counted = position
        position = text.find(_ARGS, position + len(_ARGS))
    return first if outside_without_escapes < 0 else outside_without_escapes


def _unescaped_quotes(text: bytes) -> int:
    if b"\\" not in text:
        return text.count(b"'")
    return sum(match[1] is not None for match in _UNESCAPED_QUOTE.finditer(text))


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace").strip()


def nanoseconds(seconds: bytes) -> int:
    """A duration. Raises `OutOfRangeError`."""
    if len(seconds) > 20:
        raise OutOfRangeError
    whole, _, fraction = seconds.partition(b".")
    duration = int(whole) * 1_000_000_000 + int(fraction) * 1_000_000
    if duration > _LONGEST_SECONDS * 1_000_000_000:
        raise OutOfRangeError
    return duration


def requests(text: bytes) -> Iterator[tuple[bytes, str]]:
    """The prefix of each line that ends a request, and the request's name: method and path."""
    if b" HTTP/" not in text:
        return
    for match in _REQUEST.finditer(text):
        yield match[1], f"{match[2].decode()} {_decoded(match[3])}"
