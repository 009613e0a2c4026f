"""What is wrong with a file: one line with the place, the trouble and the remedy."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

_LEAVE_OUT = "leave it out with `omit`"
_LONGEST_REASON = 200
#: What a parser of Python 3 says of code that Python 2 understood.
_PYTHON_2 = re.compile(
    r"Missing parentheses in call to '(?:print|exec)'"
    r"|leading zeros in decimal integer literals"
    r"|invalid (?:hexadecimal|decimal|octal) literal"
)
_PYTHON_2_LINE = re.compile(
    r"\s*print\s+(?:[\"'\w]|>>)|\s*exec\s+[\"'\w]|\s*raise\s+[\w.]+\s*,|.*\b[uU][rR][\"']"
)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something that could not be read. Line and column count from 1; 0 where there is none."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = [self.file, *(str(each) for each in (self.line, self.column) if each)]
        return f"{':'.join(place)}: {self.message}"


def printable(text: str) -> str:
    """A name in one line of valid text: that of a file may hold any byte."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii")
        for each in text
    )


def unreadable(shown: str, error: OSError, line: int = 0) -> Problem:
    """A file or folder that the system doesn't give."""
    reason = printable(error.strerror or str(error))[:_LONGEST_REASON]
    message = f"cannot be read ({reason}): check the path and its permissions"
    return Problem(shown, line, 0, message)


def too_large(shown: str, size: int, limit: int) -> Problem:
    """A file that only a program can have written. Sizes are in bytes."""
    sizes = f"{size / 1e6:.1f} MB, over the limit of {limit / 1e6:g} MB"
    return Problem(shown, 1, 0, f"not read, for it has {sizes}: {_LEAVE_OUT}")


def no_file(shown: str) -> Problem:
    """A device, a socket or a pipe with the name of a file."""
    return Problem(shown, 1, 0, f"not read, for it is no ordinary file: {_LEAVE_OUT}")


def too_deep(shown: str, line: int = 1) -> Problem:
    """A file, or what begins at a line of it, that is nested deeper than a program can follow."""
    message = f"not read, for its code is nested too deeply: split it up, or {_LEAVE_OUT}"
    return Problem(shown, line, 0, message)


def no_text(shown: str, data: bytes) -> Problem | None:
    """What tells a file from text in an encoding that Python reads; None when nothing does."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Problem(shown, 1, 0, "is UTF-16: save it as UTF-8")
    position = data.find(b"\0")
    if position < 0:
        return None
    line = data.count(b"\n", 0, position) + 1
    return Problem(shown, line, 0, f"holds a NUL byte, so that it is no text: {_LEAVE_OUT}")


def unknown_encoding(shown: str, name: str) -> Problem:
    """An encoding is declared (PEP 263) that Python doesn't know."""
    named = printable(name)[:_LONGEST_REASON]
    return Problem(
        shown,
        1,
        0,
        f"declares the encoding {named!r}, which Python does not know: save it as UTF-8",
    )


def two_encodings(shown: str, name: str) -> Problem:
    """A byte order mark tells UTF-8, and a line another encoding."""
    named = printable(name)[:_LONGEST_REASON]
    message = f"is UTF-8 by its byte order mark and declares {named!r}: remove the declaration"
    return Problem(shown, 1, 0, message)


def undecodable(shown: str, data: bytes, encoding: str, position: int) -> Problem:
    """A byte that the file's encoding doesn't have."""
    line = data.count(b"\n", 0, position) + 1
    byte = f"byte 0x{data[position]:02x}" if position < len(data) else "its end"
    return Problem(
        shown, line, 0, f"{byte} is no {encoding}: save it as UTF-8, or declare its encoding"
    )


def syntax_problem(shown: str, error: SyntaxError) -> Problem:
    """What the parser refuses."""
    reason = printable(error.msg or "invalid syntax")[:_LONGEST_REASON]
    column = max(error.offset or 0, 0)
    if _is_python_2(reason, error.text or "", column):
        remedy = f"it looks like Python 2: convert it, or {_LEAVE_OUT}"
    else:
        running = f"{sys.version_info.major}.{sys.version_info.minor}"
        remedy = f"mend it, or run querylens with the Python it is written for (this is {running})"
    return Problem(shown, error.lineno or 1, column, f"syntax error ({reason}): {remedy}")


def _is_python_2(reason: str, line: str, column: int) -> bool:
    at = line[max(column - 1, 0) :]
    return bool(
        _PYTHON_2.search(reason) or _PYTHON_2_LINE.match(line) or at.startswith(("<>", "`"))
    )
