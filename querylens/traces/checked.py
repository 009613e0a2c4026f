"""What a line holds, checked: the wrong type, or a number that points nowhere, is an error."""

from __future__ import annotations

import json
from typing import Any, cast

from querylens.traces import layout
from querylens.traces.layout import NONE, TraceFormatError


def parsed(line: bytes) -> dict[str, Any]:
    """The object of a line, of this version. Raises `TraceFormatError`."""
    document = _document(line)
    version = document.get("v") if isinstance(document, dict) else None
    if type(version) is not int or version < 1:
        raise TraceFormatError("not a querylens trace: record one with querylens.traces")
    if version > layout.VERSION:
        shown = version if version < 1_000_000 else "unknown"
        raise TraceFormatError(f"written by a newer querylens (format {shown}): upgrade querylens")
    return cast("dict[str, Any]", document)


def _document(line: bytes) -> Any:
    # A process that records is another one's, and has no use for it.
    import msgspec

    try:
        return msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # It takes less than Python does, as of half a surrogate pair, and says less.
        return _slowly(line)


def _slowly(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise TraceFormatError("not UTF-8: the line is damaged; record it again") from None
    except RecursionError:
        raise TraceFormatError("nested too deep: not a querylens trace") from None
    except json.JSONDecodeError:
        raise TraceFormatError("not JSON: the line is damaged or no querylens trace") from None
    except ValueError:
        raise TraceFormatError("a number is out of range: the line is damaged") from None


def list_of(values: Any, kind: type) -> list[Any]:
    """A list with items of one type alone; raises TypeError."""
    if type(values) is not list or not set(map(type, values)) <= {kind}:
        raise TypeError
    return values


def number(value: Any, lowest: int = NONE, end: int = layout.LARGEST) -> int:
    """A whole number in a range. Raises TypeError and `TraceFormatError`."""
    if type(value) is not int:
        raise TypeError
    if not lowest <= value < end:
        raise TraceFormatError("a number is out of range: the line is damaged")
    return value


def string(value: Any) -> str:
    """A text; raises TypeError."""
    if type(value) is not str:
        raise TypeError
    return value


def item(values: list[Any], number: Any) -> Any:
    """What a number points to; raises TypeError and IndexError."""
    if type(number) is not int or number < 0:
        raise TypeError
    return values[number]


def optional(values: list[Any], number: Any) -> Any:
    """What a number points to, or None."""
    return None if number == NONE and type(number) is int else item(values, number)
