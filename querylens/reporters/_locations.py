"""Places and fixes as SARIF has them: files as URIs, columns from 1 in UTF-16 code units."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from querylens.model import Fix, Place
from querylens.reporters._plain import clipped
from querylens.reporters._steps import Step, steps

ROOT = "%SRCROOT%"
_LONGEST_SNIPPET = 4_000


def text(value: str, longest: int = 4_000) -> str:
    """Without halves of characters, which many parsers refuse, and not without end."""
    return clipped(value.encode("utf-8", "backslashreplace").decode(), longest)


def location(place: Place, message: str = "", number: int | None = None) -> dict[str, Any]:
    """A place with its source; related locations have a message and a number."""
    found: dict[str, Any] = {} if number is None else {"id": number}
    found["physicalLocation"] = {
        "artifactLocation": _artifact(place),
        "region": _region(place) | _snippet(place),
    }
    if place.function:
        found["logicalLocations"] = [{"name": text(place.function), "kind": "function"}]
    if message:
        found["message"] = {"text": message}
    return found


def fixes(fix: Fix) -> list[dict[str, Any]]:
    """The fix and its alternatives, those that are changes of text and nothing besides."""
    return [
        {
            "description": {"text": text(" ".join(one.code.split()), 1_000)},
            "artifactChanges": [_change(step) for step in steps(one)],
        }
        for one in (fix, *fix.alternatives)
        if _is_complete(one)
    ]


def _is_complete(fix: Fix) -> bool:
    """Where the imports go is not known, and half a fix is worse than none."""
    if fix.kind == "none" or not fix.code or fix.imports:
        return False
    return all(_deleted(step) is not None for step in steps(fix))


def _change(step: Step) -> dict[str, Any]:
    assert step.at is not None
    replacement = {
        "deletedRegion": _deleted(step),
        "insertedContent": {"text": text(step.code, 100_000)},
    }
    return {"artifactLocation": _artifact(step.at), "replacements": [replacement]}


def _deleted(step: Step) -> dict[str, int] | None:
    place = step.at
    if place is None or place.line < 1:
        return None
    columns = _columns(place)
    if step.is_behind:
        return _behind(place, columns[1]) if columns else None
    if place.end_column is None or columns:
        return _region(place)
    return None


def _behind(place: Place, column: int) -> dict[str, int]:
    line = max(place.line, place.end_line)
    return {"startLine": line, "startColumn": column, "endLine": line, "endColumn": column}


def _artifact(place: Place) -> dict[str, str]:
    path = quote(place.file, safe="/", errors="surrogatepass")
    if place.file.startswith("/"):
        return {"uri": f"file://{path}"}
    return {"uri": path, "uriBaseId": ROOT}


def _region(place: Place) -> dict[str, int]:
    line = max(place.line, 1)
    region = {"startLine": line, "endLine": max(line, place.end_line)}
    columns = _columns(place)
    if columns:
        region |= {"startColumn": columns[0], "endColumn": columns[1]}
    return region


def _snippet(place: Place) -> dict[str, Any]:
    code = place.code or place.tag
    return {"snippet": {"text": text(code, _LONGEST_SNIPPET)}} if code else {}


def _columns(place: Place) -> tuple[int, int] | None:
    """From 1, the second just behind the last; None where they can't be told for sure.

    The source of a place is kept without its indentation. So a character of two code units in it
    may be in front of a column or behind it.
    """
    if place.column is None or place.end_column is None or not place.code:
        return None
    lines = place.code.split("\n")
    if len(lines) != max(place.end_line - place.line, 0) + 1 or _has_wide((lines[0], lines[-1])):
        return None
    return place.column + 1, place.end_column + 1


def _has_wide(lines: Iterable[str]) -> bool:
    return any(ord(char) > 0xFFFF for line in lines for char in line)
