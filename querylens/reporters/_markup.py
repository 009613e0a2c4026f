"""Markdown out of any text: nothing in it becomes a heading, a cell, an element or a mention."""

from __future__ import annotations

import re
from collections.abc import Iterable

from querylens.reporters._plain import clipped, plain

_LONGEST_TEXT = 1_000
_LONGEST_CODE = 4_000
_MOST_LINES = 60
_SPECIAL = r"[&<>|`*\[\]~\\$]|(?<![^\W_])_|_(?![^\W_])"
#: What GitHub makes a link of: names, numbers of issues, addresses.
_LINKING = r"[@#]|:(?=//)|(?i:www(?=\.))|(?i:gh(?=-))"
_IN_TEXT = re.compile(f"(?P<special>{_SPECIAL})|{_LINKING}")
_IN_CODE = re.compile(rf"{_SPECIAL}|[@#]|:(?=//)|(?<=[Ww]{{3}})\.")


def escaped(text: str) -> str:
    """Text to stand behind other text on a line: what GitHub would link is broken invisibly."""
    return _IN_TEXT.sub(
        lambda found: _entity(found[0]) if found["special"] else f"{found[0]}&#8203;",
        plain(clipped(text, _LONGEST_TEXT)),
    )


def code(text: str) -> str:
    """Code within a line or a cell; it can be copied as it is."""
    shown = _IN_CODE.sub(lambda found: _entity(found[0]), plain(clipped(text, _LONGEST_TEXT)))
    return f"<code>{shown}</code>" if shown else ""


def fenced(lines: Iterable[str], language: str = "") -> str:
    """Lines of code, in a fence longer than any in them. They are to be printable."""
    shown = [clipped(line, _LONGEST_CODE) for line in lines]
    if len(shown) > _MOST_LINES:
        shown = [*shown[: _MOST_LINES - 1], "…"]
    text = clipped("\n".join(shown), _LONGEST_CODE)
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(longest + 1, 3)
    return f"{fence}{language}\n{text}\n{fence}"


def _entity(char: str) -> str:
    return f"&#{ord(char)};"
