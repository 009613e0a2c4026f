"""`lint()`: finds the files, reads each of them, and gives all that was found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from querylens.config import Config
from querylens.lint.analysis import Analysis, analyse
from querylens.lint.files import TESTS_AND_MIGRATIONS, ProjectSources, find_sources
from querylens.lint.linted import Linted, NotFollowed
from querylens.lint.models import Models, facts_of
from querylens.lint.project import Project
from querylens.lint.reader import Reader, World
from querylens.lint.reading import Reader as FileReader
from querylens.lint.templates import TemplateFolders
from querylens.places import shorten


def lint(
    paths: Sequence[str],
    config: Config,
    *,
    exclude: Sequence[str] = TESTS_AND_MIGRATIONS,
    jobs: int = 1,
    cache: Path | None = None,
    registry: Models | None = None,
) -> Linted:
    """What is found in the source below `paths`, or in all of the project's without any.

    `registry` are the models as a running project knows them; without it they are read from
    source too. Never raises for what it reads.
    """
    sources = find_sources(paths, config, exclude)
    files = FileReader()
    project = Project(sources.modules, files.parse)
    models = registry or _models(project, sources)
    templates = TemplateFolders(
        [file.path for found in sources.templates.values() for file in found]
    )
    read_text = partial(_text, files, str(config.root))
    reader = Reader(World(project, models, str(config.root), templates, read_text))
    analyses = []
    lines = 0
    for file in sources.linted:
        module = project.module(file.name)
        if module is not None:
            lines += _lines(module.path)
            analyses.append(analyse(reader, module, config))
    return _linted(sources, files, analyses, lines)


def _text(files: FileReader, root: str, path: str) -> str | None:
    return files.text(path, shorten(path, root))


def _models(project: Project, sources: ProjectSources) -> Models:
    facts = {}
    for file in sources.files:
        module = project.module(file.name)
        if module is not None:
            facts[file.name] = facts_of(module)
    return Models.of(project, facts)


def _lines(path: str) -> int:
    return Path(path).read_bytes().count(b"\n")


def _linted(
    sources: ProjectSources, files: FileReader, analyses: list[Analysis], lines: int
) -> Linted:
    problems = {*sources.problems, *files.problems.values()}
    return Linted(
        findings=tuple(finding for item in analyses for finding in item.findings),
        problems=tuple(map(str, sorted(problems))),
        not_followed=tuple(
            NotFollowed(place, reason) for item in analyses for place, reason in item.not_followed
        ),
        files=tuple(file.shown for file in (*sources.linted, *sources.linted_templates)),
        lines=lines,
    )
