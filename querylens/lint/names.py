"""Under which dotted names a file may be imported: from every folder that may be on the path."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: Names that a folder deep in the project does not take from what is installed.
_INSTALLED = frozenset({*sys.stdlib_module_names, "django", "rest_framework", "jinja2"})


@dataclass(frozen=True, slots=True)
class ImportRoots:
    """The folders from which modules are imported, told by a project's files.

    Certain are the project's root, the folders of `source`, those named `src` that are no
    packages, and those of a manage.py. Every other folder without `__init__.py` may be one.
    Folders are paths from the root, with slashes; the root's own is empty.
    """

    certain: frozenset[str]
    packages: frozenset[str]

    @classmethod
    def of(cls, files: Iterable[str], source: Iterable[str]) -> ImportRoots:
        """The import roots of a project with these files."""
        files = list(files)
        packages = {_folder(file) for file in files if _stem(file) == "__init__"}
        certain = {"", *source}
        for file in files:
            if _stem(file) == "manage":
                certain.add(_folder(file))
            certain.update(
                folder
                for folder in _folders_above(file)
                if folder.rpartition("/")[2] == "src" and folder not in packages
            )
        return cls(frozenset(certain), frozenset(packages))

    def certain_names(self, file: str) -> list[str]:
        """The dotted names of a file from certain roots, the nearest first."""
        folders = (folder for folder in _folders_above(file) if folder in self.certain)
        return [name for name in (_dotted(file, folder) for folder in folders) if name]

    def other_names(self, file: str) -> list[str]:
        """The dotted names that it may have besides, the longest first."""
        folders = [
            folder
            for folder in _folders_above(file)
            if folder not in self.certain and folder not in self.packages
        ]
        names = (_dotted(file, folder) for folder in reversed(folders))
        return [name for name in names if name and name.partition(".")[0] not in _INSTALLED]


def canonical_names(files: Iterable[str], roots: ImportRoots) -> dict[str, str]:
    """One name for each file, each a different one: the likeliest under which it is imported.

    A file that cannot be imported has its path for a name.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for file in sorted(files, key=_packages_first):
        candidates = (*roots.certain_names(file), *roots.other_names(file), file)
        names[file] = next(name for name in candidates if name not in taken)
        taken.add(names[file])
    return names


def every_name(files: Iterable[str], roots: ImportRoots) -> dict[str, str]:
    """The file for every dotted name. Of several with one name, it is that nearest to the root."""
    found: dict[str, str] = {}
    ordered = sorted(files, key=_packages_first)
    for file in ordered:
        for name in roots.certain_names(file):
            found.setdefault(name, file)
    tops = {name.partition(".")[0] for name in found}
    for file in ordered:
        for name in roots.other_names(file):
            if name.partition(".")[0] not in tops:
                found.setdefault(name, file)
    return found


def _packages_first(file: str) -> tuple[bool, int, str]:
    return (_stem(file) != "__init__", file.count("/"), file)


def _dotted(file: str, folder: str) -> str:
    """A file's name when it is imported from a folder; empty when it can't be."""
    below = file[len(folder) + 1 :] if folder else file
    *parents, stem = below.removesuffix(".py").split("/")
    if not all(map(str.isidentifier, parents)):
        return ""
    return ".".join(parents if stem == "__init__" else [*parents, stem])


def _folder(file: str) -> str:
    return file.rpartition("/")[0]


def _stem(file: str) -> str:
    return file.rpartition("/")[2].removesuffix(".py")


def _folders_above(file: str) -> Iterator[str]:
    """The folders of a file, the nearest first, up to the root."""
    folder = _folder(file)
    while folder:
        yield folder
        folder = _folder(folder)
    yield ""
