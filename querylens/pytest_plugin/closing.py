"""The end of a run: the summary, the report files, the baseline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from querylens.baseline import Baseline, Key
from querylens.config import Config
from querylens.errors import BaselineError
from querylens.model import Summary
from querylens.pytest_plugin import travel
from querylens.pytest_plugin.options import Options
from querylens.recorder import failed


class Closing:
    """Folds the tests' summaries as they arrive; runs where results are collected."""

    def __init__(self, options: Options, config: Config, known: Baseline) -> None:
        self._options = options
        self._config = config
        self._known = known
        self.summary = Summary()
        #: Why entries of the baseline may not have been seen though they still hold.
        self._unseen = ""
        self._said: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        summary = travel.take(report)
        if summary is not None and report.outcome != "rerun":  # type: ignore[comparison-overlap]
            self.summary.merge(summary)
        if report.failed or report.skipped:
            self._unseen = f"not every test ran to its end ({report.nodeid} did not)"

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed or report.skipped:
            self._unseen = f"not every test was collected ({report.nodeid})"

    def pytest_deselected(self) -> None:
        self._unseen = "tests were deselected"

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        for path in self._options.reports:
            self._write_report(path)
        if self._options.baseline is not None:
            self._close_baseline(self._options.baseline, session)

    def _write_report(self, path: Path) -> None:
        from querylens.reporters import ENDINGS, reporter_class

        try:
            reporter = reporter_class(ENDINGS[path.suffix])()
            text = reporter.render(self.summary.report())
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
            unfinished.write_text(text, encoding="utf-8")
            unfinished.replace(path)
            self._said.append(f"report: {_from_here(path)}")
        except OSError as error:
            self._said.append(f"report: {_from_here(path)} could not be written: {error.strerror}")
        except Exception:
            failed(f"writing {path.name}")
            self._said.append(f"report: {_from_here(path)} could not be written")

    def _close_baseline(self, path: Path, session: pytest.Session) -> None:
        seen = frozenset(finding.key for finding in self.summary.findings.values())
        unseen = self._unseen or _narrowed(session)
        gone = self._known.gone(seen, lambda _: not unseen)
        if self._options.update_baseline:
            self._update_baseline(path, seen, unseen)
        elif gone:
            self._said.append(
                f"baseline: {len(gone)} of {len(self._known.entries)} entries no longer occur; "
                "--querylens-update-baseline removes them:"
            )
            self._said += [f"  {' '.join(filter(None, key))}" for key in gone]

    def _update_baseline(self, path: Path, seen: frozenset[Key], unseen: str) -> None:
        before = self._known.entries
        updated = self._known.updated(seen, may_remove=lambda _: not unseen)
        try:
            updated.write(path)
        except BaselineError as error:
            self._said.append(f"baseline: {error}")
            return
        new, removed = len(updated.entries - before), len(before - updated.entries)
        noun = "entry" if len(updated.entries) == 1 else "entries"
        self._said.append(
            f"baseline: {len(updated.entries)} {noun} in {_from_here(path)}, "
            f"{new} new, {removed} removed"
        )
        if unseen and before - seen:
            self._said.append(f"baseline: nothing was removed, since {unseen}")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if not self._options.checks:
            return
        if not self._options.summary and not self._said:
            return
        terminalreporter.write_sep("=", "querylens")
        if self._options.summary:
            from querylens.owners import Owners
            from querylens.pytest_plugin.scoreboard import scoreboard

            owners = Owners.load(self._config.root)
            report = self.summary.report()
            width = terminalreporter._tw.fullwidth
            for line in scoreboard(report, owners, self._known, width):
                terminalreporter.write_line(line.text, **line.style)
        for sentence in self._said:
            terminalreporter.write_line(sentence)


def _from_here(path: Path) -> Path:
    """The path as one would type it in the current directory."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _narrowed(session: pytest.Session) -> str:
    """Why the run was not a whole one, as it was asked for; empty when it was."""
    config = session.config
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        return "only some paths were given"
    if config.args_source is pytest.Config.ArgsSource.INVOCATION_DIR:
        here = config.invocation_params.dir
        if here != config.rootpath:
            return f"only the tests below {here.name} were asked for"
    for option in ("keyword", "markexpr", "deselect", "lf", "ignore", "ignore_glob", "stepwise"):
        if config.getoption(option, None):
            return f"the run was narrowed by --{option.replace('_', '-')}"
    whole = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    if session.shouldstop or session.shouldfail or session.exitstatus not in whole:
        return "the run was stopped"
    return ""
