"""What a result depends on, by name, and what tells one state of it from another."""

from __future__ import annotations

from pathlib import PurePath, PurePosixPath

from querylens.lint.files import ProjectSources, TemplateFile
from querylens.lint.hashes import Hashes
from querylens.lint.project import File
from querylens.lint.store import digest_of

_TEMPLATE = "template:"


def template_dependency(name: str) -> str:
    """A template as a dependency, by its name for a loader. A module's is its dotted name."""
    return f"{_TEMPLATE}{name}"


def template_of(dependency: str) -> str:
    """The loader's name of a template that is a dependency; empty for a module."""
    return dependency.removeprefix(_TEMPLATE) if dependency.startswith(_TEMPLATE) else ""


class Versions:
    """Tells the version of whatever a result depends on.

    It is empty for a module or template that the project does not have, so that a result is
    made again when there is one.
    """

    def __init__(self, sources: ProjectSources, hashes: Hashes) -> None:
        self._sources = sources
        self._hashes = hashes
        self._known: dict[str, str] = {}
        self._files: dict[str, str] = {}
        #: Templates by every ending of their path: whichever folder a name may be relative to.
        self._templates: dict[str, list[TemplateFile]] = {}
        for file in sorted({file for found in sources.templates.values() for file in found}):
            parts = PurePath(file.shown).parts
            for start in range(len(parts)):
                self._templates.setdefault("/".join(parts[start:]), []).append(file)
        #: What is known of all modules together: every result depends on it.
        self.index = ""

    def are_true(self) -> bool:
        """Whether no file has changed since it was asked for."""
        return self._hashes.are_true()

    def of_file(self, file: File) -> str:
        """The version of a Python file: its content, its place and its names."""
        known = self._files.get(file.name)
        if known is None:
            content = self._hashes.of(file.path, file.shown)
            known = self._files[file.name] = digest_of(content, file.name, file.shown)
        return known

    def of(self, dependency: str) -> str:
        """The version of a module by any of its dotted names, or of a `template_dependency`."""
        known = self._known.get(dependency)
        if known is None:
            known = self._known[dependency] = self._read(dependency)
        return known

    def _read(self, dependency: str) -> str:
        if dependency.startswith(_TEMPLATE):
            name = "/".join(PurePosixPath(template_of(dependency)).parts)
            files = self._templates.get(name, ())
            told = [(file.shown, self._hashes.of(file.path, file.shown)) for file in files]
            return digest_of(*(part for pair in told for part in pair)) if told else ""
        file = self._sources.modules.get(dependency)
        return self.of_file(file) if file is not None else ""
