"""The lines that changed since a git revision."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from querylens.config import Config
from querylens.errors import ConfigError
from querylens.model import Finding
from querylens.suppressions import lines_of

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_DIFF = (
    *("diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--find-renames"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--ignore-submodules"),
)
_NEW_FILE = "+++ "
#: Of a file that git does not know yet, every line.
_ALL_LINES = (1, 2**31)


@dataclass(frozen=True)
class ChangedLines:
    """Ranges `(first, last)` of changed lines by the real path of a file."""

    config: Config
    ranges: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def since(cls, revision: str, config: Config) -> ChangedLines:
        """What differs in the working tree from where the branch left a revision.

        Files that git does not know and is not told to ignore have changed as a whole. Raises
        `ConfigError` when git can't tell.
        """
        git = _Git(revision, config.root)
        top = git.ask("rev-parse", "--show-toplevel").rstrip("\n")
        ranges: dict[str, list[tuple[int, int]]] = {}
        for file, first, last in _changed(git.ask(*_DIFF, git.base(), "--", at=top)):
            ranges.setdefault(os.path.realpath(Path(top, file)), []).append((first, last))
        others = git.ask("ls-files", "--others", "--exclude-standard", "-z", at=top)
        for file in filter(None, others.split("\0")):
            ranges[os.path.realpath(Path(top, file))] = [_ALL_LINES]
        return cls(config, ranges)

    def touches(self, finding: Finding) -> bool:
        """Whether the access, its loop's head or the queryset of a finding has changed."""
        return any(self.holds(*lines) for lines in lines_of(finding))

    def holds(self, file: str, first: int, last: int) -> bool:
        """Whether one of these lines has changed; the file is told from the root."""
        path = os.path.realpath(self.config.path_of(file))
        return any(
            changed_first <= last and first <= changed_last
            for changed_first, changed_last in self.ranges.get(path, ())
        )


@dataclass(frozen=True, slots=True)
class _Git:
    """Asks git, and says in one line why it does not answer."""

    revision: str
    root: Path

    def base(self) -> str:
        """Where the branch left the revision, else the revision itself.

        What was changed there since then is no change of this branch.
        """
        name = f"{self.revision}^{{commit}}"
        asked = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        commit = asked.stdout.strip()
        if asked.returncode or not commit:
            raise self._error(
                "git knows no such revision. Fetch it first "
                "(in GitHub Actions: actions/checkout with fetch-depth: 0)"
            )
        together = self._run("merge-base", commit, "HEAD")
        return together.stdout.strip() or commit

    def ask(self, *arguments: str, at: str = "") -> str:
        """What git answers. Raises `ConfigError`."""
        done = self._run(*arguments, at=at)
        if done.returncode:
            complaint = done.stderr.strip().partition("\n")[0]
            if "not a git repository" in complaint:
                raise self._error(f"{self.root} is not in a git repository")
            raise self._error(complaint or f"git {arguments[0]} failed")
        return done.stdout

    def _run(self, *arguments: str, at: str = "") -> subprocess.CompletedProcess[str]:
        program = shutil.which("git")
        if program is None:
            raise self._error("git is not installed, or not on PATH")
        # A list of arguments, in which the user's own can't be taken for an option.
        return subprocess.run(  # noqa: S603
            [program, "-C", at or str(self.root), *arguments],
            env=os.environ | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
        )

    def _error(self, complaint: str) -> ConfigError:
        return ConfigError(f"--diff {self.revision}: {complaint}")


def _changed(diff: str) -> Iterator[tuple[str, int, int]]:
    """File, first and last line of every hunk; what was only deleted has no lines."""
    file = ""
    left = 0
    for line in diff.split("\n"):
        if left > 0:
            # What a file holds may look like a line of the diff itself.
            left -= not line.startswith("\\")
        elif line.startswith(_NEW_FILE):
            file = _path(line.removeprefix(_NEW_FILE))
        elif found := _HUNK.match(line):
            deleted, first, added = (int(1 if part is None else part) for part in found.groups())
            left = deleted + added
            if file and added:
                yield file, first, first + added - 1


def _path(text: str) -> str:
    """A path below the top, as git quotes it; empty for a file that is gone."""
    # A name with a space has a tab behind it.
    name = text.rstrip("\t")
    if name.startswith('"'):
        name = os.fsdecode(ast.literal_eval(f"b{name}"))
    return name.removeprefix("b/") if name != "/dev/null" else ""
