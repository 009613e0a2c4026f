"""Finds a template's file by the name it is loaded by, without settings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath, PurePosixPath

_ROOTS = frozenset({"templates", "jinja2"})
_JINJA_ENDINGS = frozenset({".jinja", ".jinja2", ".j2"})
_JINJA_ONLY = re.compile(r"{%[-+]\s*\w|[-+]%}|{{-|-}}")
_JINJA_TAGS = re.compile(r"{%\s*(?:set|macro|import|from|call|do)\s")
#: Tags that projects give such names in Django, too, but not without loading them.
_DJANGO_TAGS = re.compile(r"{%\s*(?:load|empty|comment|blocktrans\w*)\b")


class TemplateFolders:
    """The template files of a project, by name.

    A name is looked for in each folder called `templates` or `jinja2`, and below any other folder.
    """

    def __init__(self, files: Iterable[str]) -> None:
        self._by_ending: dict[str, list[tuple[str, ...]]] = {}
        for file in sorted(set(files)):
            parts = PurePath(file).parts
            self._by_ending.setdefault(parts[-1] if parts else "", []).append(parts)

    def find(self, name: str, asking: str = "") -> str | None:
        """The file of a name that a module or template asks for, by its path; None if none has it.

        Of several, the one in the asking file's app comes first, then the shortest path.
        """
        wanted = tuple(part for part in name.split("/") if part)
        if not wanted:
            return None
        found = [
            parts
            for parts in self._by_ending.get(wanted[-1], ())
            if parts[-len(wanted) :] == wanted
        ]
        around = PurePath(asking).parts[:-1]
        found.sort(key=lambda parts: _rank(parts, len(wanted), around))
        return str(PurePath(*found[0])) if found else None


def _rank(
    parts: tuple[str, ...], length: int, around: tuple[str, ...]
) -> tuple[bool, int, int, tuple[str, ...]]:
    """Smaller for the better match."""
    folder = parts[:-length]
    is_root = bool(folder) and folder[-1] in _ROOTS
    app = folder[:-1] if is_root else folder
    is_around = around[: len(app)] == app
    return (not is_root, -len(app) if is_around else 0, len(parts), parts)


def name_of(file: str) -> str:
    """The name that a file is loaded by: what follows its last `templates` or `jinja2` folder."""
    parts = PurePath(file).parts
    for position in range(len(parts) - 2, -1, -1):
        if parts[position] in _ROOTS:
            return "/".join(parts[position + 1 :])
    return parts[-1] if parts else ""


def relative_to(name: str, asking: str) -> str:
    """A name with a leading `./` or `../` worked out from the name of the asking template."""
    if not name.startswith(("./", "../")):
        return name
    found = list(PurePosixPath(asking).parts[:-1])
    for part in name.split("/"):
        if part == "..":
            del found[-1:]
        elif part not in ("", "."):
            found.append(part)
    return "/".join(found)


def is_jinja(file: str, text: str) -> bool:
    """Whether a file is written for Jinja2: by its ending, its folder, and then by its tags."""
    path = PurePath(file)
    if path.suffix in _JINJA_ENDINGS:
        return True
    folders = [part for part in path.parts[:-1] if part in _ROOTS]
    if folders and folders[-1] == "jinja2":
        return True
    if _JINJA_ONLY.search(text):
        return True
    return bool(_JINJA_TAGS.search(text)) and not _DJANGO_TAGS.search(text)
