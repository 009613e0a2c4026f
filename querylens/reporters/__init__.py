"""Outputs: each reporter turns a report into text, and does nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Protocol, cast, runtime_checkable

from querylens.errors import ConfigError
from querylens.model import Report

#: Where each reporter is, by its name. They are imported when one is asked for.
REPORTERS: dict[str, str] = {
    "github": "querylens.reporters.github:GitHubReporter",
    "html": "querylens.reporters.html:HtmlReporter",
    "json": "querylens.reporters.json:JsonReporter",
    "junit": "querylens.reporters.junit:JUnitReporter",
    "markdown": "querylens.reporters.markdown:MarkdownReporter",
    "sarif": "querylens.reporters.sarif:SarifReporter",
    "terminal": "querylens.reporters.terminal:TerminalReporter",
}

#: The reporter of each file ending.
ENDINGS = {
    ".json": "json",
    ".sarif": "sarif",
    ".md": "markdown",
    ".html": "html",
    ".xml": "junit",
}


class Reporter(Protocol):
    """What every reporter does: it opens no file, asks no terminal and picks no exit code."""

    def render(self, report: Report) -> str:
        """The whole report as text that ends with a line break."""
        ...


@runtime_checkable
class PartsReporter(Reporter, Protocol):
    """One whose text may be large, and can be written part by part."""

    def parts(self, report: Report) -> Iterator[str]:
        """What `render` gives, in parts that are made when they are asked for."""
        ...


def in_parts(reporter: Reporter, report: Report) -> Iterator[str]:
    """The text of a report; in several parts where the reporter can give them."""
    if isinstance(reporter, PartsReporter):
        yield from reporter.parts(report)
    else:
        yield reporter.render(report)


def reporter_class(name: str) -> type[Reporter]:
    """The class behind a name; raises ConfigError for a name that there is not."""
    if name not in REPORTERS:
        raise ConfigError(f"output format {name!r} is not known. Allowed: {', '.join(REPORTERS)}")
    module, _, attribute = REPORTERS[name].partition(":")
    return cast("type[Reporter]", getattr(import_module(module), attribute))
