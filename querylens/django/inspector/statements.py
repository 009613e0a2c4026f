"""Statements as markup: laid out by clause, each token with its class, all of it escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html, format_html_join
from sqlparse import lexer, tokens

from querylens.model import Query
from querylens.parameters import RecordedParams
from querylens.reporters._plain import clipped, plain
from querylens.reporters._repeated import short_statement

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

_tokenize: Callable[[str], Iterator[tuple[Any, str]]] = lexer.tokenize
_WIDTH = 88
_MOST_LINES = 60
_LONGEST_WHOLE = 10_000
_LONGEST_VALUES = 500

_CLASSES = (
    (tokens.Keyword, "keyword"),
    (tokens.Comment, "comment"),
    (tokens.String, "literal"),
    (tokens.Number, "literal"),
    (tokens.Name.Builtin, "keyword"),
    (tokens.Name.Placeholder, "placeholder"),
)


def laid_out(sql: str) -> SafeString:
    """The statement in lines, with long select lists elided."""
    return _marked("\n".join(short_statement(sql, _WIDTH, _MOST_LINES)))


def in_one_line(sql: str, width: int = 160) -> SafeString:
    """The statement in one line, cut off at its end."""
    return _marked(clipped(" ".join(short_statement(sql, width)), width))


def whole(sql: str) -> SafeString:
    """Nothing of it elided, unless it is very long."""
    return _marked(plain(clipped(" ".join(sql.split()), _LONGEST_WHOLE)))


def values(query: Query) -> str:
    """Its parameters: the values where they are known, else the hash that stands for them."""
    params = query.params
    if not params:
        return "none"
    if isinstance(params, RecordedParams) and not params.has_values:
        return f"#{plain(params.key)}" if params.key else "not kept"
    return plain(clipped(", ".join(map(repr, params)), _LONGEST_VALUES))


def duration(nanoseconds: int) -> str:
    """Milliseconds, exact enough for one query."""
    return f"{nanoseconds / 1e6:.2f} ms"


def _marked(text: str) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in _parts(text)))


def _parts(text: str) -> Iterator[SafeString | str]:
    for name, value in _joined(_tokenize(text)):
        # Line ends are the layout's own: a statement's are written out or folded.
        yield format_html('<span class="{}">{}</span>', name, value) if name else value


def _joined(found: Iterable[tuple[Any, str]]) -> Iterator[tuple[str, str]]:
    """Neighbours of one class as one."""
    last, text = "", ""
    for kind, value in found:
        name = next((name for token, name in _CLASSES if kind in token), "")
        if name != last and text:
            yield last, text
            text = ""
        last, text = name, text + value
    if text:
        yield last, text
