"""The text of a template: its lines, and where each offset stands."""

from __future__ import annotations

import re

from querylens.lint.templates.nodes import Written

_LINE_END = re.compile("\r\n?")


def normalised(text: str) -> str:
    """The text with `\\n` as the only line end, as files are opened."""
    return _LINE_END.sub("\n", text) if "\r" in text else text


class Lines:
    """Says where a tag is written. Offsets are asked for in rising order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offset = 0
        self._line = 1
        self._stripped: tuple[int, str] = (0, "")

    def number(self, offset: int) -> int:
        """The line of an offset, counted from 1."""
        if offset > self._offset:
            self._line += self._text.count("\n", self._offset, offset)
            self._offset = offset
        return self._line

    def written(self, offset: int, tag: str = "") -> Written:
        """A place at an offset; without a tag it shows the whole line."""
        line = self.number(offset)
        if self._stripped[0] != line:
            start = self._text.rfind("\n", 0, offset) + 1
            end = self._text.find("\n", offset)
            code = self._text[start : end if end >= 0 else None].strip()
            self._stripped = (line, code)
        return Written(line, tag or self._stripped[1], self._stripped[1] or tag)


class Finder:
    """Finds the next of a few texts. Looks at each character once for each text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: dict[str, int] = {}

    def after(self, wanted: str, offset: int) -> int:
        """Where `wanted` stands next; the text's length when it does not."""
        found = self._found.get(wanted, -1)
        if found < offset:
            found = self._text.find(wanted, offset)
            if found < 0:
                found = len(self._text)
            self._found[wanted] = found
        return found
