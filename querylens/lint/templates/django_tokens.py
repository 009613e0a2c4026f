"""Cuts a Django template into its tags, and a tag into its words, as Django does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from querylens.lint.templates.reading import Finder

_OPENING = re.compile(r"{[{%#]")
_CLOSING = {"{%": "%}", "{{": "}}", "{#": "#}"}
_TAG_OVER_LINES = re.compile(r"{%\s*\w")
_WORD_PART = re.compile(r"""\s+|"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|[^\s'"]++""", re.DOTALL)
_VERBATIM = re.compile(r"verbatim(?: .*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """`{{ contents }}`, or `{% contents %}` when `is_tag` is set. `offset` is of the brace."""

    offset: int
    contents: str
    is_tag: bool
    #: Django itself reads such a tag as text; projects that patch its lexer do not.
    over_lines: bool = False

    @property
    def text(self) -> str:
        """The token as the runtime shows it."""
        return f"{{% {self.contents} %}}" if self.is_tag else f"{{{{ {self.contents} }}}}"


def tokens(text: str) -> Iterator[Token]:
    """The tags and variables of a template, without comments and what is verbatim."""
    finder = Finder(text)
    offset, verbatim = 0, ""
    while opening := _OPENING.search(text, offset):
        start, kind = opening.start(), opening[0]
        end = finder.after(_CLOSING[kind], start + 2)
        over_lines = finder.after("\n", start) < end
        if end == len(text) or (over_lines and not _may_span_lines(text, start, end, finder)):
            offset = start + 1
            continue
        offset = end + 2
        contents = text[start + 2 : end].strip()
        if verbatim:
            verbatim = "" if kind == "{%" and contents == verbatim else verbatim
        elif kind == "{%" and _VERBATIM.fullmatch(contents):
            verbatim = "end" + contents
        elif kind != "{#":
            yield Token(start, contents, kind == "{%", over_lines)


def _may_span_lines(text: str, start: int, end: int, finder: Finder) -> bool:
    if not _TAG_OVER_LINES.match(text, start):
        return False
    return finder.after("{%", start + 1) > end


def words(contents: str) -> list[str]:
    """The words of a tag; quotes and `_("…")` hold a word together."""
    if '"' not in contents and "'" not in contents:
        return contents.split()
    found: list[str] = []
    word = ""
    offset, unclosed = 0, ""
    while offset < len(contents):
        character = contents[offset]
        part = None if character in unclosed else _WORD_PART.match(contents, offset)
        piece = part[0] if part else character
        if part is None:
            # No such quote closes behind here, so that none has to be looked at again.
            unclosed += character
        offset += len(piece)
        if piece.isspace():
            if word:
                found.append(word)
            word = ""
        else:
            word += piece
    return [*found, word] if word else found
