"""Which files are test code: what they ask for is set-up, not the project's doing."""

from __future__ import annotations

import re
from dataclasses import replace

from querylens.codes import exactness
from querylens.model import Finding, Report

_FILES = re.compile(r"test_.*\.py|.*_test\.py|tests\.py|conftest\.py|factories\.py")
_FOLDERS = frozenset({"tests", "factories"})


def is_test_file(path: str) -> bool:
    """Whether tests, their fixtures or their factories are written in this file."""
    *folders, name = re.split(r"[\\/]", path)
    return not _FOLDERS.isdisjoint(folders) or _FILES.fullmatch(name) is not None


def is_n_plus_one(finding: Finding) -> bool:
    """Whether the finding's number of queries depends on the number of rows."""
    return exactness("n-plus-one", finding.rule.code) > 0


def without_test_code(report: Report) -> Report:
    """The report without what test code asked for in loops, or asked for twice."""
    kept = tuple(finding for finding in report.findings if not is_of_test_code(finding))
    return report if len(kept) == len(report.findings) else replace(report, findings=kept)


def is_of_test_code(finding: Finding) -> bool:
    """Whether test code has the loop, or sends what is duplicated."""
    # A factory's loop lies in its library: then the line of the test that calls it tells.
    places = (finding.loop if is_n_plus_one(finding) else None, finding.call_site)
    return any(place is not None and is_test_file(place.file) for place in places)
