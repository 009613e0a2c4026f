"""Cuts a Jinja2 template into its tags, and a tag into its tokens, as Jinja2 does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from querylens.lint.templates.reading import Finder

_OPENING = re.compile(r"{[{%#]")
_CLOSING = {"{%": "%}", "{{": "}}", "{#": "#}"}
_ENDS = {"{%": re.compile(r"[-+]?%}"), "{{": re.compile(r"-?}}")}
_RAW = re.compile(r"{%[-+]?\s*raw\s*[-+]?%}")
_END_RAW = re.compile(r"{%[-+]?\s*endraw\s*[-+]?%}")
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<name>[^\W\d]\w*)
    |(?P<number>(?<!\.)\d[\d_]*\.\d[\d_]*(?:[eE][+-]?\d+)?|0[xX][\da-fA-F_]+|\d[\d_]*(?:[eE][+-]?\d+)?)
    |(?P<text>"[^"\\]*+(?:\\.[^"\\]*+)*+"|'[^'\\]*+(?:\\.[^'\\]*+)*+')
    |(?P<sign>\*\*|//|==|!=|<=|>=|[-+*/%~\[\](){}<>=.:|,;])""",
    re.DOTALL | re.VERBOSE,
)
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
#: So many characters of broken tags may be looked at twice; behind that, they are skipped.
_MOST_RETRIED = 20_000


@dataclass(frozen=True, slots=True)
class Token:
    """A name, number, text or sign of a tag, as it is written."""

    kind: Literal["name", "number", "text", "sign", "end"]
    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class Piece:
    """`{{ … }}`, or `{% … %}` when `is_tag` is set. The last token is an `end`."""

    offset: int
    is_tag: bool
    tokens: tuple[Token, ...]
    problem: str = ""

    @property
    def name(self) -> str:
        """The word that a tag begins with."""
        first = self.tokens[0]
        return first.text if self.is_tag and first.kind == "name" else ""


def pieces(text: str) -> Iterator[Piece]:
    """The tags and variables of a template, without comments and what is raw."""
    cutter = _Cutter(text)
    offset = 0
    while opening := _OPENING.search(text, offset):
        start, kind = opening.start(), opening[0]
        if kind == "{#":
            end = cutter.finder.after("#}", start + 2)
            offset = end + 2 if end < len(text) else start + 2
            if end == len(text):
                yield _broken(start, "a comment is never closed: add #}")
        elif raw := _RAW.match(text, start):
            closing = _END_RAW.search(text, raw.end())
            offset = closing.end() if closing else len(text)
            if closing is None:
                yield _broken(start, "{% raw %} is never closed: add {% endraw %}")
        else:
            piece, offset = cutter.piece(start, kind)
            yield piece


def _broken(offset: int, problem: str) -> Piece:
    return Piece(offset, False, (Token("end", "", offset),), problem)


class _Cutter:
    def __init__(self, text: str) -> None:
        self._text = text
        self.finder = Finder(text)
        #: Quotes that are known not to be closed any more.
        self._unclosed = ""
        self._retried = 0

    def piece(self, start: int, kind: str) -> tuple[Piece, int]:
        """The tag that opens here, and where the text behind it begins."""
        found: list[Token] = []
        brackets: list[str] = []
        offset = start + 2
        if self._text.startswith(("-", "+"), offset):
            offset += 1
        while offset < len(self._text):
            if not brackets and (end := _ENDS[kind].match(self._text, offset)):
                found.append(Token("end", end[0], offset))
                return Piece(start, kind == "{%", tuple(found)), end.end()
            token = self._token(offset)
            if token is None or not _balanced(brackets, token.text):
                break
            offset += len(token.text)
            if token.text.strip():
                found.append(token)
        found.append(Token("end", "", offset))
        problem = self._what_is_wrong(offset, kind)
        return Piece(start, kind == "{%", tuple(found), problem), self._behind(start, offset, kind)

    def _token(self, offset: int) -> Token | None:
        character = self._text[offset]
        found = None if character in self._unclosed else _TOKEN.match(self._text, offset)
        if found is None:
            self._unclosed += character if character in "\"'" else ""
            return None
        match found.lastgroup:
            case "name" | "number" | "text" as kind:
                return Token(kind, found[0], offset)
        return Token("sign", found[0], offset)

    def _what_is_wrong(self, offset: int, kind: str) -> str:
        if offset == len(self._text):
            return f"{kind} is never closed: add {_CLOSING[kind]}"
        return f"{self._text[offset]!r} can't be read where it stands in a tag"

    def _behind(self, start: int, offset: int, kind: str) -> int:
        """Where to go on behind a broken tag: at the next tag, as long as little is broken."""
        self._retried += offset - start
        if self._retried > _MOST_RETRIED:
            return max(offset, start + 2)
        closing = self.finder.after(_CLOSING[kind], start + 2) + 2
        opening = _OPENING.search(self._text, start + 2)
        return min(closing, opening.start() if opening else closing, len(self._text))


def _balanced(brackets: list[str], text: str) -> bool:
    """Takes a bracket in; False when it closes another one than was opened last."""
    if text in _BRACKETS:
        brackets.append(_BRACKETS[text])
    elif text in _BRACKETS.values():
        return bool(brackets) and brackets.pop() == text
    return True
