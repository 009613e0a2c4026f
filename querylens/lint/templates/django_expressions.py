"""Reads Django's filter expressions and the conditions of its `if`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from querylens.lint.templates.expressions import (
    Arguments,
    Attribute,
    Chain,
    Compared,
    Constant,
    Expression,
    Filter,
    Item,
    Literal,
    Logic,
    Name,
    Step,
    UnreadableError,
    chain,
)

_STRING = r"""(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"|'[^'\\]*+(?:\\.[^'\\]*+)*+')"""
_TEXT = rf"(?P<text>_\({_STRING}\)|{_STRING})"
_VALUE = re.compile(rf"{_TEXT}|(?P<variable>[\w.+-]+)", re.DOTALL)
_FILTER = re.compile(r"\s*\|\s*(?P<name>\w+)")
_KEYWORD = re.compile(r"(\w+)=(.+)", re.DOTALL)
_COMPARISONS = frozenset({"==", "!=", ">", "<", ">=", "<=", "is", "in"})


def read(text: str) -> Expression:
    """A value with its filters: `books|dictsort:"author.name"`. Raises `UnreadableError`."""
    found = _VALUE.match(text)
    if found is None:
        raise UnreadableError(f"{shown(text)} is no variable, number or quoted text")
    first = _value(found)
    steps: list[Step] = list(first.steps) if isinstance(first, Chain) else []
    offset = found.end()
    while offset < len(text):
        step, offset = _filter(text, offset)
        steps.append(step)
    return chain(first.first if isinstance(first, Chain) else first, steps)


def _filter(text: str, offset: int) -> tuple[Filter, int]:
    found = _FILTER.match(text, offset)
    if found is None:
        raise UnreadableError(f"{shown(text[offset:])} can't be read behind {shown(text[:offset])}")
    name, offset = found["name"], found.end()
    if not text.startswith(":", offset):
        return Filter(name), offset
    argument = _VALUE.match(text, offset + 1)
    if argument is None:
        raise UnreadableError(f"the filter {name} has a colon and no argument behind it")
    return Filter(name, Arguments((_value(argument),))), argument.end()


def _value(found: re.Match[str]) -> Expression:
    text = found["text"]
    if text is None:
        return _variable(found["variable"])
    if text.startswith("_("):
        text = text[2:-1]
    quote = text[0]
    return Literal(text[1:-1].replace("\\" + quote, quote).replace("\\\\", "\\"))


def _variable(text: str) -> Expression:
    number = _number(text)
    if number is not None:
        return Literal(number)
    name, *lookups = text.split(".")
    return chain(Name(name), path(lookups))


def path(lookups: Iterable[str]) -> list[Step]:
    """The steps of a dotted path: attributes, and items for its numbers."""
    return [
        Item(Literal(int(lookup))) if lookup.isdecimal() and len(lookup) < 10 else Attribute(lookup)
        for lookup in lookups
        if lookup
    ]


def _number(text: str) -> Constant:
    try:
        if "." not in text and "e" not in text.lower():
            return int(text)
        return float(text) if text[-1] != "." else None
    except ValueError:
        return None


def shown(text: str) -> str:
    """A piece of a template in a message: short, and on one line."""
    text = " ".join(text.split())
    return repr(text if len(text) <= 40 else text[:39] + "…")


def keyword(word: str) -> tuple[str, Expression] | None:
    """`name=value`; None for any other word. Raises `UnreadableError`."""
    found = _KEYWORD.fullmatch(word)
    return (found[1], read(found[2])) if found else None


def condition(words: Sequence[str]) -> Expression:
    """What an `if` asks. Raises `UnreadableError`."""
    if not words:
        raise UnreadableError("{% if %} asks for nothing: name a value")
    return _any(words)


def _any(words: Sequence[str]) -> Expression:
    parts = [_all(part) for part in _split(words, "or")]
    return parts[0] if len(parts) == 1 else Logic("or", tuple(parts))


def _all(words: Sequence[str]) -> Expression:
    parts = [_negated(part) for part in _split(words, "and")]
    return parts[0] if len(parts) == 1 else Logic("and", tuple(parts))


def _split(words: Sequence[str], operator: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == operator:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _negated(words: Sequence[str]) -> Expression:
    count = 0
    while count < len(words) and words[count] == "not":
        count += 1
    compared = _compared(words[count:])
    return Logic("not", (compared,)) if count else compared


def _compared(words: Sequence[str]) -> Expression:
    parts: list[Expression] = []
    contains, expects_value = False, True
    for word in words:
        if word in _COMPARISONS and not expects_value:
            contains, expects_value = contains or word == "in", True
        elif word == "not" and parts:
            # The second word of `not in` and `is not`.
            continue
        elif expects_value:
            parts.append(read(word))
            expects_value = False
        else:
            raise UnreadableError(f"{shown(word)} stands where and, or or a comparison should")
    if expects_value:
        raise UnreadableError("a value is missing in this condition")
    return parts[0] if len(parts) == 1 else Compared(tuple(parts), contains)
