"""Reads and parses the project's files, and keeps what is wrong with them."""

from __future__ import annotations

import ast
import codecs
import os
import stat
import tokenize
import warnings
from pathlib import Path

from querylens.lint.problems import (
    Problem,
    no_file,
    no_text,
    syntax_problem,
    too_deep,
    too_large,
    two_encodings,
    undecodable,
    unknown_encoding,
    unreadable,
)
from querylens.lint.project import File
from querylens.source import syntax_tree

#: Larger files are written by programs. Bytes.
LARGEST_FILE = 2_000_000
_UTF_8 = frozenset({"utf-8", "utf8", "utf_8", "u8", "utf-8-sig"})


class FileReader:
    """Reads files of the project. A file with a problem gives None, each time it is asked for."""

    def __init__(self) -> None:
        #: What is wrong, by the file as it is told.
        self.problems: dict[str, Problem] = {}

    def parse(self, file: File) -> ast.Module | None:
        """The syntax tree of a Python file."""
        data = self.read(file.path, file.shown)
        return self.parse_data(data, file.shown) if data is not None else None

    def parse_data(self, data: bytes, shown: str) -> ast.Module | None:
        """The syntax tree of what was read from a Python file."""
        try:
            return _parsed(data)
        except (RecursionError, MemoryError):
            self._keep(too_deep(shown))
        except (SyntaxError, ValueError, OverflowError, LookupError) as error:
            self._keep(_trouble(data, shown, error))
        return None

    def text(self, path: str, shown: str) -> str | None:
        """The text of a template."""
        data = self.read(path, shown)
        if data is None:
            return None
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self._keep(undecodable(shown, data, "UTF-8", error.start))
        return None

    def read(self, path: str, shown: str) -> bytes | None:
        """What is in a file, as long as it is text."""
        found = _contents(path, shown)
        if isinstance(found, Problem):
            self._keep(found)
            return None
        return found

    def _keep(self, problem: Problem) -> None:
        self.problems.setdefault(problem.file, problem)


def _contents(path: str, shown: str) -> bytes | Problem:
    try:
        found = os.stat(path)  # noqa: PTH116
        if not stat.S_ISREG(found.st_mode):
            return no_file(shown)
        if found.st_size > LARGEST_FILE:
            return too_large(shown, found.st_size, LARGEST_FILE)
        data = Path(path).read_bytes()
    except OSError as error:
        return unreadable(shown, error, line=1)
    return no_text(shown, data) or data


def _parsed(data: bytes) -> ast.Module:
    """Raises what the parser raises; what it warns of is the project's linter's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return syntax_tree(data)


def _trouble(data: bytes, shown: str, error: Exception) -> Problem:
    """Why the parser refused a file: its encoding, or its syntax."""
    text = data.removeprefix(codecs.BOM_UTF8)
    encoding = _declared(text)
    if text is not data and encoding.lower() not in _UTF_8:
        return two_encodings(shown, encoding)
    try:
        text.decode(encoding)
    except UnicodeDecodeError as reason:
        return undecodable(shown, text, encoding.upper(), reason.start)
    except (LookupError, ValueError):
        return unknown_encoding(shown, encoding)
    if isinstance(error, SyntaxError):
        return syntax_problem(shown, error)
    return syntax_problem(shown, SyntaxError(str(error)))


def _declared(data: bytes) -> str:
    """The encoding that one of the first two lines declares; UTF-8 without one."""
    for line in data.split(b"\n", 2)[:2]:
        found = tokenize.cookie_re.match(line.decode("latin-1"))
        if found:
            return str(found[1])
    return "utf-8"
