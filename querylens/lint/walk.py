"""Goes through the project's folders once, and past those that hold no code of the project."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from querylens.lint.problems import Problem, printable, unreadable

_SKIPPED = frozenset(
    {"__pycache__", "node_modules", "bower_components", "site-packages", "dist-packages"}
)
#: What packaging writes, unless it is a package: an app may have such a name.
_BUILT = frozenset({"build", "dist", "_build"})
#: What tells a virtual environment.
_ENVIRONMENT_MARKS = ("pyvenv.cfg", "conda-meta")


@dataclass(slots=True)
class Walk:
    """The files below a folder that are wanted, as sorted paths from it, with slashes.

    A folder that is reached twice, through links, is walked once.
    """

    root: str
    wanted: Callable[[str], bool]
    files: list[str] = field(default_factory=list)
    #: Files that are links to others.
    links: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    _seen: set[tuple[int, int]] = field(default_factory=set)
    _linked: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, root: Path, wanted: Callable[[str], bool]) -> Walk:
        """Walks through a folder. What can't be read is among the problems."""
        walk = cls(str(root), wanted)
        walk._folders_below("")
        while walk._linked:
            walk._follow(walk._linked.pop(0))
        walk.files.sort()
        return walk

    def shown(self, name: str) -> str:
        """A path below the root, as it is told."""
        return printable(name.replace("/", os.sep)) or printable(self.root)

    def _folders_below(self, first: str) -> None:
        waiting = [first]
        while waiting:
            folder = waiting.pop()
            try:
                entries = self._entries(folder)
            except OSError as error:
                self.problems.append(unreadable(self.shown(folder), error))
                continue
            names = {entry.name for entry in entries}
            if folder and not _is_of_project(folder, names):
                continue
            waiting += [name for entry in entries for name in self._add(folder, entry)]

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        """What a folder holds; nothing when it was walked before. Raises OSError."""
        found = os.stat(self.path(folder))  # noqa: PTH116
        identity = (found.st_dev, found.st_ino)
        if identity in self._seen:
            return []
        self._seen.add(identity)
        with os.scandir(self.path(folder)) as entries:
            return sorted(entries, key=lambda entry: entry.name)

    def _add(self, folder: str, entry: os.DirEntry[str]) -> Iterator[str]:
        """Keeps a file or a link to a folder; gives the folders to go on with."""
        name = f"{folder}/{entry.name}" if folder else entry.name
        if entry.name.startswith(".") or entry.name in _SKIPPED:
            return
        if entry.is_dir(follow_symlinks=False):
            yield name
        elif entry.is_symlink():
            self._add_link(name)
        elif self.wanted(name):
            self.files.append(name)

    def _add_link(self, name: str) -> None:
        try:
            is_folder = stat.S_ISDIR(os.stat(self.path(name)).st_mode)  # noqa: PTH116
        except OSError as error:
            if error.errno == errno.ELOOP:
                self.problems.append(_loop(self.shown(name)))
                return
            is_folder = False
        if is_folder:
            self._linked.append(name)
        elif self.wanted(name):
            self.files.append(name)
            self.links.add(name)

    def _follow(self, link: str) -> None:
        """Walks through the folder that a link leads to."""
        path = self.path(link)
        real = os.path.realpath(path)
        above = os.path.realpath(os.path.dirname(path))  # noqa: PTH120
        if above == real or above.startswith(real.rstrip(os.sep) + os.sep):
            self.problems.append(_loop(self.shown(link)))
        else:
            self._folders_below(link)

    def path(self, name: str) -> str:
        """Where a file or folder is, by its path from the root."""
        return f"{self.root}/{name}" if name else self.root


def _is_of_project(folder: str, names: set[str]) -> bool:
    if not names.isdisjoint(_ENVIRONMENT_MARKS):
        return False
    return folder.rpartition("/")[2] not in _BUILT or "__init__.py" in names


def _loop(shown: str) -> Problem:
    return Problem(
        shown, 0, 0, "not followed, for this link leads to a folder around it: remove the link"
    )
