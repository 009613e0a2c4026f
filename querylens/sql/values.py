"""What counts as a value in the layout of `Writer`."""

from __future__ import annotations

import re
from functools import cache

from querylens.sql.pieces import WORD

_TYPE = (
    rf'(?:{WORD}+(?:\.{WORD}+)*|"[^"]*")(?: PRECISION| VARYING)?(?:\(\?(?:, \?)?\))?'
    r"(?: WITH(?:OUT)? TIME ZONE)?(?:\[\??\])*"
)
_PLAIN_VALUE = re.compile(rf"(?:\?|NULL|TRUE|FALSE)(?:::{_TYPE})*")
_LITERAL = rf"(?:(?:DATE|TIME|TIMESTAMP|INTERVAL) )?\?(?:::{_TYPE})*"
# Django wraps what it looks for in JSON, and what it casts.
_ITEM = (
    rf"(?:{_LITERAL}|CAST\({_LITERAL} AS {_TYPE}\)|(?:JSON_UNQUOTE\()?JSON_EXTRACT\(\?, \?\)\)?)"
)


def is_plain_value(text: str) -> bool:
    """Tells whether a text is a literal, a placeholder, NULL, TRUE or FALSE, with a cast if any."""
    return text == "?" or _PLAIN_VALUE.fullmatch(text) is not None


def is_value(text: str) -> bool:
    """Tells whether a text is made of literals and placeholders alone."""
    if text == "?" or ("?" not in text and "[" not in text):
        return text == "?"
    return _value().fullmatch(text) is not None


@cache
def _value() -> re.Pattern[str]:
    """Compiled when it is first asked for: that takes long, and most programs never do."""
    row = rf"\({_ITEM}(?:, {_ITEM})*\)"
    return re.compile(rf"{_ITEM}|{row}(?:::{_TYPE})*|\[\??\](?:::{_TYPE})*")
