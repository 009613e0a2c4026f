"""Keeps what linting found, for as long as nothing that it depends on has changed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path

from querylens.lint.coding import Coder, DamagedError
from querylens.lint.files import ProjectSources
from querylens.lint.hashes import Hashes
from querylens.lint.project import File
from querylens.lint.results import FileResult
from querylens.lint.store import Kept, Store, digest_of, key_of
from querylens.lint.versions import Versions

#: Below the project's root.
CACHE_FOLDER = ".querylens/cache"
#: What facts are where a module has nothing to tell.
_EMPTY = frozenset({"", "null", "[]", "{}"})


class Cache:
    """Facts of modules and results of files, read from a folder and written back by `save`.

    Without a folder, or with one that can't be used, it keeps what this run finds. Processes may
    share a folder: none waits for another, and what gets lost between them is found again.
    """

    def __init__(self, folder: Path | None, config_digest: str, sources: ProjectSources) -> None:
        """`config_digest` stands for the settings that decide what is found."""
        self._files = Kept(Store(folder, "files"))
        self._facts = Kept(Store(folder, "facts"))
        self._results = Kept(Store(folder, "results", config_digest))
        self._sources = sources
        #: The hashes of the project's files, and what tells the state of a dependency.
        self.hashes = Hashes(self._files)
        self.versions = Versions(sources, self.hashes)
        self._paths = sources.paths
        self._coder = Coder(FileResult, lambda shown: self._paths.get(shown, ""))

    def facts(self, file: File) -> object | None:
        """What was kept of a module, as JSON gives it back; None when nothing was."""
        return _decoded(self._facts.get(self.versions.of_file(file)))

    def keep_facts(self, file: File, facts: object) -> None:
        """Keeps what a module tells. JSON has to give back what it is given."""
        self._facts.put(self.versions.of_file(file), _encoded(facts))

    def close_index(self, files: Iterable[File]) -> None:
        """Makes the facts of these modules what results depend on: they have to be kept before."""
        told = sorted((file.shown, self._facts.get(self.versions.of_file(file))) for file in files)
        self.versions.index = digest_of(
            *(part for shown, line in told if line not in _EMPTY for part in (shown, line))
        )

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
        if not self.hashes.are_true():
            return
        shown = set(map(key_of, self._paths))
        self._files.save(shown)
        self._facts.save(set(map(self.versions.of_file, self._sources.files)))
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
