"""How each database cuts a text into tokens: constant patterns, one set for each vendor."""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import Literal, NamedTuple

from querylens.sql.pieces import WORD

#: Django's words for the databases whose rules are known.
VENDORS = frozenset({"mysql", "oracle", "postgresql", "sqlite"})

# Before 3.11.5 a possessive group that fails half way leaves `re` at the wrong place. So the
# groups repeated possessively here fail at their first characters or not at all. Others repeat
# greedily, and have an upper bound because every round of a greedy repeat takes memory.

_START = r"[^\x00-\x40\x5b-\x5e\x60\x7b-\x7f]"
_TAG = r"[^\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]"
_NAME = rf"{_START}{WORD}*+"

# What is still open at the end of the text was cut off there.
_SINGLE = r"'[^']*+(?:''[^']*+)*+(?:'|\Z)"
_SINGLE_ESCAPED = r"'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+(?:'|\\?\Z)"
_DOUBLE = _SINGLE.replace("'", '"')
_DOUBLE_ESCAPED = _SINGLE_ESCAPED.replace("'", '"')
_BACKTICKS = _SINGLE.replace("'", "`")
_BRACKETS = r"\[[^\]]*+(?:\]|\Z)"
_DOLLARS = rf"\$(?P<tag>(?:{_START}{_TAG}*+)?)\$.*?(?:\$(?P=tag)\$|\Z)"

_NUMBER = (
    r"(?:0[xX][0-9a-fA-F_]++|0[oO][0-7_]++|0[bB][01_]++"
    r"|(?:[0-9][0-9_]*+(?:\.(?!\.)(?:[0-9][0-9_]*+)?)?|\.[0-9][0-9_]*+)(?:[eE][+-]?[0-9]++)?)"
    rf"(?!{WORD})"
)
_PLACEHOLDER = rf"%[sbt](?!{WORD})|%\([^()]*+\)[sbt]|\$[0-9]++(?!{WORD})"
_QUESTION_MARK = r"\?[0-9]*+"
_AT_NAME = rf"@{_NAME}"

_OPERATOR = r"->>?+|<=>|[<>!=]=|<>|<<|>>|\|\||&&|:=|::|=>|%%"
_POSTGRES_OPERATOR = (
    r"\?[|&]|#>>?+|#-|@[>@?]|<@|<->|<#>|-\|-|<<\||\|>>|&<\||\|&>|&[<>]|\|\|?+/|!?~~?\*?|\^@|!!"
)

_LINE_COMMENT = r"--[^\n]*+"
_MYSQL_LINE_COMMENT = r"(?:\#|--(?=[\x00-\x20]|\Z))[^\n]*+"
_COMMENT = r"/\*.*?(?:\*/|\Z)"
# MySQL and MariaDB execute what these marks enclose, so they are part of the statement.
_EXECUTED = r"/\*M?![0-9]*+"
_EXECUTED_END = r"\*/(?!\*M?!)"
_SIMPLE_EXECUTED = r"/\*M?![^*/\-\#'\"]*+\*/"
_COMMENT_NOT_EXECUTED = rf"(?!{_EXECUTED}){_COMMENT}"

_FLAGS = re.ASCII | re.DOTALL
_COMMENT_MARK = re.compile(r"/\*|\*/")
_MAY_HIDE = re.compile(rf"--|/\*|\#|\$(?:{_START}{_TAG}*+)?\$")


class _Rules(NamedTuple):
    """Patterns that differ between vendors; the first quote of `name` is the one Django uses."""

    value: str
    name: str
    named_value: str
    operator: str
    comment: str


def _any(*patterns: str) -> str:
    return "|".join(patterns)


