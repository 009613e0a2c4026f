"""Lints what has changed, and takes the rest from the cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from querylens.lint.cache import Cache
from querylens.lint.coding import DamagedError
from querylens.lint.files import ProjectSources
from querylens.lint.jobs import reading_source, spread
from querylens.lint.project import File
from querylens.lint.results import FileResult

#: What the modules of a project tell, by their dotted names.
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Analysed:
    """What was found in a file, and the modules and templates that it depends on, by name.

    Those that were looked for in vain are among them.
    """

    result: FileResult
    depends_on: frozenset[str]


class Steps(Protocol):
    """How files are read. Pickled to other processes, where each step begins anew."""

    @property
    def is_of_facts(self) -> bool:
        """Whether the index is made of facts alone, so that it changes with them only."""

    def facts_reader(self) -> Callable[[File], object | None]:
        """Gives what a module tells of itself, and None of one that can't be read."""

    def index_digest(self, facts: Facts) -> str:
        """What tells one index from another, of those that are made of facts."""

    def analyser(self, facts: Facts) -> Callable[[File], Analysed]:
        """Gives what is found in a file. It must not depend on the files it was given before."""


def lint_files(
    sources: ProjectSources, cache: Cache, steps: Steps, jobs: int = 1
) -> list[tuple[File, FileResult]]:
    """What is found in each file that is to be linted, in their order, by `jobs` processes.

    What was found is kept also when the work is broken off. Raises `JobsError`.
    """
    facts = _Facts(sources, cache, steps)
    with reading_source():
        try:
            facts.complete(jobs)
            cache.begin_results(lambda: steps.index_digest(facts.all), steps.is_of_facts)
            return _results(sources, cache, steps, facts, jobs)
        finally:
            cache.save()


def _results(
    sources: ProjectSources, cache: Cache, steps: Steps, facts: _Facts, jobs: int
) -> list[tuple[File, FileResult]]:
    known = {file: cache.result(file) for file in sources.linted}
    stale = [file for file, result in known.items() if result is None]
    if stale:
        analysed = spread(stale, jobs, _make_analyser, steps, facts.all)
        for file, found in zip(stale, analysed, strict=True):
            cache.keep_result(file, found.depends_on, found.result)
            known[file] = found.result
    return [(file, result) for file, result in known.items() if result is not None]


class _Facts:
    """What all modules tell."""

    def __init__(self, sources: ProjectSources, cache: Cache, steps: Steps) -> None:
        self._files = sources.files
        self._cache = cache
        self._steps = steps
        self._made: dict[str, object | None] = {}

    def complete(self, jobs: int) -> None:
        """Reads the modules of which nothing was kept."""
        missing = [file for file in self._files if not self._cache.has_facts(file)]
        if missing:
            made = spread(missing, jobs, _make_reader, self._steps)
            for file, facts in zip(missing, made, strict=True):
                self._keep(file, facts)

    @cached_property
    def all(self) -> Facts:
        """They are decoded when somebody asks: without a change nobody does."""
        told = {file.name: self._of(file) for file in self._files}
        return {name: facts for name, facts in told.items() if facts is not None}

    def _of(self, file: File) -> Any:
        if file.name not in self._made:
            try:
                return self._cache.facts(file)
            except DamagedError:
                self._keep(file, self._steps.facts_reader()(file))
        return self._made[file.name]

    def _keep(self, file: File, facts: object | None) -> None:
        self._made[file.name] = facts
        self._cache.keep_facts(file, facts)


def _make_reader(steps: Steps) -> Callable[[File], object | None]:
    return steps.facts_reader()


def _make_analyser(steps: Steps, facts: Facts) -> Callable[[File], Analysed]:
    return steps.analyser(facts)
