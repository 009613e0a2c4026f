"""Keeps what linting found, for as long as nothing that it depends on has changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

from querylens.lint.coding import Coder, DamagedError
from querylens.lint.files import ProjectSources
from querylens.lint.hashes import Hashes
from querylens.lint.project import File
from querylens.lint.results import FileResult
from querylens.lint.store import Kept, Store, digest_of, key_of
from querylens.lint.versions import Versions

#: The key of the index among the facts.
_INDEX = "index"
_UNREADABLE = "null"


class Cache:
    """Facts of modules and results of files, read from a folder and written back by `save`.

    Without a folder, or with one that can't be used, it keeps what this run finds. Processes may
    share a folder: none waits for another, and what gets lost between them is found again.
    """

    def __init__(
        self, folder: Path | None, config_digest: str, sources: ProjectSources, facts: type
    ) -> None:
        """`config_digest` stands for the settings that decide what is found.

        `facts` is the dataclass of what a module tells; its lines (`line`) don't matter to others.
        """
        self._files = Kept(Store(folder, "files"))
        self._facts = Kept(Store(folder, "facts"))
        self._results = Kept(Store(folder, "results", config_digest))
        self._sources = sources
        #: What tells the state of a dependency.
        self.versions = Versions(sources, Hashes(self._files))
        self._facts_coder = Coder(facts)
        self._shape_coder = Coder(facts, without=frozenset({"line"}))
        self._paths = sources.paths
        self._coder = Coder(FileResult, lambda shown: self._paths.get(shown, ""))

    def has_facts(self, file: File) -> bool:
        """Whether anything was kept of a module: its facts, or that it can't be read."""
        return bool(self._facts.get(self.versions.of_file(file)))

    def facts(self, file: File) -> Any:
        """What was kept of a module; None of one that can't be read.

        Raises `DamagedError` when nothing was kept.
        """
        line = self._facts.get(self.versions.of_file(file)).partition("\t")[2]
        return None if line == _UNREADABLE else self._facts_coder.decode(_decoded(line))

    def keep_facts(self, file: File, facts: object | None) -> None:
        """Keeps what a module tells; None of one that can't be read."""
        shape, line = "", _UNREADABLE
        if facts is not None:
            shape = digest_of(_encoded(self._shape_coder.encode(facts)))
            line = _encoded(self._facts_coder.encode(facts))
        self._facts.put(self.versions.of_file(file), f"{shape}\t{line}")

    def begin_results(self, make_index_digest: Callable[[], str], is_of_facts: bool = True) -> None:
        """Makes what is known of all modules together a part of what every result depends on.

        All facts have to be kept before. `make_index_digest` is asked when one of them is another
        one than in the last run, its lines aside; and always when it is not of facts alone.
        """
        if not is_of_facts:
            # It is kept for nobody: the next run may read facts alone.
            self.versions.index = digest_of(make_index_digest())
            return
        lines = [self._facts.get(self.versions.of_file(file)) for file in self._sources.files]
        shapes = digest_of(*(line.partition("\t")[0] for line in lines))
        known, _, index = self._facts.get(_INDEX).partition("\t")
        if known != shapes or not index:
            index = digest_of(make_index_digest())
            self._facts.put(_INDEX, f"{shapes}\t{index}")
        self.versions.index = index

    def result(self, file: File) -> FileResult | None:
        """What was kept of a file; None when it has to be made again.

        That is when the file, the index of models or anything that it depends on has changed.
        """
        state, _, rest = self._results.get(key_of(file.shown)).partition("\t")
        dependencies, _, line = rest.partition("\t")
        names = _decoded(dependencies)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            return None
        if state != self._state(file, names):
            return None
        try:
            result: FileResult = self._coder.decode(_decoded(line))
        except DamagedError:
            return None
        return result

    def keep_result(self, file: File, depends_on: Collection[str], result: FileResult) -> None:
        """Keeps a result until the version of something that it depends on is another one.

        `depends_on` names modules, found or not, and templates (see `template_dependency`).
        """
        names = sorted(depends_on)
        parts = (self._state(file, names), _encoded(names), _encoded(self._coder.encode(result)))
        self._results.put(key_of(file.shown), "\t".join(parts))

    def save(self) -> None:
        """Writes what was found, of the files that the project has.

        Nothing is written when one of them was changed meanwhile: it is not known which of its
        states was read.
        """
        is_changed = any(kept.is_changed for kept in (self._files, self._facts, self._results))
        if not is_changed or not self.versions.are_true():
            return
        shown = set(map(key_of, self._paths))
        self._files.save(shown)
        self._facts.save({_INDEX, *map(self.versions.of_file, self._sources.files)})
        self._results.save(shown)

    def _state(self, file: File, names: Iterable[str]) -> str:
        versions = self.versions
        return digest_of(versions.of_file(file), versions.index, *map(versions.of, names))


def _encoded(data: object) -> str:
    return json.dumps(data, separators=(",", ":"), check_circular=False)


def _decoded(line: str) -> object | None:
    try:
        found: object = json.loads(line) if line else None
    except (ValueError, RecursionError):
        return None
    return found
