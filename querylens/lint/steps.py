"""How the files of a Django project are read: their facts, their models, and what they send."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from querylens.config import Config
from querylens.lint.analysis import analyse
from querylens.lint.coding import Coder
from querylens.lint.files import ProjectSources
from querylens.lint.incremental import Analysed
from querylens.lint.linted import NotFollowed
from querylens.lint.models import Model, Models, ModuleFacts, facts_of
from querylens.lint.modules import Module
from querylens.lint.problems import too_deep
from querylens.lint.project import File, Project
from querylens.lint.reader import Reader, World
from querylens.lint.reading import Reader as FileReader
from querylens.lint.results import FileResult
from querylens.lint.store import digest_of
from querylens.lint.templates import TemplateFolders
from querylens.places import shorten

#: Where a model stands matters to nobody who doesn't read its file.
_LINES = frozenset({"line"})


class Registry(Protocol):
    """Models as a running project knows them. Pickled to other processes."""

    def __call__(self, read: Models) -> Models:
        """The models, with those that were read from source where it does not know better."""


@dataclass(frozen=True)
class SourceSteps:
    """Reads a project's files; with a registry, its models are those of the running project."""

    sources: ProjectSources
    config: Config
    registry: Registry | None = None

    @property
    def is_of_facts(self) -> bool:
        """Whether the index of models changes with the files alone."""
        return self.registry is None

    def facts_reader(self) -> Callable[[File], ModuleFacts | None]:
        """Gives what a module says of models."""
        return partial(_facts, FileReader())

    def index_digest(self, facts: Mapping[str, ModuleFacts]) -> str:
        """What tells one set of models from another."""
        models = self._models(facts, FileReader())
        coder = Coder(Model, without=_LINES)
        receivers = sorted(
            [signal, label, *functions]
            for (signal, label), functions in models.every_receiver().items()
        )
        # A package may give a model another name.
        named = Coder(ModuleFacts, without=_LINES)
        packages = [named.encode(each) for each in facts.values() if each.is_package]
        told = [list(map(coder.encode, models.every())), receivers, models.user_label, packages]
        return digest_of(json.dumps(told))

    def analyser(self, facts: Mapping[str, ModuleFacts]) -> Callable[[File], Analysed]:
        """Gives what is found in a file."""
        files = FileReader()
        models = self._models(facts, files)
        templates = [file.path for found in self.sources.templates.values() for file in found]
        root = str(self.config.root)
        read_text = partial(_text, files, root)
        world = World(models.project, models, root, TemplateFolders(templates), read_text)
        return partial(self._analysed, world, files)

    def _models(self, facts: Mapping[str, ModuleFacts], files: FileReader) -> Models:
        models = Models.of(Project(self.sources.modules, files.parse), facts)
        return models if self.registry is None else self.registry(models)

    def _analysed(self, world: World, files: FileReader, file: File) -> Analysed:
        with world.project.asked() as asked:
            try:
                found = _analysis(world, self.config, file)
            except RecursionError:
                found = Analysed(FileResult(problems=(str(too_deep(file.shown)),)), frozenset())
        depends_on = frozenset({*asked, *found.depends_on})
        read = {
            file.shown,
            *(
                self.sources.modules[name].shown
                for name in depends_on & self.sources.modules.keys()
            ),
        }
        problems = {
            *found.result.problems,
            *(str(files.problems[shown]) for shown in read & files.problems.keys()),
        }
        return Analysed(replace(found.result, problems=tuple(sorted(problems))), depends_on)


def _facts(files: FileReader, file: File) -> ModuleFacts | None:
    tree = files.parse(file)
    if tree is None:
        return None
    return facts_of(Module.of(file.name, file.path, file.shown, tree, file.is_package))


def _text(files: FileReader, root: str, path: str) -> str | None:
    return files.text(path, shorten(path, root))


def _analysis(world: World, config: Config, file: File) -> Analysed:
    """What one file holds, read by itself: what was read before must not matter."""
    module = world.project.module(file.name)
    if module is None:
        return Analysed(FileResult(), frozenset())
    found = analyse(Reader(world), module, config)
    unsure = tuple(NotFollowed(place, reason) for place, reason in found.not_followed)
    lines = Path(file.path).read_bytes().count(b"\n")
    return Analysed(FileResult(found.findings, (), unsure, lines), found.looked_at)
