"""Bytes that are nearly those of a seed: what transport, editing and cutting do to files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

#: What formats and their readers treat in a way of its own.
_WORDS = tuple(
    word.encode("utf-8", "surrogateescape")
    for word in (
        *(
            "\n",
            "\r\n",
            "\t",
            "\0",
            "'",
            '"',
            "\\",
            "\\'",
            "''",
            ";",
            "#",
            "--",
            "/*",
            "*/",
            "{",
            "}",
        ),
        *("[", "]", "(", ")", ",", ":", "=", "%", "%%", "%s", "$1", "?", "`", " "),
        *("-1", "0", "1e999", "9" * 25, "-9223372036854775808", "18446744073709551616", "NaN"),
        *("null", "true", "{}", "[]", '""', "\ufeff", "\udcff", "\udcc3", "\\ud800", "\\u0000"),
        *("99999-12-31 23:59:59.999", "1969-12-31T23:59:59Z", "LOG:  ", "ERROR:  ", "DETAIL:  "),
        *("# Time: ", "# User@Host: ", "SET timestamp=", "Query\t", "traceparent='", "args=("),
        *("SELECT", " WHERE ", " IN (", " LIMIT 21", "E'", "$$", "X'", "[" * 50, "(" * 300),
    )
)
_VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 2**31, 2**63, 2**64, -(2**70), 0.5, 1e300, "", "x", "\udcff", "\0"),
    *([], {}, [[]], [-1], ["x"], {"": None}, "9" * 400, "2026-07-04 12:00:00 UTC"),
)
_MOST_AT_ONCE = 4


def mutations(seeds: Sequence[bytes], count: int, random: Random) -> Iterator[bytes]:
    """So many mutations of each seed; what is spliced in comes from all of them."""
    for seed in seeds:
        for _ in range(count):
            yield mutated(seed, seeds, random)


def mutated(seed: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """One seed with a few changes."""
    data = bytearray(seed)
    for _ in range(random.randint(1, _MOST_AT_ONCE)):
        random.choice(_CHANGES)(data, others, random)
    return bytes(data)


def _stretch(data: bytearray, random: Random, longest: int = 200) -> slice:
    start = random.randint(0, len(data))
    return slice(start, min(len(data), start + random.randint(0, longest)))


def _change_byte(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    if data:
        data[random.randrange(len(data))] = random.randrange(256)


def _remove(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    del data[_stretch(data, random)]


def _cut(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    del data[random.randint(0, len(data)) :]


def _insert_word(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    position = random.randint(0, len(data))
    data[position:position] = random.choice(_WORDS)


def _replace_by_word(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    data[_stretch(data, random, 12)] = random.choice(_WORDS)


def _repeat(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    stretch = _stretch(data, random)
    data[stretch.start : stretch.start] = data[stretch] * random.randint(1, 4)


def _splice(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    other = random.choice(others)
    data[_stretch(data, random)] = other[_stretch(bytearray(other), random)]


def _exchange_lines(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    lines = data.split(b"\n")
    first, second = random.randrange(len(lines)), random.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    data[:] = b"\n".join(lines)


def _drop_line(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    lines = data.split(b"\n")
    del lines[random.randrange(len(lines))]
    data[:] = b"\n".join(lines)


def _change_json(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    """Puts another value, or that of another place, into a document that stays one."""
    lines = data.split(b"\n")
    number = random.randrange(len(lines))
    try:
        document = json.loads(lines[number])
    except (ValueError, RecursionError):
        return
    places = list(_places(document))
    if places:
        for _ in range(random.randint(1, 3)):
            holder, key = random.choice(places)
            there, other = random.choice(places)
            holder[key] = random.choice((*_VALUES, there[other]))
        try:
            lines[number] = json.dumps(document).encode()
        except (ValueError, RecursionError):
            return
        data[:] = b"\n".join(lines)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


_CHANGES: tuple[Callable[[bytearray, Sequence[bytes], Random], None], ...] = (
    _change_byte,
    _remove,
    _cut,
    _insert_word,
    _replace_by_word,
    _repeat,
    _splice,
    _exchange_lines,
    _drop_line,
    _change_json,
)
