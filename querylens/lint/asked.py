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
        message = ""
        name = _below(path, self.config.root)
        if not os.path.lexists(path):
            message = "no such file or folder: check the path"
        elif name is None:
            message = (
                f"lies outside of the project ({self.config.root}): run querylens in the folder "
                "of the project that it belongs to"
            )
        elif not any(_is_below(file, name) for file in files):
            message = (
                "no Python file or template of the project: give one, or a folder that has some "
                "(hidden folders, virtual environments and installed packages are not read)"
            )
        if message:
            self.problems.append(Problem(printable(path), 0, 0, message))
        elif name is not None:
            self._paths.append(_Path(name, not self._is_named_although_excluded(name)))

    def _is_named_although_excluded(self, name: str) -> bool:
        return bool(name) and (self._is_excluded(name) or self._is_excluded(f"{name}/__init__.py"))

    def _is_excluded(self, name: str) -> bool:
        below = f"/{name}"
        return any(
            fnmatchcase(below, pattern) for pattern in self.exclude
        ) or not self.config.is_project_file(f"{self.config.root}/{name}")


def _below(path: str, root: Path) -> str | None:
    """A path from the root, with slashes; None for one that does not lie below it."""
    for form, folder in (
        (os.path.normpath(Path(path).absolute()), str(root)),
        (os.path.realpath(path), os.path.realpath(root)),
    ):
        if form == folder:
            return ""
        if form.startswith(folder.rstrip(os.sep) + os.sep):
            return form[len(folder.rstrip(os.sep)) + 1 :].replace(os.sep, "/")
    return None


def _is_below(name: str, folder: str) -> bool:
    return not folder or name == folder or name.startswith(f"{folder}/")


def source_folders(config: Config) -> Iterator[str]:
    """The folders of the configuration's `source` below the root, as paths from it."""
    for folder in config.source:
        name = _below(str(config.root / folder), config.root)
        if name is not None:
            yield name
