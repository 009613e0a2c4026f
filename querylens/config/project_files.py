"""Tells project code from everything else, by the file name of a code object."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from fnmatch import fnmatchcase
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_OURS = tuple(str(file.parents[1]) for file in (Path(__file__), Path(__file__).resolve()))
_INSTALLED = frozenset({"site-packages", "dist-packages"})
#: What is typed at a prompt has no file: whoever types it wants to see it.
_TYPED = re.compile(
    r"<(?:console|stdin|input|(?:ipython|python|bpython)-input-.*|doctest .*)>\Z"
    r"|.*[/\\]ipykernel_\d+[/\\][^/\\]+\Z",
    re.DOTALL,
)

_MARKS = ("pyproject.toml", "manage.py", "setup.cfg", ".git")
_OUR_TABLE = re.compile(rb"^\s*\[\s*tool\s*\.\s*querylens\b", re.MULTILINE)


def find_project_root(start: Path | None = None) -> Path:
    """The nearest folder upward with `[tool.querylens]` in its pyproject.toml, of one repository.

    Else the nearest with a pyproject.toml, manage.py, setup.cfg or .git, else `start` itself. The
    working directory is the default start.
    """
    start = Path(os.path.normpath((start or Path()).absolute()))
    nearest: Path | None = None
    for folder in (start, *start.parents):
        if _has_our_table(folder / "pyproject.toml"):
            return folder
        # `Path.exists` raises where a folder may not be searched, as for a server's own user.
        if nearest is None and any(os.path.exists(folder / mark) for mark in _MARKS):  # noqa: PTH110
            nearest = folder
        if os.path.exists(folder / ".git"):  # noqa: PTH110
            break
    return nearest or start


def _has_our_table(file: Path) -> bool:
    """Whether a TOML file has a table for querylens; a file that can't be read has none."""
    try:
        return _OUR_TABLE.search(file.read_bytes()) is not None
    except OSError:
        return False


class ProjectFiles:
    """The files under `source` that are neither installed nor matched by a pattern of `omit`.

    Patterns are globs whose `*` matches slashes too. One that begins with `*` is matched against
    the path below the source folder, so that a project may itself lie in a folder `migrations`;
    others are paths, relative ones from the root.
    """

    def __init__(self, root: Path, source: tuple[str, ...], omit: tuple[str, ...]) -> None:
        self._root = root
        folders = [os.path.normpath(root / folder) for folder in source]
        self._folders = {
            _normal(form) for folder in folders for form in (folder, os.path.realpath(folder))
        }
        self._below = [pattern for pattern in omit if pattern.startswith("*")]
        self._whole = [
            _normal(str(root / pattern)) for pattern in omit if not pattern.startswith("*")
        ]
        #: What was asked of the file system, by folder: most files share theirs with others.
        self._real: dict[str, str] = {}
        self._apart: dict[str, bool] = {}

    def holds(self, name: str) -> bool:
        """Whether a code object with this file name is project code; never raises."""
        if _TYPED.match(name):
            return True
        if not name or name.startswith("<"):
            return False
        try:
            forms = self._forms(name)
            is_ours = any(_is_below(form, _normal(folder)) for form in forms for folder in _OURS)
            return not is_ours and any(map(self._holds_path, forms))
        except (OSError, ValueError):
            # A name that no file system would take, such as one with a null byte.
            return False

    def _forms(self, name: str) -> list[str]:
        """The absolute path as it is written and as it is without links; none when not known.

        Both count: a project may be reached over a link, and may link to a folder outside.
        """
        path = os.path.normpath(os.path.join(self._root, name))  # noqa: PTH118 - this is fast
        if not Path(name).is_absolute() and not os.path.lexists(path):
            # Compiled libraries name their files relative to the folder they were built in.
            path = os.path.normpath(Path(name).absolute())
            if not os.path.lexists(path):
                return []
        return [_normal(form) for form in dict.fromkeys((path, self._realpath(path)))]

    def _realpath(self, path: str) -> str:
        if os.path.islink(path):  # noqa: PTH114
            return os.path.realpath(path)
        folder, slash, name = path.rpartition(os.sep)
        if folder not in self._real:
            self._real[folder] = os.path.realpath(folder + slash)
        return self._real[folder].rstrip(os.sep) + slash + name

    def _holds_path(self, path: str) -> bool:
        return any(
            _is_below(path, folder) and not self._is_omitted(path, folder)
            for folder in self._folders
        )

    def _is_omitted(self, path: str, folder: str) -> bool:
        below = "/" + path[len(folder) :].lstrip("/")
        parts = below.split("/")[1:-1]
        return (
            not _INSTALLED.isdisjoint(parts)
            or any(fnmatchcase(below, pattern) for pattern in self._below)
            or any(_matches_path(path, pattern) for pattern in self._whole)
            or any(
                _is_below(path, library) and not _is_below(folder, library)
                for library in _libraries()
            )
            or any(map(self._is_apart, _folders_between(folder, parts)))
        )

    def _is_apart(self, folder: str) -> bool:
        """Whether it is a virtual environment, or no folder at all but an archive of modules."""
        known = self._apart.get(folder)
        if known is None:
            path = Path(folder)
            known = self._apart[folder] = Path(path, "pyvenv.cfg").exists() or path.is_file()
        return known


def _normal(path: str) -> str:
    return os.path.normcase(path).replace(os.sep, "/")


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _matches_path(path: str, pattern: str) -> bool:
    return fnmatchcase(path, pattern) or _is_below(path, pattern.rstrip("/"))


def _folders_between(folder: str, parts: list[str]) -> list[str]:
    return ["/".join((folder.rstrip("/"), *parts[:count])) for count in range(1, len(parts) + 1)]


@cache
def _libraries() -> tuple[str, ...]:
    """The folders of the standard library and of Django, wherever they are installed."""
    paths = sysconfig.get_paths()
    found = [paths[kind] for kind in ("stdlib", "platstdlib", "purelib", "platlib")]
    django = sys.modules.get("django") or find_spec("django")
    file = getattr(django, "__file__", None) or getattr(django, "origin", None)
    if file:
        found.append(str(Path(file).parent))
    both = (form for folder in found for form in (folder, os.path.realpath(folder)))
    return tuple(dict.fromkeys(map(_normal, both)))
