"""JUnit XML, which test servers read: one test case a finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from querylens.model import Finding, Report
from querylens.reporters._plain import clipped, plain, plain_lines
from querylens.reporters._steps import steps
from querylens.reporters._words import (
    busiest,
    fingerprint_of,
    in_numbers,
    in_words,
    lines_to_show,
    notes,
    places,
    tally_words,
    total_words,
    verdict,
)

_LONGEST_TEXT = 4_000
_MOST_BUSIEST = 20


@dataclass(frozen=True, slots=True)
class JUnitReporter:
    """Shows each finding as a test case: warnings and errors fail, notes pass."""

    name: ClassVar[str] = "junit"

    def render(self, report: Report) -> str:
        """The document. A suppressed finding is a skipped test case with the reason."""
        suites = Element("testsuites")
        suite = SubElement(suites, "testsuite", {"name": "querylens"} | _counts(report))
        properties = SubElement(suite, "properties")
        SubElement(properties, "property", name="headline", value=_line(report.headline))
        for finding in report.findings:
            _add_case(suite, finding, report)
        for item in report.suppressed:
            case = _test_case(suite, item.finding)
            SubElement(case, "skipped", message=_line(item.reason or "no reason given"))
        SubElement(suite, "system-out").text = "\n".join(_totals(report))
        ElementTree.indent(suites)
        text = ElementTree.tostring(suites, encoding="unicode")
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _counts(report: Report) -> dict[str, str]:
    cases = [*report.findings, *(item.finding for item in report.suppressed)]
    return {
        "tests": str(len(cases)),
        "failures": str(sum(map(_is_failure, report.findings))),
        "errors": "0",
        "skipped": str(len(report.suppressed)),
        "time": _seconds(sum(case.group.duration_ns for case in cases)),
    }


def _add_case(suite: Element, finding: Finding, report: Report) -> None:
    case = _test_case(suite, finding)
    text = "\n".join(_details(finding, report))
    if _is_failure(finding):
        failure = SubElement(case, "failure", type=finding.severity, message=_line(finding.message))
        failure.text = text
    else:
        SubElement(case, "system-out").text = text


def _test_case(suite: Element, finding: Finding) -> Element:
    place = next((place for _, place in places(finding)), None)
    subject = finding.cause.subject if finding.cause else ""
    attributes = {
        "classname": _line(place.file if place else finding.rule.name),
        "name": _line(f"{finding.rule.code} {subject or finding.rule.name}"),
        "time": _seconds(finding.group.duration_ns),
    }
    if place is not None:
        attributes |= {"file": _line(place.file), "line": str(place.line)}
    return SubElement(suite, "testcase", attributes)


def _is_failure(finding: Finding) -> bool:
    return finding.severity != "note"


def _details(finding: Finding, report: Report) -> Iterator[str]:
    yield _line(finding.message)
    yield _line(verdict(finding))
    if finding.tally is not None:
        yield _line(tally_words(finding.tally, report))
    for label, place in lines_to_show(finding):
        yield _line(f"{label}: {place}")
    fingerprint = fingerprint_of(finding.group)
    if fingerprint is not None:
        yield _line(fingerprint.text)
    if sentence := in_words(finding.fix):
        yield _line(f"fix: {sentence}")
    for step in steps(finding.fix):
        yield _line(f"fix: {step.words}{step.where}")
        yield from (f"    {line}" for line in plain_lines(clipped(step.code, _LONGEST_TEXT)))
    yield from (_line(f"note: {caveat}") for caveat in notes(finding.fix))
    yield finding.rule.url


def _totals(report: Report) -> Iterator[str]:
    yield _line(report.headline)
    yield _line(in_numbers(report))
    for name, totals in busiest(report)[:_MOST_BUSIEST]:
        yield _line(f"{name}: {total_words(totals)}")
    yield from (_line(f"note: {remark}") for remark in report.remarks)


def _line(text: str) -> str:
    """One line that holds no character which XML 1.0 forbids: those are written out."""
    return plain(clipped(text, _LONGEST_TEXT))


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e9:.6f}"
