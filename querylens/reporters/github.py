"""GitHub annotations: one workflow command a line, shown on the lines of a pull request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from querylens.model import Finding, Report
from querylens.reporters._plain import clipped, plain
from querylens.reporters._steps import steps
from querylens.reporters._words import change, in_words, places, tally_words

#: GitHub shows no more annotations of one level from one step.
_MOST_PER_LEVEL = 10
_LEVELS = {"note": "notice", "warning": "warning", "error": "error"}
_LONGEST_TEXT = 1_000


@dataclass(frozen=True, slots=True)
class GitHubReporter:
    """Annotates the lines of the findings, the worst of each level; the rest is counted."""

    name: ClassVar[str] = "github"

    def render(self, report: Report) -> str:
        """The headline for the log, then a command for each annotation."""
        shown = list(_shown(report))
        lines = [f"querylens: {report.headline}"]
        lines += [_annotation(finding, report) for finding in shown]
        left = len(report.findings) - len(shown)
        if left:
            noun = "finding is" if left == 1 else "findings are"
            text = f"{left} more {noun} not annotated. The step summary has all of them."
            lines.append(_command("notice", {"title": "querylens"}, text))
        return "".join(f"{line}\n" for line in lines)


def _shown(report: Report) -> Iterator[Finding]:
    levels = Counter(finding.severity for finding in report.findings)
    is_cut = any(count > _MOST_PER_LEVEL for count in levels.values())
    # What says that there are more is a notice itself.
    room = Counter(note=_MOST_PER_LEVEL - is_cut, warning=_MOST_PER_LEVEL, error=_MOST_PER_LEVEL)
    for finding in report.findings:
        room[finding.severity] -= 1
        if room[finding.severity] >= 0:
            yield finding


def _annotation(finding: Finding, report: Report) -> str:
    properties = {}
    for _, place in places(finding):
        line = max(place.line, 1)
        properties["file"] = place.file
        properties["line"] = str(line)
        properties["endLine"] = str(max(line, place.end_line))
        break
    titles = f"{finding.rule.code} {finding.rule.name}", change(finding)
    properties["title"] = ": ".join(filter(None, titles))
    text = "\n".join(_sentences(finding, report))
    return _command(_LEVELS[finding.severity], properties, text)


def _sentences(finding: Finding, report: Report) -> Iterator[str]:
    yield plain(clipped(finding.message, _LONGEST_TEXT))
    if finding.tally is not None:
        yield plain(clipped(tally_words(finding.tally, report), _LONGEST_TEXT))
    if sentence := in_words(finding.fix):
        yield f"fix: {plain(clipped(sentence, _LONGEST_TEXT))}"
    for step in steps(finding.fix):
        code = "\n".join(map(plain, clipped(step.code, _LONGEST_TEXT).splitlines()))
        yield f"fix: {plain(step.words)}{plain(clipped(step.where, _LONGEST_TEXT))}\n{code}"
    for statement in finding.fix.imports:
        yield f"needs {plain(clipped(statement, _LONGEST_TEXT))}"


def _command(level: str, properties: dict[str, str], text: str) -> str:
    joined = ",".join(f"{key}={_escaped_property(value)}" for key, value in properties.items())
    return f"::{level} {joined}::{_escaped(text)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(value: str) -> str:
    shown = plain(clipped(value, _LONGEST_TEXT))
    return _escaped(shown).replace(":", "%3A").replace(",", "%2C")
