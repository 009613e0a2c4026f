"""What the command line asks to lint: paths, and patterns of files below them to leave out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from querylens.config import Config
from querylens.lint.problems import Problem, printable


@dataclass(frozen=True, slots=True)
class _Path:
    """A file or folder, as a path from the root; what is named itself is never left out."""

    name: str
    leaves_out: bool


@dataclass(slots=True)
class Asked:
    """Tells which of the project's files are to be linted."""

    config: Config
    exclude: Sequence[str]
    problems: list[Problem] = field(default_factory=list)
    _paths: list[_Path] = field(default_factory=list)

    @classmethod
    def of(
        cls, paths: Sequence[str], files: Sequence[str], config: Config, exclude: Sequence[str]
    ) -> Asked:
        """What `paths` ask for, of the project's files; without any path, its source folders."""
        asked = cls(config, exclude)
        for path in paths or [str(config.root / folder) for folder in config.source]:
            asked._add(path, files)
        return asked

    def holds(self, name: str) -> bool:
        """Whether a file is to be linted. `name` is its path from the root, with slashes."""
        return any(
            _is_below(name, path.name) and not (path.leaves_out and self._is_excluded(name))
            for path in self._paths
        )

    def _add(self, path: str, files: Sequence[str]) -> None:
        names = _below(path, self.config.root) if os.path.lexists(path) else []
        # A link is another name for what is in the project.
        found = [name for name in names if any(_is_below(file, name) for file in files)]
        if found:
            is_meant = bool(found[0]) and self._is_excluded_whole(found[0])
            self._paths.append(_Path(found[0], leaves_out=not is_meant))
            return
        if not os.path.lexists(path):
            message = "no such file or folder: check the path"
        elif not names:
            message = (
                f"lies outside of the project ({self.config.root}): run querylens in the folder "
                "of the project that it belongs to"
            )
        else:
            message = (
                "no Python file or template of the project: give one, or a folder that has some "
                "(hidden folders, virtual environments and installed packages are not read)"
            )
        self.problems.append(Problem(printable(path), 0, 0, message))

    def _is_excluded_whole(self, name: str) -> bool:
        return self._is_excluded(name) or self._is_excluded(f"{name}/__init__.py")

    def _is_excluded(self, name: str) -> bool:
        below = f"/{name}"
        return any(
            fnmatchcase(below, pattern) for pattern in self.exclude
        ) or not self.config.is_project_file(f"{self.config.root}/{name}")


def _below(path: str, root: Path) -> list[str]:
    """A path from the root, with slashes: as it is written and without links, where it is below."""
    found = []
    for form, folder in (
        (os.path.normpath(Path(path).absolute()), str(root)),
        (os.path.realpath(path), os.path.realpath(root)),
    ):
        base = folder.rstrip(os.sep) + os.sep
        if form == folder or form.startswith(base):
            found.append(form[len(base) :].replace(os.sep, "/"))
    return found


def _is_below(name: str, folder: str) -> bool:
    return not folder or name == folder or name.startswith(f"{folder}/")


def source_folders(config: Config) -> Iterator[str]:
    """The folders of the configuration's `source` below the root, as paths from it."""
    for folder in config.source:
        yield from _below(str(config.root / folder), config.root)[:1]
