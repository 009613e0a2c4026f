"""The options of the command line, each with its twin in the ini file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from querylens.errors import ConfigError

_PREFIX = "--querylens"
_SEVERAL = ("only", "report")
_SWITCH_ON = ("fail_on", "only", "record", "report", "baseline", "update_baseline")


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line or the ini file asked for."""

    #: Show the summary at the end.
    summary: bool = False
    #: Selectors of findings that fail a test.
    fail_on: tuple[str, ...] = ()
    #: Folders or files: findings elsewhere are left out.
    only: tuple[Path, ...] = ()
    record: Path | None = None
    reports: tuple[Path, ...] = ()
    baseline: Path | None = None
    update_baseline: bool = False

    @property
    def checks(self) -> bool:
        """Whether every test is checked, asked or not."""
        wanted = (self.summary, self.fail_on, self.reports, self.baseline)
        return any(wanted)

    @property
    def watches(self) -> bool:
        """Whether every test is recorded, asked or not."""
        return self.checks or self.record is not None


def add_options(parser: pytest.Parser) -> None:
    """Declares the options and their ini twins (`querylens_fail_on`)."""
    group = parser.getgroup("querylens", "N+1 queries (querylens)")
    group.addoption(
        _PREFIX,
        action="store_true",
        default=None,
        help="show at the end what queries could go, over all tests",
    )
    group.addoption(
        f"{_PREFIX}-fail-on",
        metavar="WORDS",
        help="fail each test that has such findings: n-plus-one, duplicated, unused, budget, any, "
        "codes or prefixes of codes, with commas between",
    )
    group.addoption(
        f"{_PREFIX}-only",
        metavar="PATH",
        action="append",
        help="only findings in this folder or file; may be given again",
    )
    group.addoption(
        f"{_PREFIX}-record", metavar="DIR", help="write the trace of each test into this folder"
    )
    group.addoption(
        f"{_PREFIX}-report",
        metavar="FILE",
        action="append",
        help="write the findings to this file, as its ending says: json, sarif, md, html, xml "
        "(JUnit); may be given again",
    )
    group.addoption(
        f"{_PREFIX}-baseline",
        metavar="FILE",
        help="findings that this file lists are known, and fail nothing",
    )
    group.addoption(
        f"{_PREFIX}-update-baseline",
        action="store_true",
        default=None,
        help="write what was found into the baseline; nothing fails for a finding",
    )
    for name in ("fail_on", "only", "record", "report", "baseline"):
        kind: Literal["linelist", "string"] = "linelist" if name in _SEVERAL else "string"
        parser.addini(
            f"querylens_{name}",
            f"the same as {_PREFIX}-{name.replace('_', '-')}",
            type=kind,
        )
    parser.addini("querylens", "the same as --querylens", type="bool", default=False)
    parser.addini(
        "querylens_update_baseline", "the same as --querylens-update-baseline", type="bool"
    )


def is_switched_on(config: pytest.Config) -> bool:
    """Whether an option or the ini file asks for anything; reads nothing else."""
    return bool(_given(config, "")) or any(_given(config, name) for name in _SWITCH_ON)


def _given(config: pytest.Config, name: str) -> Any:
    full = f"querylens_{name}" if name else "querylens"
    on_command_line = config.getoption(full)
    return config.getini(full) if on_command_line is None else on_command_line


def read_options(config: pytest.Config) -> Options:
    """The options, checked.

    Raises `pytest.UsageError` for a selector that names no rule, a report whose ending is not
    known, and an update of a baseline that was not named.
    """
    try:
        return _read(config)
    except ConfigError as error:
        raise pytest.UsageError(str(error)) from None


def _read(config: pytest.Config) -> Options:
    baseline = _given(config, "baseline")
    if _given(config, "update_baseline") and not baseline:
        raise ConfigError(
            "--querylens-update-baseline: which file? Add --querylens-baseline=FILE, "
            "or querylens_baseline to the ini file"
        )
    return Options(
        summary=bool(_given(config, "")),
        fail_on=_selectors(_given(config, "fail_on") or ""),
        only=tuple(_path(config, path) for path in _given(config, "only") or ()),
        record=_path(config, _given(config, "record")) if _given(config, "record") else None,
        reports=tuple(_report(config, path) for path in _given(config, "report") or ()),
        baseline=_path(config, baseline) if baseline else None,
        update_baseline=bool(_given(config, "update_baseline")),
    )


def _path(config: pytest.Config, given: str) -> Path:
    """A path of the command line starts where that was typed, one of the ini file beside it."""
    is_typed = given in str(config.invocation_params.args)
    return (config.invocation_params.dir if is_typed else config.rootpath) / given


def _selectors(given: str) -> tuple[str, ...]:
    from querylens.codes import allowed_selectors, closest_selector, codes_of

    found = tuple(word.strip() for word in given.split(",") if word.strip())
    for word in found:
        if not codes_of(word):
            meant = closest_selector(word)
            hint = f" Did you mean {meant!r}?" if meant else ""
            raise ConfigError(
                f"{_PREFIX}-fail-on: {word!r} names no rule.{hint} Allowed: {allowed_selectors()}"
            )
    return found


def _report(config: pytest.Config, given: str) -> Path:
    from querylens.reporters import ENDINGS

    path = _path(config, given)
    if path.suffix not in ENDINGS:
        raise ConfigError(
            f"{_PREFIX}-report: {given!r} has no known ending. Allowed: {', '.join(ENDINGS)}"
        )
    return path
