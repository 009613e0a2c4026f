"""The configuration as a value: what each setting means and what it decides."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from querylens.codes import closest, is_chosen
from querylens.config.project_files import ProjectFiles, find_project_root
from querylens.errors import ConfigError

#: The names of the reporters (a test compares them with `querylens.reporters.REPORTERS`).
OUTPUT_FORMATS = ("github", "html", "json", "junit", "markdown", "sarif", "terminal")

#: Where the middleware may report a request.
REPORT_PLACES = ("terminal", "logging", "headers", "page", "record")

#: How a recording may be compressed.
COMPRESSIONS = ("gz", "zst")

#: What `querylens lint` leaves out by default.
TESTS_AND_MIGRATIONS = (
    *("*/tests/*", "*/test/*", "*/testing/*", "*/migrations/*"),
    *("*/tests.py", "*/test_*.py", "*/*_test.py", "*/*_tests.py", "*/conftest.py"),
)

_MOST_KNOWN_FILES = 8192


@dataclass(frozen=True)
class Config:
    """Every setting, with its default. `load_config` makes one and checks what it was given."""

    #: The folder that relative paths and patterns start from.
    root: Path = field(default_factory=find_project_root)
    #: Off: nothing is recorded by the pytest plugin, the middleware and the commands. The
    #: middleware is off without `DEBUG` too, unless somebody switches it on here.
    enabled: bool = True
    #: Folders of project code.
    source: tuple[str, ...] = (".",)
    #: Globs of files under `source` that are not project code. The standard library, installed
    #: packages and virtual environments never are, and need no pattern.
    omit: tuple[str, ...] = ("*/migrations/*",)
    #: Which rules are on: codes, prefixes, names or groups.
    select: tuple[str, ...] = ("any",)
    #: More of them, besides `select`.
    extend_select: tuple[str, ...] = ()
    #: Which of them are off.
    ignore: tuple[str, ...] = ()
    #: Globs of files, and the rules that are off there.
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Globs of `app.Model.field`: findings about these relations are suppressed.
    ignore_relations: tuple[str, ...] = ()
    #: How many queries of one group make a finding, unless the rule has its own threshold.
    threshold: int = 2
    #: Options of single rules, by the rule's name.
    rules: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    #: Regular expressions, matched from the start without regard to case, of statements that are
    #: set-up and are not counted.
    setup_statements: tuple[str, ...] = ()
    #: Report findings whose call site is third-party code.
    third_party: bool = False
    output_format: str = "terminal"
    #: Keep parameter values in recorded traces instead of keyed hashes.
    record_params: bool = False
    #: Where the middleware reports each request, of `REPORT_PLACES`.
    report: tuple[str, ...] = ("terminal", "headers")
    #: Paths of requests that the middleware leaves alone: how they begin, or globs of the whole.
    ignore_paths: tuple[str, ...] = ("/__debug__/", "/__querylens__/", "/__reload__/")
    #: Globs of routes, and how many queries a request to them may send.
    budgets: Mapping[str, int] = field(default_factory=dict)
    #: The share of requests that the middleware looks at, from 0 to 1.
    sample_rate: float = 1.0
    #: The folder of recorded traces.
    record_folder: str = ".querylens/traces"
    #: How the middleware compresses them: one of `COMPRESSIONS`, or empty.
    record_compress: str = ""
    #: A file of recorded traces that would grow over this many bytes is followed by a new one.
    record_max_bytes: int = 50_000_000
    #: How many queries of one request are recorded; a longer trace says that it is cut.
    record_max_queries: int = 10_000
    #: The dotted path of a function that says to whom the page is shown: it is given the request,
    #: and only its True lets in. Empty: under `DEBUG`, to `INTERNAL_IPS`.
    page_allowed: str = ""
    #: Globs of files, below the root, that are not linted unless they or a folder of theirs are
    #: named on the command line; a `*` matches slashes.
    lint_exclude: tuple[str, ...] = TESTS_AND_MIGRATIONS
    #: The fields that somebody set, to whatever value; all others have their defaults.
    given: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    #: What others keep for as long as the configuration, by the name of their module.
    remembered: dict[str, object] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _known_files: dict[str, bool] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def selects(self, code: str) -> bool:
        """Whether a rule is on: the longest matching selector decides, `ignore` wins a draw."""
        return is_chosen(code, (*self.select, *self.extend_select), self.ignore)

    def is_project_file(self, path: str) -> bool:
        """Whether code with this file name is project code. Fast: every name is decided once."""
        known = self._known_files.get(path)
        if known is None:
            if len(self._known_files) >= _MOST_KNOWN_FILES:
                self._known_files.clear()
            known = self._known_files[path] = self._project_files.holds(path)
        return known

    def is_setup_statement(self, sql: str) -> bool:
        """Whether the user named this statement as set-up."""
        return any(pattern.match(sql.lstrip()) for pattern in self._setup_patterns)

    def path_of(self, file: str) -> Path:
        """Where a place's file is: from the root, else from the working directory."""
        below_root = self.root / file
        return below_root if os.path.lexists(below_root) else Path(file).absolute()

    def rule_options(self, name: str, allowed: Mapping[str, type]) -> dict[str, object]:
        """The options of one rule, checked against its option names and their types.

        The common `threshold` is among them when the rule has one and nothing else was set.
        """
        options = {
            option: _checked_option(f"rules.{name}", option, value, allowed)
            for option, value in self.rules.get(name, {}).items()
        }
        if "threshold" in allowed:
            options.setdefault("threshold", self.threshold)
        return options

    @cached_property
    def _project_files(self) -> ProjectFiles:
        return ProjectFiles(self.root, self.source, self.omit)

    @cached_property
    def _setup_patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern, re.IGNORECASE) for pattern in self.setup_statements)


def _checked_option(table: str, option: str, value: object, allowed: Mapping[str, type]) -> object:
    if option not in allowed:
        meant = closest(option, allowed)
        hint = f" Did you mean {meant!r}?" if meant else ""
        options = ", ".join(sorted(allowed)) or "none"
        raise ConfigError(f"{table}: unknown option {option!r}.{hint} Allowed: {options}")
    kind = allowed[option]
    if kind is tuple and isinstance(value, (list, tuple)):
        return tuple(value)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        given = f"{value!r} (of type {type(value).__name__})"
        raise ConfigError(f"{table}: {option} must be of type {kind.__name__}, not {given}")
    return value
