"""What no line of the project sent, with `third-party = true`."""

from __future__ import annotations

from dataclasses import replace

from querylens.config import Config
from querylens.engine import check
from tests.rules.traces import sent, trace


def from_nowhere(sql, times):
    return [replace(query, call_site=None) for query in sent(None, *[7] * times, sql=sql)]


def test_statements_are_told_apart():
    queries = [*from_nowhere('SELECT 1 FROM "a"', 2), *from_nowhere('SELECT 1 FROM "b"', 3)]

    report = check(trace(*queries), config=Config(third_party=True))

    found = {finding.group.fingerprint.text: finding.saved for finding in report.findings}
    assert found == {'SELECT ? FROM "a"': 1, 'SELECT ? FROM "b"': 2}


def test_silent_by_default():
    assert not check(trace(*from_nowhere('SELECT 1 FROM "a"', 2)), config=Config()).findings
