"""What commands that report findings have in common: options, the baseline, when they fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from querylens.baseline import Baseline, read_baseline
from querylens.cli.project import project_config
from querylens.cli.selectors import read_selectors
from querylens.codes import exactness
from querylens.config import OUTPUT_FORMATS, Config
from querylens.errors import ConfigError
from querylens.model import Finding, Report

_Command = TypeVar("_Command", bound=Callable[..., Any])


def finding_options(*, fail_on: str = "") -> Callable[[_Command], _Command]:
    """The options on outputs, rules and the baseline; `fail_on` is the default of its own."""
    options = (
        click.option(
            "--output-format",
            type=click.Choice(OUTPUT_FORMATS),
            help="What is written to stdout. [default: terminal, or the setting output-format]",
        ),
        click.option(
            "--output-file",
            "output_files",
            multiple=True,
            type=click.Path(dir_okay=False, path_type=Path),
            help="Write the report to a file too, by its ending: .json .sarif .md .html .xml "
            "(JUnit). May be given several times.",
        ),
        click.option(
            "--fail-on",
            metavar="WORDS",
            default=fail_on,
            show_default=bool(fail_on),
            help="Exit with 1 on these findings: codes, prefixes, names or groups "
            "(n-plus-one, duplicated, unused, budget, any), separated by commas.",
        ),
        click.option(
            "--baseline",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Report only findings that are not in this file.",
        ),
        click.option("--update-baseline", is_flag=True, help="Add what is found to the baseline."),
        click.option("--select", metavar="WORDS", help="Only these rules."),
        click.option("--extend-select", metavar="WORDS", help="These rules too."),
        click.option("--ignore", metavar="WORDS", help="Not these rules."),
    )

    def added(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return added


def chosen_config(options: dict[str, Any]) -> Config:
    """The project's configuration, the command line first. Raises `ConfigError`."""
    overrides = {
        name: read_selectors(f"--{name.replace('_', '-')}", options[name])
        for name in ("select", "extend_select", "ignore")
        if options[name] is not None
    }
    return project_config(overrides)


@dataclass(frozen=True, slots=True)
class KnownFindings:
    """The baseline that was asked for: what it holds is left out, or added to it."""

    path: Path | None
    baseline: Baseline
    is_updated: bool

    @classmethod
    def of(cls, options: dict[str, Any]) -> KnownFindings:
        """Raises `ConfigError` and `BaselineError`."""
        path, is_updated = options["baseline"], options["update_baseline"]
        if path is None:
            if is_updated:
                raise ConfigError("--update-baseline: give the file with --baseline")
            return cls(None, Baseline(), False)
        return cls(path, read_baseline(path, missing_ok=is_updated), is_updated)

    def only_new(self, report: Report) -> Report:
        """The report without what is known, which a remark counts; the file is updated."""
        new, known = self.baseline.split(report.findings)
        if self.is_updated and self.path is not None:
            keys = self.baseline.entries.union(finding.key for finding in new)
            Baseline(keys).write(self.path)
        if not known:
            return replace(report, findings=new)
        noun = "1 finding is" if len(known) == 1 else f"{len(known)} findings are"
        remark = f"{noun} in {self.path}, and left out"
        return replace(report, findings=new, remarks=(*report.remarks, remark))


def is_any_of(findings: Iterable[Finding], selectors: tuple[str, ...]) -> bool:
    """Whether there is a finding that selectors name."""
    codes = {finding.rule.code for finding in findings}
    return any(exactness(selector, code) for selector in selectors for code in codes)
