"""Statements as Django sends them, and with their values as servers log them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.workload.templates import LIST, ROWS, Template

#: Most values are plain; the others hold what a reader could take for something else.
_WORDS = (
    *("summer", "north", "blue", "first", "open", "paper", "garden", "river", "stone", "light"),
    *("evening", "market", "copper", "winter", "field", "harbour", "bridge", "cloud", "seven"),
    *("O'Brien's", "50% off", "naïve café", r"C:\temp", "two\nlines", "a -- b", "/* c */", 'x"y'),
)

Values = tuple[Any, ...]


def value(kind: str, number: int) -> Any:
    """A value of a type; another number gives another value, but for booleans."""
    if kind == "i":
        return number
    if kind == "b":
        return number % 2 == 0
    if kind == "d":
        return f"{number}.50"
    if kind == "t":
        days, seconds = divmod(number, 86_400)
        hours, seconds = divmod(seconds, 3_600)
        time = f"{hours:02}:{seconds // 60:02}:{seconds % 60:02}"
        return f"{2000 + days // 336 % 1000}-{1 + days // 28 % 12:02}-{1 + days % 28:02} {time}"
    word = f"{_WORDS[number % len(_WORDS)]} {number}"
    return f"%{word}%" if kind == "l" else word


def sent_text(template: Template, size: int) -> str:
    """The text with placeholders, as Django hands it over."""
    return _sized(template.sql, template, size) if size else template.sql


def postgres_text(template: Template, values: Values, size: int) -> str:
    """The text with psycopg's literals."""
    return _filled(template.sql, template, values, size, _POSTGRES)


def mysql_text(template: Template, values: Values, size: int) -> str:
    """The text with mysqlclient's literals."""
    return _filled(template.mysql, template, values, size, _MYSQL)


def renamed(template: Template, number: int) -> Template:
    """The same statement on a table of its own: another template."""
    table = f"{template.table}_{number}"
    sql, mysql = (
        text.replace(f"{quote}{template.table}{quote}", f"{quote}{table}{quote}")
        for text, quote in ((template.sql, '"'), (template.mysql, "`"))
    )
    return Template(number, template.kind, sql, mysql, template.types, table)


def _sized(text: str, template: Template, size: int) -> str:
    row = ", ".join(["%s"] * len(template.types))
    rows = ", ".join([f"({row})"] * size)
    return text.replace(ROWS, rows).replace(LIST, f"({', '.join(['%s'] * size)})")


def _filled(
    text: str, template: Template, values: Values, size: int, literals: dict[str, Any]
) -> str:
    types = template.types
    if size:
        text = _sized(text, template, size)
        types *= size
    if types.strip("i"):
        values = tuple([literals[kind](item) for kind, item in zip(types, values, strict=True)])
    return text % values


def _postgres_string(text: str) -> str:
    text = text.replace("'", "''")
    if "\\" not in text:
        return f"'{text}'"
    return " E'{}'".format(text.replace("\\", "\\\\"))


def _mysql_string(text: str) -> str:
    if text.isalnum():
        return f"'{text}'"
    return f"'{text.translate(_ESCAPES)}'"


_ESCAPES = {ord("\\"): "\\\\", ord("'"): "\\'", ord('"'): '\\"', ord("\n"): "\\n"}
_POSTGRES: dict[str, Callable[[Any], str]] = {
    "i": str,
    "d": str,
    "b": lambda item: "true" if item else "false",
    "s": _postgres_string,
    "l": _postgres_string,
    "t": lambda item: f"'{item}+00:00'::timestamptz",
}
_MYSQL: dict[str, Callable[[Any], str]] = {
    "i": str,
    "d": lambda item: f"'{item}'",
    "b": lambda item: "1" if item else "0",
    "s": _mysql_string,
    "l": _mysql_string,
    "t": lambda item: f"'{item}.000000'",
}
