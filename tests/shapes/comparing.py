"""Compares what is found in a shape with what it expects, and tells each difference in words."""

from __future__ import annotations

from functools import cache

import querylens
from tests.project.library.populate import populate
from tests.shapes.declare import Expectation, Shape
from tests.shapes.places import Lines, lines
from tests.shapes.sending import undone


@cache
def captured(shape, rows=4):
    """The trace of one run of a shape after `populate(rows)`, which is undone again.

    Many tests look at the same traces, so each is made once in a process.
    """
    with undone():
        populate(rows)
        with querylens.capture(shape.name) as trace:
            shape.run()
    return trace


def differences(shape, trace):
    """What is missing, wrong or too much, in plain sentences."""
    findings = list(querylens.check(trace).findings)
    told = []
    for expectation in shape.expectations:
        finding = likest(findings, shape, expectation)
        if finding is None:
            told.append(f"not found: {named(expectation)}")
        else:
            findings.remove(finding)
            told += wrong(shape, expectation, finding)
    return told + [f"not expected: {finding.rule.code} {finding.message}" for finding in findings]


def named(expectation):
    subject = expectation.relation or expectation.model
    return f"{expectation.rule} {expectation.kind} {subject} {expectation.access}".replace(
        "  ", " "
    )


def likest(findings, shape, expectation):
    """The finding that has the least wrong with it."""
    own = [finding for finding in findings if finding.rule.code == expectation.rule]
    return min(own, key=lambda finding: len(wrong(shape, expectation, finding)), default=None)


def wrong(shape: Shape, expectation: Expectation, finding) -> list[str]:
    """Each way in which a finding is not the expected one."""
    wanted, given = expected(shape, expectation, finding), seen(finding)
    return [
        f"{expectation.rule} {name}: {given[name]!r}, not {value!r}"
        for name, value in wanted.items()
        if given[name] != value
    ]


def expected(shape, expectation, finding):
    """The expectation in the words of `seen`, without what it leaves open."""
    at = lines(shape, expectation)
    wanted = {
        "kind": expectation.kind,
        "access": expectation.access,
        "model": expectation.model,
        "relation": expectation.relation,
        "to_one": expectation.to_one,
        "count": expectation.queries,
        "call site": place_if(finding.call_site, at.access),
        "loop": place_if(finding.loop, at.loop),
        "origin": place_if(finding.origin, at.origin),
    }
    if expectation.path is not None:
        wanted["path"] = expectation.path
    if expectation.fix:
        wanted["fix"] = expectation.fix
    if expectation.alternative and expectation.alternative not in advised(finding):
        wanted["advice"] = expectation.alternative
    return wanted | expected_of_call_site(expectation, finding, at)


def expected_of_call_site(expectation, finding, at: Lines):
    wanted = {}
    if expectation.template and finding.call_site and finding.call_site.template:
        wanted["template"] = expectation.template
    if expectation.declared:
        wanted["declared"] = expectation.declared
    if at.python:
        wanted["python"] = place_if(finding.call_site and finding.call_site.python, at.python)
    return wanted


def seen(finding):
    cause, site = finding.cause, finding.call_site
    return {
        "kind": cause.kind,
        "access": cause.access,
        "model": cause.model,
        "relation": cause.relation,
        "to_one": cause.to_one,
        "path": cause.path,
        "count": finding.count,
        "call site": place(site),
        "template": site.template if site else "",
        "declared": site.function if site else "",
        "python": place(site.python) if site else None,
        "loop": place(finding.loop),
        "origin": place(finding.origin),
        "fix": finding.fix.kind,
        "advice": advised(finding),
    }


def advised(finding):
    return [finding.fix.kind, *(fix.kind for fix in finding.fix.alternatives)]


def place(found):
    return (found.path, found.line) if found else None


def place_if(found, marked):
    """The place that was found, if it is on a marked line or its statement; else the mark."""
    marks = marked if isinstance(marked, tuple) else (marked,) if marked else ()
    for line in marks:
        if found and found.path == line.file and line.first <= found.line <= line.last:
            return place(found)
    return (marks[0].file, marks[0].line) if marks else None
