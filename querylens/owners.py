"""Who owns a file, as the project's CODEOWNERS says: GitHub's rules.

What GitHub does not know counts for nothing here too: lines with `!` or a `[range]`. Lines that
begin a section of GitLab's are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import translate
from itertools import takewhile
from pathlib import Path
from typing import Self

from querylens.errors import QueryLensError

#: Where GitHub looks, in its order: the first that is there counts alone.
_LOCATIONS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
_NO_ENTRY = ("#", "!", "[", "^[")
_PATTERN = re.compile(r"(?:\\.|\S)+")
_RANGE = re.compile(r"(?<!\\)(?:\\\\)*[\[\]]")
_ESCAPED = re.compile(r"\\(.)")
_ANY_NAME = re.compile("")
_NO_NAME = re.compile(r"(?!)")
#: Stands in a pattern for any number of folders, none among them.
_FOLDERS = None

_Names = tuple[re.Pattern[str] | None, ...]


@dataclass(frozen=True, slots=True)
class Owners:
    """The entries of a CODEOWNERS file, in its order: names to match, and who owns what matches."""

    entries: tuple[tuple[_Names, tuple[str, ...]], ...] = ()

    @classmethod
    def load(cls, root: Path) -> Self:
        """Of the repository at `root`; empty when it has no CODEOWNERS.

        Raises `QueryLensError` when the file is there and cannot be read.
        """
        path = next(filter(Path.is_file, map(root.joinpath, _LOCATIONS)), None)
        if path is None:
            return cls()
        try:
            text = path.read_text(encoding="utf-8-sig", errors="replace")
        except OSError as error:
            raise QueryLensError(f"{path}: cannot be read: {error.strerror}") from None
        return cls(tuple(_entries(text)))

    def owners_of(self, file: str) -> tuple[str, ...]:
        """Users, teams and addresses as they are written there; of the last entry that matches.

        `file` is relative to the root, with slashes. A file outside of it has no owners.
        """
        names = file.removeprefix("./").split("/")
        if not names[0] or ".." in names:
            return ()
        matching = (owners for pattern, owners in reversed(self.entries) if _fits(pattern, names))
        return next(matching, ())


def _entries(text: str) -> Iterator[tuple[_Names, tuple[str, ...]]]:
    for line in map(str.strip, text.split("\n")):
        match = _PATTERN.match(line)
        if match is None or line.startswith(_NO_ENTRY) or _RANGE.search(match[0]):
            continue
        words = takewhile(lambda word: not word.startswith("#"), line[match.end() :].split())
        if names := _names(match[0]):
            yield names, tuple(dict.fromkeys(word for word in words if "@" in word))


def _names(pattern: str) -> _Names:
    """What the parts of a path must match, one after the other.

    A pattern that matches a folder holds for all below it, but for `docs/*`, which is a folder's
    own files. One with a slash at its end is a folder's.
    """
    inner = pattern.strip("/")
    if not inner:
        return ()
    parts = inner.split("/")
    is_anchored = "/" in pattern.rstrip("/")
    names = [_FOLDERS if part == "**" else _name(part) for part in parts]
    if pattern.endswith("/") or parts[-1] == "**":
        names += [_ANY_NAME, _FOLDERS]
    elif parts[-1] != "*":
        names.append(_FOLDERS)
    return tuple(names if is_anchored else [_FOLDERS, *names])


def _name(part: str) -> re.Pattern[str]:
    """`*` and `?` as in a shell; behind a backslash every character means itself."""
    return re.compile(translate(_ESCAPED.sub(_as_itself, part)))


def _as_itself(match: re.Match[str]) -> str:
    return f"[{match[1]}]" if match[1] in "*?[" else match[1]


def _fits(pattern: _Names, names: list[str]) -> bool:
    """Whether all names match; of what a `**` could stand for, the shortest that fits is taken."""
    at = name_at = 0
    folders_at, resumed_at = -1, 0
    while name_at < len(names):
        wanted = pattern[at] if at < len(pattern) else _NO_NAME
        if wanted is _FOLDERS:
            folders_at, resumed_at = at, name_at
            at += 1
        elif wanted.match(names[name_at]):
            at, name_at = at + 1, name_at + 1
        elif folders_at >= 0:
            resumed_at += 1
            at, name_at = folders_at + 1, resumed_at
        else:
            return False
    return all(rest is _FOLDERS for rest in pattern[at:])
