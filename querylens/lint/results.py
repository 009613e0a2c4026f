"""What linting one file gave: findings, problems, and what could not be followed."""

from __future__ import annotations

from dataclasses import dataclass

from querylens.lint.linted import NotFollowed
from querylens.model import Finding


@dataclass(frozen=True, slots=True)
class FileResult:
    """Everything that is said of one file. Problems are lines: `file:line: what: remedy`."""

    findings: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()
    not_followed: tuple[NotFollowed, ...] = ()
    lines: int = 0