_POSTGRES_STRING = rf"{_SINGLE}|[eE]{_SINGLE_ESCAPED}|[bBnNxX]{_SINGLE}|[uU]&{_SINGLE}"
_POSTGRES_QUESTION_MARK = r"\?(?![|&](?![|&]))[0-9]*+"
_MYSQL_STRING = rf"{_SINGLE_ESCAPED}|{_DOUBLE_ESCAPED}|[bBnNxX]{_SINGLE_ESCAPED}"
_MYSQL_VALUE = _any(_MYSQL_STRING, _NUMBER, _PLACEHOLDER, _QUESTION_MARK)
# Django and its driver write bytes as `_binary %s` and `_binary '…'`.
_MYSQL_CHARACTER_SET = (
    r"(?i:_(?:ascii|big5|binary|cp[0-9]++|gb[0-9]++|gbk|latin[0-9]|sjis|ucs2|utf[0-9a-z]++))"
)
_RULES = {
    "mysql": _Rules(
        value=rf"{_MYSQL_VALUE}|{_MYSQL_CHARACTER_SET}\s*+(?:{_MYSQL_VALUE})",
        name=_BACKTICKS,
        named_value=rf":{WORD}++",
        operator=_any(_OPERATOR, rf"@{{1,2}}{WORD}++", _EXECUTED, _EXECUTED_END),
        comment=_any(_MYSQL_LINE_COMMENT, _COMMENT_NOT_EXECUTED),
    ),
    "oracle": _Rules(
        value=_any(_SINGLE, rf"[nN]{_SINGLE}", _NUMBER, _PLACEHOLDER, _QUESTION_MARK, _AT_NAME),
        name=_any(_DOUBLE, _BACKTICKS),
        named_value=rf":{WORD}++",
        operator=_any(_OPERATOR, r"\*\*"),
        comment=_any(_LINE_COMMENT, _COMMENT),
    ),
    "postgresql": _Rules(
        value=_any(_POSTGRES_STRING, _NUMBER, _PLACEHOLDER, _POSTGRES_QUESTION_MARK, _AT_NAME),
        name=_any(_DOUBLE, _BACKTICKS, rf"[uU]&{_DOUBLE}"),
        named_value=rf":{_NAME}",
        operator=_any(_POSTGRES_OPERATOR, _OPERATOR),
        comment=_any(_LINE_COMMENT, _COMMENT),
    ),
    "sqlite": _Rules(
        value=_any(_SINGLE, rf"[xX]{_SINGLE}", _NUMBER, _PLACEHOLDER, _QUESTION_MARK, _AT_NAME)
        + rf"|\${WORD}++",
        name=_any(_DOUBLE, _BACKTICKS, _BRACKETS),
        named_value=rf":{WORD}++",
        operator=_OPERATOR,
        comment=_any(_LINE_COMMENT, _COMMENT),
    ),
    None: _Rules(
        value=_any(_POSTGRES_STRING, _NUMBER, _PLACEHOLDER, _POSTGRES_QUESTION_MARK, _AT_NAME),
        name=_any(_DOUBLE, _BACKTICKS, rf"[uU]&{_DOUBLE}"),
        named_value=rf":{WORD}++",
        operator=_any(_POSTGRES_OPERATOR, _OPERATOR, _EXECUTED, _EXECUTED_END),
        comment=_any(_LINE_COMMENT, _COMMENT_NOT_EXECUTED),
    ),
}


