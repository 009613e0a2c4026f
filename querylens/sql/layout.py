"""Writes tokens in one layout, and folds the lists, rows and WHENs that repeat."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby

from querylens.sql.dialects import Dialect
from querylens.sql.made_up_names import without_made_up_name
from querylens.sql.pieces import BEFORE_OPERAND, OPERATORS, SIGNS, VALUE, WORD
from querylens.sql.values import is_plain_value, is_value

_DIGITS = "0123456789"
_LISTS = frozenset({"list", "tuple", "row"})
_NOTHING_TO_FOLD = frozenset({"?", ", "})

_is_word = re.compile(WORD).match
_STARTS_NAME = re.compile(rf"{WORD}|[\"`\[]")

# Deeper than this nothing is folded, so that the work grows no faster than the text.
_DEEPEST = 64


class _Frame:
    """A list, a row, a CASE or conditions joined by OR that have begun and not ended yet.

    `starts` are the places of its elements among the pieces, `end` is the place behind the last
    row or THEN, and `previous` the text of the element before.
    """

    __slots__ = ("end", "kind", "previous", "starts")

    def __init__(self, kind: str, *starts: int) -> None:
        self.kind = kind
        self.starts = [*starts]
        self.end = 0
        self.previous = ""


_PLAIN = _Frame("plain")
_SUBSCRIPT = _Frame("subscript")


class Writer:
    """Writes the tokens of a text, statement after statement."""

    __slots__ = ("_frames", "_pieces", "_statements")

    def __init__(self) -> None:
        self._statements: list[str] = []
        self._pieces: list[str] = []
        self._frames: list[_Frame] = []

    def write(self, tokens: Iterable[str], entries: Mapping[str, Entry]) -> None:
        """Writes tokens, each as its entry tells."""
        append = self._pieces.append
        for token in tokens:
            piece, action = entries[token]
            if action is None:
                append(piece)
            else:
                action(self, piece)

    def stands_after(self, piece: str) -> bool:
        """Tells whether the last piece is this one, and nothing is open around it."""
        return not self._frames and self._pieces[-1:] == [piece]

    def text(self) -> str:
        """Ends the last statement and gives all of them."""
        self._end_statement("")
        return "; ".join(self._statements)

    def _value(self, piece: str) -> None:
        pieces = self._pieces
        while pieces and pieces[-1] in SIGNS:
            if len(pieces) > 1 and pieces[-2] not in BEFORE_OPERAND:
                break
            pieces.pop()
        pieces.append(piece)

    def _named_value(self, piece: str) -> None:
        self._forget_rows()
        if self._frames and self._frames[-1] is _SUBSCRIPT:
            # `[1:n]` is a slice.
            self._pieces += ": ", VALUE if piece[1] in _DIGITS else piece[1:]
        else:
            self._value(VALUE)

    def _dot(self, piece: str) -> None:
        if self._pieces and self._pieces[-1] not in OPERATORS:
            self._strip()
        self._pieces.append(piece)

    def _comma(self, piece: str) -> None:
        self._strip()
        self._pieces.append(piece)
        if self._frames:
            frame, here = self._frames[-1], len(self._pieces)
            if frame.kind in _LISTS or (frame.kind == "rows" and frame.end == here - 1):
                frame.starts.append(here)

    def _strip(self) -> None:
        pieces = self._pieces
        if pieces and pieces[-1] != ", " and pieces[-1].endswith(" "):
            pieces[-1] = pieces[-1][:-1]

    def _parenthesis(self, piece: str) -> None:
        kind = self._kind_of_parenthesis()
        pieces = self._pieces
        if pieces and pieces[-1] not in BEFORE_OPERAND and _is_word(pieces[-1][-2:-1]):
            self._strip()
        pieces.append(piece)
        self._frames.append(_Frame(kind, len(pieces)) if kind else _PLAIN)

    def _kind_of_parenthesis(self) -> str:
        pieces, frames = self._pieces, self._frames
        start = len(pieces)
        if not start or len(frames) >= _DEEPEST:
            return ""
        if pieces[-1] == "IN ":
            return "list"
        if pieces[-1] == "ROW ":
            start -= 1
        if start and pieces[start - 1] == "VALUES ":
            self._forget_rows()
            frames.append(_Frame("rows", start))
            return "row"
        if frames and frames[-1].starts[-1:] == [start]:
            return {"list": "tuple", "rows": "row"}.get(frames[-1].kind, "")
        return ""

    def _bracket(self, piece: str) -> None:
        pieces, frames = self._pieces, self._frames
        is_array = pieces[-1:] == ["ARRAY "]
        if frames and frames[-1].kind == "list":
            is_array |= frames[-1].starts[-1] == len(pieces)
        if pieces and pieces[-1] not in BEFORE_OPERAND:
            self._strip()
        pieces.append(piece)
        is_list = is_array and len(frames) < _DEEPEST
        frames.append(_Frame("list", len(pieces)) if is_list else _SUBSCRIPT)

    def _close(self, piece: str) -> None:
        pieces, frames = self._pieces, self._frames
        while frames and frames[-1].kind in ("case", "rows"):
            frames.pop()
        frame = frames.pop() if frames else _PLAIN
        if frame.kind == "or":
            self._fold_branch(frame)
        self._strip()
        if frame.kind in _LISTS:
            self._fold_list(frame)
        pieces.append(piece)
        if frame.kind == "row":
            self._fold_row(frames[-1])

    def _fold_list(self, frame: _Frame) -> None:
        pieces, starts = self._pieces, frame.starts
        if frame.kind == "tuple" and _NOTHING_TO_FOLD.issuperset(pieces[starts[0] :]):
            return
        ends = [*(start - 1 for start in starts[1:]), len(pieces)]
        elements = ["".join(pieces[start:end]) for start, end in zip(starts, ends, strict=True)]
        elements = ["?" if is_plain_value(element) else element for element in elements]
        if frame.kind != "tuple" and all(map(is_value, set(elements))):
            elements = [element for element, _ in groupby(elements)]
        pieces[starts[0] :] = [", ".join(elements)]

    def _fold_row(self, rows: _Frame) -> None:
        pieces, start = self._pieces, rows.starts[-1]
        row = "".join(pieces[start:])
        if row == rows.previous:
            del pieces[start - 1 :], rows.starts[-1]
            pieces[-1] += " "
        rows.previous = row
        rows.end = len(pieces)

    def _forget_rows(self) -> None:
        # Nothing marks the end of rows: they have ended when something else is found.
        while self._frames and self._frames[-1].kind == "rows":
            self._frames.pop()

    def _case(self, piece: str) -> None:
        if len(self._frames) < _DEEPEST:
            self._frames.append(_Frame("case"))
        self._pieces.append(piece)

    def _branch(self, piece: str) -> None:
        self._forget_rows()
        if self._frames and self._frames[-1].kind == "case":
            frame = self._frames[-1]
            if frame.starts:
                self._fold_branch(frame)
            frame.starts = [len(self._pieces)] if piece == "WHEN " else []
            frame.end = 0
            if piece == "END ":
                self._frames.pop()
        self._pieces.append(piece)

    def _or(self, piece: str) -> None:
        self._forget_rows()
        frames = self._frames
        if frames and frames[-1] is _PLAIN and len(frames) <= _DEEPEST:
            frames[-1] = _Frame("or")
        if frames and frames[-1].kind == "or":
            if frames[-1].starts:
                self._fold_branch(frames[-1])
            frames[-1].starts = [len(self._pieces)]
        self._pieces.append(piece)

    def _then(self, piece: str) -> None:
        self._forget_rows()
        self._pieces.append(piece)
        if self._frames and self._frames[-1].kind == "case":
            self._frames[-1].end = len(self._pieces)

    def _fold_branch(self, frame: _Frame) -> None:
        pieces, start = self._pieces, frame.starts[0]
        if frame.end and is_plain_value("".join(pieces[frame.end :])[:-1]):
            pieces[frame.end :] = [VALUE]
        branch = "".join(pieces[start:])
        if branch == frame.previous:
            del pieces[start:]
        frame.previous = branch

    def _end_statement(self, _: str) -> None:
        pieces, frames = self._pieces, self._frames
        # What is left when a text was cut: `…, 3, ...`
        while pieces and pieces[-1] in (", ", "."):
            pieces.pop()
        self._strip()
        while frames:
            frame = frames.pop()
            if frame.kind in _LISTS:
                while frame.starts[-1] > len(pieces):
                    frame.starts.pop()
                self._fold_list(frame)
        statement = "".join(pieces)
        if statement:
            self._statements.append(without_made_up_name(statement))
        pieces.clear()


Action = Callable[[Writer, str], None]

#: What is written for a token, and how; None when it only has to be appended.
Entry = tuple[str, Action | None]

_ENTRIES: dict[str, Entry] = {
    "": (VALUE, Writer._value),
    "(": ("(", Writer._parenthesis),
    "[": ("[", Writer._bracket),
    ")": (") ", Writer._close),
    "]": ("] ", Writer._close),
    ",": (", ", Writer._comma),
    ".": (".", Writer._dot),
    "::": ("::", Writer._dot),
    ";": ("", Writer._end_statement),
    "%%": ("% ", None),
    "OR": ("OR ", Writer._or),
    "CASE": ("CASE ", Writer._case),
    "WHEN": ("WHEN ", Writer._branch),
    "THEN": ("THEN ", Writer._then),
    "ELSE": ("ELSE ", Writer._branch),
    "END": ("END ", Writer._branch),
}
_UPPER_CASE = {ord(letter): letter.upper() for letter in "abcdefghijklmnopqrstuvwxyz"}


def entry_of(token: str, dialect: Dialect) -> Entry:
    """Tells what to write for a token that `dialect.tokens` found."""
    first, last = token[:1], token[-1:]
    if token in _ENTRIES:
        return _ENTRIES[token]
    if ", " in token and dialect.columns.fullmatch(token):
        return f"{token} ", None
    if last == ")" and first in "iIvV":
        return ("IN (?) " if first in "iI" else "VALUES (?) "), None
    if _STARTS_NAME.match(token):
        # Around the dots there can be white space.
        parts = dialect.parts.findall(token) if "." in token else [token]
        name = ".".join(map(_fold, parts))
        return _ENTRIES.get(name) or (f"{name} ", None)
    if first == ":" and _STARTS_NAME.match(token, 1):
        return f"{_fold(token)} ", Writer._named_value
    return f"{_fold(token)} ", None


def _fold(word: str) -> str:
    if word[-1] in '"`]' or word[0] in '"`[':
        return word
    return word.upper() if word.isascii() else word.translate(_UPPER_CASE)
