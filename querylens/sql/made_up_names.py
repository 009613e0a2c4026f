"""Names that are made up for each use: of savepoints, cursors and prepared statements."""

from __future__ import annotations

import re
from functools import cache

from querylens.sql.pieces import WORD

_QUOTED = r'(?:[uU]&)?"[^"]*+(?:""[^"]*+)*+"?+|`[^`]*+`?+'
_DIRECTION = "FORWARD|BACKWARD|NEXT|PRIOR|FIRST|LAST|ABSOLUTE|RELATIVE|ALL|FROM|IN"
_NOT_A_NAME = rf"{_DIRECTION}|IMMEDIATE|PREPARE|SAVEPOINT|TRANSACTION|VALUES|WHERE"
_NAMED = (
    r"((?:SAVEPOINT|RELEASE(?: SAVEPOINT)?|ROLLBACK(?: WORK| TRANSACTION)? TO(?: SAVEPOINT)?"
    r"|DECLARE|CLOSE|PREPARE|EXECUTE|(?:DEALLOCATE|DROP) PREPARE|DEALLOCATE"
    rf"|(?:FETCH|MOVE)(?: (?:{_DIRECTION}|\?(?= FROM | IN ))(?: \(\?\))?)*) )"
    rf"(?!(?:{_NOT_A_NAME})(?!{WORD}))(?:{_QUOTED}|{WORD}++)(?=\Z|\(| (?!\[|IN |FROM ))"
)
_FIRST_WORDS = (
    *("SAVEPOINT ", "RELEASE ", "ROLLBACK ", "DECLARE ", "CLOSE ", "PREPARE ", "EXECUTE "),
    *("DEALLOCATE ", "DROP PREPARE ", "FETCH ", "MOVE "),
)


@cache
def _named() -> re.Pattern[str]:
    """Compiled when it is first asked for: that takes long, and few statements do."""
    return re.compile(_NAMED)


def without_made_up_name(statement: str) -> str:
    """Gives a statement, in the layout of `Writer`, with `?` for such a name."""
    if statement.startswith(_FIRST_WORDS) and (match := _named().match(statement)):
        rest = statement[match.end() :]
        return f"{match[1]}? {rest}" if rest.startswith("(") else f"{match[1]}?{rest}"
    return statement
