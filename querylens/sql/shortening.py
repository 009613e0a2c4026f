"""What of a mask is the same however long it is: numbers, lists, rows, and the WHENs of a CASE.

As Django writes them: `bulk_update()` sends a WHEN for each row, a prefetch a list of keys. What is
shortened wrongly is found out once for each shape, by `lengthened`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_LONGER_LISTS = {
    " IN (8)": " IN (8, '', NULL)",
    " IN (%s)": " IN (%s, %s)",
    " IN ($8)": " IN ($8, $8)",
    "ARRAY[8]": "ARRAY[8, '', NULL]",
    "ARRAY[%s]": "ARRAY[%s, %s]",
    "ARRAY[$8]": "ARRAY[$8, $8]",
}
_SHORTEST_ROWS = " VALUES (8)"
_LONGER_ROWS = " VALUES (8, ''), (8)"
_WHEN, _THEN = b" WHEN ", b" THEN "
# Begins with a digit, so that `re` looks for that before it looks at what stands around it.
_NUMBER = re.compile(rb"8(?<=[ (,=<>+*/-]8)8*+(?:\.8++)?+(?=[ ),;]|\Z)")


def _value(prefixes: str) -> str:
    return (
        rf"(?: ?[{prefixes}]?(?:'')++|-?8++(?:\.8++)?+|true|false|TRUE|FALSE|NULL)"
        r"(?:::[a-z_]++[a-z_8]*+)?+"
    )


def _rows(prefixes: str) -> re.Pattern[bytes]:
    value = _value(prefixes)
    row = rf"\({value}(?:, {value})*+\)"
    return re.compile(rf" VALUES {row}(?:, {row})*+(?=[ ;]|\Z)".encode())


#: `E''` is no string of MySQL's.
_MYSQL_ROWS, _OTHER_ROWS = _rows("N"), _rows("EN")
_VALUE = re.compile(_value("N").encode())
#: What lists consist of, and what is left of them.
_ITEMS = ((_VALUE, b"8"), (re.compile(rb"%s"), b"%s"), (re.compile(rb"\$8++"), b"$8"))


def shortened(mask: bytes, vendor: str | None) -> bytes:
    """A mask with the shortest numbers, lists, rows and CASEs: of the same shape, if it's sure."""
    if b" IN (" in mask:
        mask = _with_short_lists(mask, b" IN (", b")")
    if b"ARRAY[" in mask:
        mask = _with_short_lists(mask, b"ARRAY[", b"]")
    if b" VALUES (" in mask:
        rows = _MYSQL_ROWS if vendor == "mysql" else _OTHER_ROWS
        mask = rows.sub(_SHORTEST_ROWS.encode(), mask)
    mask = _NUMBER.sub(b"8", mask)
    if mask.count(_WHEN) > 1:
        mask = _WHEN.join(_few_branches(mask.split(_WHEN)))
    return mask


def lengthened(mask: str) -> str:
    """A shortened mask with longer lists, rows and CASEs: of the same shape if that is sure."""
    for shortest, longer in _LONGER_LISTS.items():
        mask = mask.replace(shortest, longer)
    mask = mask.replace(_SHORTEST_ROWS, _LONGER_ROWS)
    if mask.count(" WHEN ") > 1:
        parts = mask.encode("utf-8", "surrogatepass").split(_WHEN)
        mask = _WHEN.join(_more_branches(parts)).decode("utf-8", "surrogatepass")
    return mask


def _with_short_lists(mask: bytes, start: bytes, end: bytes) -> bytes:
    first, *others = mask.split(start)
    return start.join([first, *(_with_a_short_list(each, end) for each in others)])


def _with_a_short_list(behind: bytes, end: bytes) -> bytes:
    """What stands behind the start of a list, with one item in place of several."""
    items, found, rest = behind.partition(end)
    if not found or b"," not in items:
        return behind
    gaps = items.translate(None, b"8")
    if gaps == b", " * (len(gaps) // 2) and b", ," not in b", " + items + b",":
        # Most are keys: a few calls, however many there are.
        return b"8" + end + rest
    distinct = set(items.split(b", ") if b", " in items else items.split(b","))
    for item, shortest in _ITEMS:
        if all(map(item.fullmatch, distinct)):
            return shortest + end + rest
    return behind


def _few_branches(parts: list[bytes]) -> Iterator[bytes]:
    """What stands between WHENs: of branches that follow each other with one condition, two."""
    before = b""
    for part, following in zip(parts, [*parts[1:], b""], strict=True):
        condition, then, value = part.rpartition(_THEN)
        is_repeated = then and _VALUE.fullmatch(value) and following.startswith(condition + then)
        if not is_repeated:
            before = b""
            yield part
        elif condition != before:
            before = condition
            yield condition + then + b"8"


def _more_branches(parts: list[bytes]) -> Iterator[bytes]:
    """The same with another two of those that may stand for several."""
    for part, following in zip(parts, [*parts[1:], b""], strict=True):
        yield part
        if part.endswith(b" THEN 8") and following.startswith(part[:-1]):
            yield from (part[:-1] + b"''", part[:-1] + b"NULL")
