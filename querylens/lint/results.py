"""What linting one file gave: findings, problems, and what could not be followed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from querylens.lint.linted import NotFollowed
from querylens.model import Finding

_READS = frozenset({"forward", "reverse", "many_to_many", "generic", "deferred"})


@dataclass(frozen=True, slots=True)
class FileResult:
    """Everything that is said of one file. Problems are lines: `file:line: what: remedy`."""

    findings: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()
    not_followed: tuple[NotFollowed, ...] = ()
    lines: int = 0


def key_of(finding: Finding) -> tuple[object, ...]:
    """Findings with the same key are one."""
    cause = finding.cause
    subject = cause.subject if cause else ""
    # A read is mended where the rows come from; anything else where it stands.
    is_read = cause is not None and cause.kind in _READS
    site = finding.call_site and replace(finding.call_site, python=None)
    return (finding.rule.code, subject, site, finding.origin if is_read else None)
