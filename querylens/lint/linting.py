"""`lint()`: finds the files, reads each of them, and gives all that was found."""

from __future__ import annotations

import linecache
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from querylens.config import Config
from querylens.lint.cache import Cache
from querylens.lint.files import ProjectSources, find_sources, one_file
from querylens.lint.incremental import lint_files
from querylens.lint.linted import Linted
from querylens.lint.models import ModuleFacts
from querylens.lint.results import FileResult, key_of
from querylens.lint.steps import Registry, SourceSteps
from querylens.lint.store import digest_of

#: Settings that change where files are or how findings are told, never what is found in a file.
_OF_OUTPUT = frozenset(
    {"root", "omit", "enabled", "lint_exclude", "output_format", "report", "page_allowed"}
    | {"record_params", "record_folder", "record_compress", "record_max_bytes"}
    | {"record_max_queries", "ignore_paths", "budgets", "sample_rate"}
)


def lint(
    paths: Sequence[str],
    config: Config,
    *,
    jobs: int = 1,
    cache: Path | None = None,
    registry: Registry | None = None,
) -> Linted:
    """What is found in the source below `paths`, or in all of the project's without any.

    `jobs` processes read, and `cache` is a folder that keeps what they find. `registry` gives the
    models as a running project knows them; without it they are read from source too. Never raises
    for what it reads; raises `JobsError` when one of the processes is gone.
    """
    sources = find_sources(paths, config, config.lint_exclude)
    return _lint(sources, config, jobs, cache, registry)


def lint_alone(path: Path, config: Config) -> Linted:
    """What is found in one file by itself: what it imports is unknown."""
    return _lint(one_file(path, config), config)


def _lint(
    sources: ProjectSources,
    config: Config,
    jobs: int = 1,
    cache: Path | None = None,
    registry: Registry | None = None,
) -> Linted:
    # Fixes are written from lines that this process may have read before they changed.
    linecache.checkcache()
    kept = Cache(cache, _digest(config), sources, ModuleFacts)
    steps = SourceSteps(sources, config, registry)
    return _linted(sources, [found for _, found in lint_files(sources, kept, steps, jobs)])


def _digest(config: Config) -> str:
    """What tells one configuration from another that finds something else in a file."""
    told = [
        f"{field.name}={getattr(config, field.name)!r}"
        for field in fields(config)
        if field.compare and field.name not in _OF_OUTPUT
    ]
    return digest_of(*told)


def _linted(sources: ProjectSources, results: list[FileResult]) -> Linted:
    problems = {*map(str, sources.problems), *(line for each in results for line in each.problems)}
    return Linted(
        findings=tuple({key_of(item): item for each in results for item in each.findings}.values()),
        problems=tuple(sorted(problems)),
        not_followed=tuple(dict.fromkeys(item for each in results for item in each.not_followed)),
        files=tuple(sources.linted_files),
        lines=sum(each.lines for each in results),
    )
