"""What is left of a text when its values are masked: equal for texts that differ in values alone.

A log has its values in its texts, so few texts come twice, and to read each token by token is what
would take longest. A mask is made by a few calls of C functions: the insides of strings are taken
out and every digit is an 8. What a mask may stand for is looked at once, by `names_with_digits`:
with the tokens of the mask it makes sure that each masked stretch is a value, or a part of a name.

That is enough. Tokens are found from left to right, and where one ends depends on the characters
from its beginning on. So a text has the tokens of its mask, one by one: what is masked in a string
has no quote in it, and other digits leave a number a number. Where that could be otherwise there
is no mask, or `names_with_digits` says that it isn't sure: comments, dollar quotes, quotes that
another quote encloses, escapes that could hide a quote.
"""

from __future__ import annotations

import re

from querylens.sql.dialects import dialect_of

#: Those whose strings end as `without_strings` takes for granted.
MASKED_VENDORS = frozenset({"mysql", "postgresql", None})

#: Makes a mask of a text `without_strings`, which has been encoded: every digit becomes an 8.
EIGHTS = bytes(ord("8") if chr(byte) in "0123456789" else byte for byte in range(256))
#: Stands for what a backslash escapes. A text that has it by itself isn't sure.
_ESCAPED = "\x01"
_STRINGS = re.compile(r"(?:[a-zA-Z]&?|_[a-zA-Z0-9]+\s*)?(?:'')+")
_DOLLARS = re.compile(r"\$(?:[^\x00-\x40][^\x00-\x2f\x3a-\x40]*)?\$")
_PLAIN = re.compile(r"[A-Za-z_\"`.,()=* ]*+")


def without_strings(sql: str, vendor: str | None) -> str | None:
    """The text without the insides of its strings; None if not sure."""
    if "\\" in sql:
        if vendor == "mysql":
            # In pairs from the left, as the server reads them.
            sql = sql.replace("\\\\", _ESCAPED).replace("\\'", _ESCAPED).replace('\\"', _ESCAPED)
        elif "\\'" in sql:
            return None
    if "'" not in sql:
        return sql
    parts = sql.split("'")
    return "''".join(parts[::2]) if len(parts) % 2 else None


def names_with_digits(mask: str, vendor: str | None) -> tuple[slice, ...] | None:
    """Where a mask has digits that are no value's; None if it isn't sure what is masked."""
    dialect = dialect_of(vendor, shortcuts=False)
    marks = (mark for mark in dialect.comment_marks if mark != "$")
    if any(mark in mask for mark in marks) or _DOLLARS.search(mask) or not _is_closed(mask):
        return None
    # Between two words of plain names and keywords tokens end, so what comes before has no value.
    plain = _PLAIN.match(mask)
    start = mask.rfind(" ", 0, plain.end()) if plain else 0
    if start < 0 or mask.count('"', 0, start) % 2 or mask.count("`", 0, start) % 2:
        start = 0
    found = []
    for token in dialect.tokens.finditer(mask, start):
        name = token[1]
        if name is None:
            if "'" in token[0] and not _STRINGS.fullmatch(token[0]):
                return None
        elif "'" in name:
            return None
        elif "8" in name:
            found.append(slice(*token.span()))
    return tuple(found)


def _is_closed(mask: str) -> bool:
    """Whether quotes of one kind enclose names, and all of them are closed."""
    quotes, backticks = mask.count('"'), mask.count("`")
    return not (quotes % 2 or backticks % 2 or (quotes and backticks) or _ESCAPED in mask)
