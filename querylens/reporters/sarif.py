"""SARIF 2.1.0, which code scanning and editors read."""

from __future__ import annotations

import hashlib
import inspect
import json
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

from querylens.model import Finding, Report, RuleInfo
from querylens.reporters._locations import ROOT, fixes, location, text
from querylens.reporters._markup import code, escaped, fenced
from querylens.reporters._plain import plain, plain_lines
from querylens.reporters._steps import steps
from querylens.reporters._words import change, evidence, in_numbers, language, places, tally_words
from querylens.reporters.json import version

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
#: GitHub shows so many of a file's results, and refuses a file with 25,000.
_LIMIT = 5_000
_LABELS = {
    "access": "the access",
    "loop": "the loop around it",
    "queryset": "the queryset whose rows were read",
    "from": "the line that rendered the template",
}
#: GitHub's words for how much a finding matters.
_PROBLEM = {"note": "recommendation", "warning": "warning", "error": "error"}


@dataclass(frozen=True, slots=True)
class SarifReporter:
    """Writes one run with at most `limit` results, in ASCII and with equal bytes for equal reports.

    What is left out is what saves least; a notification says how much that is.
    """

    name: ClassVar[str] = "sarif"

    limit: int = _LIMIT

    def render(self, report: Report) -> str:
        """The document. Values of parameters are never in it."""
        document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report, self.limit)]}
        written = json.dumps(document, indent=2, allow_nan=False)
        # Only strings hold this sign, so a page can take the document into a script element.
        return written.replace("<", "\\u003c") + "\n"


def _run(report: Report, limit: int) -> dict[str, Any]:
    results: list[tuple[Finding, list[dict[str, str]]]] = [
        *((finding, []) for finding in report.findings),
        *((item.finding, [_suppression(item.reason)]) for item in report.suppressed),
    ]
    shown = results[:limit]
    rules = {finding.rule.code: finding.rule for finding, _ in shown}
    codes = sorted(rules)
    return {
        "tool": {
            "driver": {
                "name": "querylens",
                "version": version(),
                "informationUri": "https://querylens.readthedocs.io/",
                "rules": [_rule(rules[code]) for code in codes],
            }
        },
        # What is read in source and what is seen at run time stand beside each other.
        "automationDetails": {"id": "querylens/" if report.read is None else "querylens-lint/"},
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the project."}}},
        "columnKind": "utf16CodeUnits",
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": _notifications(report, len(results) - len(shown)),
            }
        ],
        "results": [
            # Either all results of a run have this key or none.
            _result(finding, report, codes.index(finding.rule.code)) | {"suppressions": suppressed}
            for finding, suppressed in shown
        ],
        "properties": {"headline": report.headline, "totals": in_numbers(report)},
    }


def _notifications(report: Report, left_out: int) -> list[dict[str, Any]]:
    sentences = [text(plain(remark)) for remark in report.remarks]
    if left_out:
        noun = "result was" if left_out == 1 else "results were"
        sentences.append(f"{left_out} {noun} left out: code scanning shows no more.")
    return [{"level": "note", "message": {"text": sentence}} for sentence in sentences]


def _rule(rule: RuleInfo) -> dict[str, Any]:
    page = _page(rule)
    return {
        "id": rule.code,
        "name": _pascal(rule.name),
        "shortDescription": {"text": _sentence(rule.summary)},
        "fullDescription": {"text": _what_it_does(page) or _sentence(rule.summary)},
        "helpUri": rule.url,
        "help": {"text": page or _sentence(rule.summary), "markdown": page or rule.summary},
        "defaultConfiguration": {"level": rule.severity},
        "properties": {
            "tags": ["performance", "database"],
            "problem.severity": _PROBLEM[rule.severity],
            "precision": "high",
        },
    }


def _page(rule: RuleInfo) -> str:
    # The rules stand beside the reporters: a rule's page is loaded when it is shown.
    rules = import_module("querylens.rules").RULES
    pages = {kind.info.code: inspect.getdoc(kind) or "" for kind in rules}
    return pages.get(rule.code, "")


def _what_it_does(page: str) -> str:
    """The first paragraph under the first heading, within the length that GitHub shows."""
    paragraph = page.partition("\n")[2].lstrip().partition("\n\n")[0]
    return text(" ".join(paragraph.split()), 1_000)


def _result(finding: Finding, report: Report, rule_index: int) -> dict[str, Any]:
    known = list(places(finding))
    primary = location(known[0][1]) if known else _logical_location(finding)
    related = [
        location(place, _LABELS[label], number)
        for number, (label, place) in enumerate(known[1:], start=1)
    ]
    if finding.fix.at is not None and finding.fix.kind != "none":
        related.append(location(finding.fix.at, "where the fix goes", len(related) + 1))
    return {
        "ruleId": finding.rule.code,
        "ruleIndex": rule_index,
        "level": finding.severity,
        "message": {"text": _plain_message(finding), "markdown": _markdown_message(finding)},
        "locations": [primary],
        "relatedLocations": related,
        "partialFingerprints": {"querylensKey/v1": _hashed(finding.key)},
        "fixes": fixes(finding.fix),
        "properties": _properties(finding, report),
    }


def _logical_location(finding: Finding) -> dict[str, Any]:
    subject = finding.cause.subject if finding.cause else ""
    return {"logicalLocations": [{"fullyQualifiedName": text(subject or finding.rule.name)}]}


def _plain_message(finding: Finding) -> str:
    lines = [f"{finding.message}{_change(finding)}"]
    for step in steps(finding.fix):
        lines.append(f"fix: {step.words}{step.where}: {' '.join(step.code.split())}")
    lines += [f"needs: {statement}" for statement in finding.fix.imports]
    lines += finding.fix.caveats
    return "\n".join(_without_links(text(plain(line), 1_000)) for line in lines)


def _change(finding: Finding) -> str:
    return f" ({change(finding)})" if finding.count else ""


def _without_links(line: str) -> str:
    """Brackets in front of parentheses make a link, which a backslash prevents."""
    if "](" not in line:
        return line
    return line.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _markdown_message(finding: Finding) -> str:
    blocks = [f"**{finding.rule.code}** {escaped(finding.message)}{_change(finding)}"]
    for step in steps(finding.fix):
        blocks.append(f"**fix** {escaped(step.words.strip())} {code(step.where)}")
        blocks.append(fenced(plain_lines(step.code), language(step.at)))
    blocks += [f"**needs** {code(statement)}" for statement in finding.fix.imports]
    blocks += [f"**note** {escaped(caveat)}" for caveat in finding.fix.caveats]
    return text("\n\n".join(blocks), 20_000)


def _properties(finding: Finding, report: Report) -> dict[str, Any]:
    tally = finding.tally
    properties: dict[str, Any] = {
        "count": finding.count,
        "saved": finding.saved,
        "evidence": finding.evidence,
        "confidence": text(plain(evidence(finding))),
        "key": [text(part) for part in finding.key],
    }
    if tally is not None:
        properties |= {"traces": tally.traces, "seen": text(plain(tally_words(tally, report)))}
    return properties


def _suppression(reason: str) -> dict[str, str]:
    is_external = reason.startswith(("ignore-relations ", "per-file-ignores "))
    return {
        "kind": "external" if is_external else "inSource",
        "justification": text(reason or "no reason given"),
    }


def _hashed(key: tuple[str, ...]) -> str:
    joined = "\0".join(key).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=16).hexdigest()


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))


def _sentence(summary: str) -> str:
    return f"{summary[:1].upper()}{summary[1:]}."