class Dialect:
    """What one vendor's texts are read with. To compile a pattern takes long: most are not needed.

    `comments` finds comments and dollar quotes, past all that can contain what looks like one; a
    text without any of `comment_marks` has none.
    """

    def __init__(self, vendor: str | None, *, shortcuts: bool) -> None:
        self._rules = _RULES[vendor]
        self._has_dollar_quotes = vendor in (None, "postgresql")
        self._shortcuts = shortcuts
        marks = ("--", "/*", "$") if self._has_dollar_quotes else ("--", "/*")
        self.comment_marks = (*marks, "#") if vendor == "mysql" else marks
        self.nested_comments: Literal["no", "yes", "if closed"] = (
            "yes" if vendor == "postgresql" else "no" if vendor else "if closed"
        )

    @cached_property
    def tokens(self) -> re.Pattern[str]:
        """Finds tokens; the group is empty for a value (a literal or a placeholder)."""
        rules = self._rules
        name = rf"(?:{rules.name}|{_NAME})(?:\s*+\.\s*+(?:{self._part})){{0,4}}"
        runs = _shortcuts(rules) if self._shortcuts else "(?!)"
        return re.compile(
            rf"{rules.value}|({runs}|{name}|{rules.named_value}|{rules.operator}|{WORD}++|[^\s])",
            _FLAGS,
        )

    @cached_property
    def parts(self) -> re.Pattern[str]:
        """Takes a dotted name apart."""
        return re.compile(self._part, _FLAGS)

    @cached_property
    def columns(self) -> re.Pattern[str]:
        """A token of several columns."""
        return re.compile(_columns(self._rules), _FLAGS)

    @cached_property
    def comments(self) -> re.Pattern[str]:
        """Its groups tell comments and dollar quotes."""
        rules = self._rules
        dollars = _DOLLARS if self._has_dollar_quotes else "(?!)"
        return re.compile(
            rf"(?P<comment>{rules.comment})|(?P<dollars>{dollars})"
            rf"|{rules.value}|{rules.name}|{WORD}++|{_SIMPLE_EXECUTED}",
            _FLAGS,
        )

    @property
    def _part(self) -> str:
        return rf"{self._rules.name}|[0-9]*+{_NAME}|\*"


@cache
def dialect_of(vendor: str | None, *, shortcuts: bool = True) -> Dialect:
    """Gives the rules of a vendor, named as Django names it.

    The shortcuts take frequent runs of tokens as one. They change the speed and not the result.
    """
    return Dialect(vendor, shortcuts=shortcuts)


def _shortcuts(rules: _Rules) -> str:
    value = rf"(?:[-+]\s*+)?(?:{rules.value}|{rules.named_value})"
    item = rf"(?:{value}|(?:NULL|TRUE|FALSE)(?!{WORD}))(?:::{_NAME}(?:\[\])?){{0,3}}"
    row = rf"\(\s*+{item}(?:\s*+,\s*+{item}){{0,199}}\s*+\)"
    return (
        rf"{_columns(rules)}"
        r"|[iI][nN]\s*+\((?:[0-9][0-9]*+(?:,\ [0-9][0-9]*+)*+|%s(?:,\ %s)*+)\)"
        rf"|[iI][nN]\s*+\(\s*+{item}(?:\s*+,\s*+{item}){{0,1999}}\s*+\)"
        rf"|[vV][aA][lL][uU][eE][sS]\s*+{row}(?:\s*+,\s*+{row}){{0,199}}(?!\s*+,)"
    )


def _columns(rules: _Rules) -> str:
    quote = rules.name[0]
    column = rf"{quote}[^{quote}]++{quote}\.{quote}[^{quote}]++{quote}"
    # Not where the last quote is a doubled one, or the last name goes on.
    return rf"{column}(?:,\ {column}){{1,999}}(?!{quote}|\s*+\.)"


def without_comments(sql: str, dialect: Dialect) -> str:
    """Gives the text with a space for each comment and an ordinary literal for a dollar quote."""
    if not _MAY_HIDE.search(sql):
        return sql
    kept: list[str] = []
    start = 0
    nested = dialect.nested_comments
    matches = dialect.comments.finditer(sql)
    while match := next(matches, None):
        if match.lastgroup is None:
            continue
        end = match.end()
        if nested != "no" and match[0].startswith("/*") and "/*" in match[0][2:]:
            if closed := _end_of_nested(sql, match.start()):
                end = closed
            elif nested == "yes":
                end = len(sql)
            else:
                nested = "no"
            matches = dialect.comments.finditer(sql, end)
        kept += sql[start : match.start()], " " if match.lastgroup == "comment" else " '' "
        start = end
    return "".join([*kept, sql[start:]])


def _end_of_nested(sql: str, start: int) -> int:
    depth = 0
    for mark in _COMMENT_MARK.finditer(sql, start):
        depth += 1 if mark[0] == "/*" else -1
        if not depth:
            return mark.end()
    return 0
