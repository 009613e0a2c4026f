"""Analyses files one by one, as if each were the first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from querylens.config import Config
from querylens.lint.analysis import analyse
from querylens.lint.files import ProjectSources
from querylens.lint.incremental import Analysed
from querylens.lint.linted import NotFollowed
from querylens.lint.models import Models
from querylens.lint.problems import too_deep
from querylens.lint.project import File
from querylens.lint.reader import Reader
from querylens.lint.reading import FileReader
from querylens.lint.results import FileResult
from querylens.lint.templates import TemplateFolders
from querylens.lint.versions import template_of
from querylens.lint.world import World
from querylens.places import shorten


@dataclass(frozen=True, slots=True)
class Analyser:
    """Gives what is found in a file, and what that depends on."""

    sources: ProjectSources
    config: Config
    world: World
    files: FileReader

    @classmethod
    def of(
        cls, sources: ProjectSources, config: Config, models: Models, files: FileReader
    ) -> Analyser:
        """An analyser of these files; what can't be read of them is kept by `files`."""
        root = str(config.root)
        paths = [file.path for found in sources.templates.values() for file in found]
        read_text = partial(_text, files, root)
        world = World(models.project, models, root, TemplateFolders(paths), read_text)
        return cls(sources, config, world, files)

    def __call__(self, file: File) -> Analysed:
        """What is found in a file. Never raises for what it reads."""
        with self.world.project.asked() as asked:
            try:
                found = self._analysed(file)
            except RecursionError:
                found = Analysed(FileResult(problems=(str(too_deep(file.shown)),)), frozenset())
        depends_on = frozenset({file.name, *asked, *found.depends_on})
        problems = {*found.result.problems, *self._problems(depends_on)}
        return Analysed(replace(found.result, problems=tuple(sorted(problems))), depends_on)

    def _analysed(self, file: File) -> Analysed:
        module = self.world.project.module(file.name)
        if module is None:
            return Analysed(FileResult(), frozenset())
        # What a reader remembers depends on what it has read.
        found = analyse(Reader(self.world), module, self.config)
        unsure = tuple(NotFollowed(place, reason) for place, reason in found.not_followed)
        lines = Path(file.path).read_bytes().count(b"\n")
        problems = tuple(map(str, found.problems))
        return Analysed(FileResult(found.findings, problems, unsure, lines), found.looked_at)

    def _problems(self, names: Iterable[str]) -> Iterator[str]:
        """What is wrong with the files of these names."""
        for name in names:
            shown = {file.shown for file in self.sources.templates.get(template_of(name), ())}
            if name in self.sources.modules:
                shown.add(self.sources.modules[name].shown)
            for each in shown & self.files.problems.keys():
                yield str(self.files.problems[each])


def _text(files: FileReader, root: str, path: str) -> str | None:
    return files.text(path, shorten(path, root))
