"""The files of a project: its modules by every name, its templates, and what is to be linted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from querylens.config import TESTS_AND_MIGRATIONS, Config
from querylens.lint.asked import Asked, source_folders
from querylens.lint.names import ImportRoots, canonical_names, every_name
from querylens.lint.problems import Problem
from querylens.lint.project import File
from querylens.lint.walk import Walk
from querylens.places import shorten

_TEMPLATE_FOLDERS = frozenset({"templates", "jinja2"})
_JINJA_ENDINGS = (".jinja", ".jinja2", ".j2")
_TEMPLATE_ENDINGS = (
    *(".html", ".htm", ".xhtml", ".txt", ".xml", ".email", ".eml", ".mjml", ".svg", ".md"),
    *(".rss", ".csv", ".json", ".js", ".css", ".tex", ".ics", *_JINJA_ENDINGS),
)


@dataclass(frozen=True, slots=True, order=True)
class TemplateFile:
    """A template: its name for a loader, its path, and its path from the project's root."""

    name: str
    path: str
    shown: str
    is_jinja: bool = False


@dataclass(frozen=True)
class ProjectSources:
    """What a project is made of. Everything is in an order that depends on the files alone."""

    #: By every dotted name under which a module may be imported; `File.name` is one of them.
    modules: Mapping[str, File]
    #: By a loader's name; where several have one, those nearest to the project's root first.
    templates: Mapping[str, tuple[TemplateFile, ...]]
    #: The Python files and the templates that are to be linted, sorted by path.
    linted: tuple[File, ...]
    linted_templates: tuple[TemplateFile, ...]
    problems: tuple[Problem, ...]

    @property
    def files(self) -> list[File]:
        """Every Python file once, sorted by path."""
        return sorted(set(self.modules.values()), key=lambda file: file.path)

    @property
    def linted_files(self) -> list[str]:
        """What is to be linted, as paths from the root: Python files, then templates."""
        return [
            *(file.shown for file in self.linted),
            *(file.shown for file in self.linted_templates),
        ]

    @property
    def paths(self) -> dict[str, str]:
        """Where each Python file and each template is, by its path from the root."""
        found = {file.shown: file.path for file in self.modules.values()}
        templates = (file for files in self.templates.values() for file in files)
        return found | {file.shown: file.path for file in templates}


def one_file(path: Path, config: Config) -> ProjectSources:
    """A file as a project of its own."""
    where = path.absolute()
    shown = shorten(str(where), str(config.root))
    file = File(_name_in_packages(where), str(where), shown, path.stem == "__init__")
    return ProjectSources({file.name: file}, {}, (file,), (), ())


def _name_in_packages(path: Path) -> str:
    """The dotted name of a module, from the packages around it: models take their app from it."""
    parts = [] if path.stem == "__init__" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts) or path.stem


def find_sources(
    paths: Sequence[str], config: Config, exclude: Sequence[str] = TESTS_AND_MIGRATIONS
) -> ProjectSources:
    """The project's files, and of them those to lint: below `paths`, or all without any.

    Paths are relative to the working directory. Of what lies below one, the files that match
    `exclude`, or `omit` of the configuration, are left out.
    """
    walk = Walk.of(config.root, _is_source)
    files = _python_files(walk, config)
    templates = _template_files(walk)
    unlinked = _without_links(walk)
    asked = Asked.of(paths, unlinked, config, exclude)
    linted = [name for name in unlinked if asked.holds(name)]
    return ProjectSources(
        modules=_by_dotted_name(files, config),
        templates=_by_loader_name(templates),
        linted=tuple(files[name] for name in linted if name in files),
        linted_templates=tuple(templates[name][0] for name in linted if name in templates),
        problems=tuple(sorted({*walk.problems, *asked.problems})),
    )


def _is_source(name: str) -> bool:
    return name.endswith(".py") or bool(_loader_names(name))


def _roots(names: Iterable[str], config: Config) -> ImportRoots:
    return ImportRoots.of(names, source_folders(config))


def _python_files(walk: Walk, config: Config) -> dict[str, File]:
    names = [name for name in walk.files if name.endswith(".py")]
    canonical = canonical_names(names, _roots(names, config))
    return {
        name: File(
            name=canonical[name],
            path=walk.path(name),
            shown=walk.shown(name),
            is_package=name.rpartition("/")[2] == "__init__.py",
        )
        for name in names
    }


def _by_dotted_name(files: Mapping[str, File], config: Config) -> dict[str, File]:
    named = every_name(files, _roots(files, config))
    every = {dotted: files[name] for dotted, name in named.items()}
    return every | {file.name: file for file in files.values()}


def _template_files(walk: Walk) -> dict[str, list[TemplateFile]]:
    """The templates by their path: one is several when template folders lie in each other."""
    found: dict[str, list[TemplateFile]] = {}
    for name in walk.files:
        for loader_name, is_jinja in _loader_names(name):
            file = TemplateFile(loader_name, walk.path(name), walk.shown(name), is_jinja)
            found.setdefault(name, []).append(file)
    return found


def _loader_names(name: str) -> list[tuple[str, bool]]:
    """What a loader calls a file below template folders, the longest first."""
    if not name.endswith(_TEMPLATE_ENDINGS):
        return []
    parts = name.split("/")
    return [
        ("/".join(parts[number + 1 :]), folder == "jinja2" or name.endswith(_JINJA_ENDINGS))
        for number, folder in enumerate(parts[:-1])
        if folder in _TEMPLATE_FOLDERS
    ]


def _by_loader_name(
    templates: Mapping[str, list[TemplateFile]],
) -> dict[str, tuple[TemplateFile, ...]]:
    found: dict[str, list[TemplateFile]] = {}
    for name in sorted(templates, key=lambda name: (name.count("/"), name)):
        for file in templates[name]:
            found.setdefault(file.name, []).append(file)
    return {name: tuple(files) for name, files in found.items()}


def _without_links(walk: Walk) -> list[str]:
    """The files, without links to one of them: those would be linted twice."""
    if not walk.links:
        return walk.files
    files = [name for name in walk.files if name not in walk.links]
    real = {os.path.realpath(walk.path(name)) for name in files}
    links = (name for name in walk.links if os.path.realpath(walk.path(name)) not in real)
    return sorted([*files, *links])
