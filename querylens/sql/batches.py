"""How much one statement carries, read from its text as it was sent.

Fingerprints make lists of any length equal. What is said here errs to one side: a text that might
carry several rows or values is said to.
"""

from __future__ import annotations

import re

_LIST = re.compile(r"\b(?:IN|(ANY))\s*+(?=\()", re.IGNORECASE)
_LIST_OF_ONE = re.compile(
    r"\(\s*+(?:'[^'\\]*+'|%s|%\([^()]*+\)s|\$[0-9]++|[^\s'\"(),?;%$]++)"
    r"(?:::[a-zA-Z0-9_ ]++)?\s*+\)"
)
_SEVERAL_ROWS = re.compile(r"\)\s*+,\s*+(?:ROW\s*+)?\(", re.IGNORECASE)
_ROWS = re.compile(r"\bVALUES?\s*+\(", re.IGNORECASE)
# What stands before it is asked last: a search for a few characters is much faster.
_PLACEHOLDER = re.compile(
    r"\?(?<=[=<>(,\s]\?)(?!\s*+['|&])|%s(?<=[=<>(,\s]%s)|%\((?<=[=<>(,\s]%\()[^()]*+\)s"
    r"|\$[0-9](?<=[=<>(,\s]\$[0-9])|:[A-Za-z_](?<=[=<>(,\s]:[A-Za-z_])"
)
_INSERT = re.compile(r"\s*+(?:/\*.*?\*/\s*+)?(?:INSERT|REPLACE)\b", re.IGNORECASE | re.DOTALL)


def carries_several(sql: str) -> bool:
    """Whether a statement may carry several rows of an INSERT, or a list of several values.

    True for what is not sure to carry one: `IN (?)` may be a list that a tool has shortened.
    """
    # As Django writes them: found at once, where a pattern looks at each character.
    if _INSERT.match(sql):
        if "), (" in sql:
            return True
        return _ROWS.search(sql) is None or _SEVERAL_ROWS.search(sql) is not None
    found = sql.find(" IN (")
    if found >= 0 and not _LIST_OF_ONE.match(sql, found + 4):
        return True
    # An array is a list, whatever is in it.
    lists = _LIST.finditer(sql)
    return any(found[1] or not _LIST_OF_ONE.match(sql, found.end()) for found in lists)


def has_placeholders(sql: str) -> bool:
    """Whether values stand beside the text, or were taken out of it."""
    return any(map(sql.__contains__, "?%$:")) and _PLACEHOLDER.search(sql) is not None


def row_written(sql: str, params: str = "") -> str:
    """What tells the row of an UPDATE that ends in `WHERE column = value`.

    Equal for two texts of one fingerprint where the value is the same, whatever was assigned:
    the text from WHERE on, and the last of the values that are told beside it.
    """
    where = max(sql.rfind(" WHERE "), sql.rfind("\nWHERE "))
    return f"{sql[where:] if where >= 0 else sql}{params[params.rfind(',') + 1 :]}"
