"""How the files of a Django project are read: what they say of models, and what they send."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Protocol

from querylens.config import Config
from querylens.lint.coding import Coder
from querylens.lint.files import ProjectSources
from querylens.lint.incremental import Analysed
from querylens.lint.models import Model, Models, ModuleFacts, facts_of
from querylens.lint.project import File, Project
from querylens.lint.reading import FileReader
from querylens.lint.store import digest_of

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
    _made: list[Models] = field(default_factory=list, init=False, compare=False, repr=False)

    def __reduce__(self) -> tuple[type[SourceSteps], tuple[Any, ...]]:
        """What was read stays in the process that read it."""
        return type(self), (self.sources, self.config, self.registry)

    @property
    def is_of_facts(self) -> bool:
        """Whether the models change with the files alone."""
        return self.registry is None

    def facts_reader(self) -> Callable[[File], ModuleFacts | None]:
        """Gives what a module says of models."""
        return partial(_facts, self._project)

    def index_digest(self, facts: Mapping[str, ModuleFacts]) -> str:
        """What tells one set of models from another."""
        models = self.models(facts)
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
        # When nothing has changed, nothing is analysed: then it is not loaded either.
        from querylens.lint.analyser import Analyser

        return Analyser.of(self.sources, self.config, self.models(facts), self.reader)

    def models(self, facts: Mapping[str, ModuleFacts]) -> Models:
        """The project's models, made once."""
        if not self._made:
            models = Models.of(self._project, facts)
            self._made.append(models if self.registry is None else self.registry(models))
        return self._made[0]

    @cached_property
    def reader(self) -> FileReader:
        """Reads files, and keeps what is wrong with them."""
        return FileReader()

    @cached_property
    def _project(self) -> Project:
        return Project(self.sources.modules, self.reader.parse)


def _facts(project: Project, file: File) -> ModuleFacts | None:
    module = project.module(file.name)
    return None if module is None else facts_of(module)
