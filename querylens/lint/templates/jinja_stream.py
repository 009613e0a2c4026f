"""The tokens of one Jinja2 tag, taken one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from querylens.lint.templates.expressions import Constant, UnreadableError
from querylens.lint.templates.jinja_tokens import Token

_MOST_NESTED = 30
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_WRITTEN = {"n": "\n", "t": "\t", "r": "\r"}


class Stream:
    """A position among tokens. Names and signs are compared by their text, never texts."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0
        #: Where the last step of the expression that was read last stands.
        self.step_offset = tokens[0].offset

    @property
    def current(self) -> Token:
        """The token that is read next."""
        return self._tokens[self._position]

    @property
    def at_end(self) -> bool:
        """Whether the tag ends here."""
        return self.current.kind == "end"

    def next(self) -> Token:
        """The current token; the one behind it becomes the current one."""
        token = self.current
        if not self.at_end:
            self._position += 1
        return token

    def at(self, *texts: str) -> bool:
        """Whether one of these names or signs stands here."""
        return self.current.kind in ("name", "sign") and self.current.text in texts

    def followed_by(self, *texts: str) -> bool:
        """Whether these names and signs stand behind the current token."""
        behind = self._tokens[self._position + 1 : self._position + 1 + len(texts)]
        return tuple(token.text for token in behind if token.kind in ("name", "sign")) == texts

    def takes(self, *texts: str) -> bool:
        """Steps over these names and signs, if they all stand here in this order."""
        if not self.at(texts[0]) or not self.followed_by(*texts[1:]):
            return False
        self._position += len(texts)
        return True

    def expect(self, text: str) -> None:
        """Steps over a name or sign. Raises `UnreadableError` when another stands here."""
        if not self.takes(text):
            raise UnreadableError(f"{text} is missing before {self.shown}")

    def name(self) -> str:
        """A name. Raises `UnreadableError` when none stands here."""
        if self.current.kind != "name":
            raise UnreadableError(f"a name is missing before {self.shown}")
        return self.next().text

    @property
    def shown(self) -> str:
        """The current token in a message."""
        return "the end of the tag" if self.at_end else repr(self.current.text[:40])

    @contextmanager
    def nested(self) -> Iterator[None]:
        """One level of brackets. Raises `UnreadableError` when there are too many."""
        self._depth += 1
        if self._depth > _MOST_NESTED:
            raise UnreadableError(f"brackets are nested more than {_MOST_NESTED} deep")
        yield
        self._depth -= 1


def number(text: str) -> Constant:
    """The value of a number's token. Raises `UnreadableError`."""
    try:
        if text[:2] in ("0x", "0X"):
            return int(text, 16)
        return float(text) if set(text) & set(".eE") else int(text)
    except ValueError:
        raise UnreadableError(f"{text[:40]} is no number") from None


def unquoted(text: str) -> str:
    """The value of a text's token."""
    return _ESCAPED.sub(lambda found: _WRITTEN.get(found[1], found[1]), text[1:-1])
