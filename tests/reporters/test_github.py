from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querylens.model import Place, Report
from querylens.reporters.github import GitHubReporter
from tests.reporters.examples import HOSTILE, LAZY, SERVICE, finding_of, query

_COMMAND = re.compile(r"::(notice|warning|error) ([^:]*)::(.*)")


def rendered(report: Report) -> str:
    return GitHubReporter().render(report)


def commands(report: Report) -> list[tuple[str, dict[str, str], str]]:
    """The annotations, read as GitHub's runner reads a line."""
    read = []
    for line in rendered(report).split("\n")[1:-1]:
        level, properties, text = _COMMAND.fullmatch(line).groups()
        pairs = (item.split("=", 1) for item in properties.split(","))
        read.append((level, {key: unquote(value) for key, value in pairs}, unquote(text)))
    return read


def test_nothing_to_fix_is_no_command():
    assert rendered(Report((), ())) == "querylens: 0 queries, nothing to fix\n"


@pytest.mark.parametrize("name", ["page", "refresh", "folded", "source"])
def test_is_as_expected(name, request, matches_golden):
    report = request.getfixturevalue(f"{name}_report")

    matches_golden(f"{name}-github.txt", rendered(report))


def test_hostile_text_is_one_command_a_finding(hostile_report):
    read = commands(hostile_report)

    assert [level for level, _, _ in read] == ["warning"] * 3
    assert {tuple(properties) for _, properties, _ in read} == {
        ("file", "line", "endLine", "title")
    }
    assert len(rendered(hostile_report)) < 50_000
    rendered(hostile_report).encode()


@pytest.mark.parametrize("severity", ["note", "warning", "error"])
@pytest.mark.parametrize(("count", "shown"), [(9, 9), (10, 10), (11, 10), (40, 10)])
def test_no_more_than_ten_of_a_level(page_report, severity, count, shown):
    finding = replace(page_report.findings[0], severity=severity)
    levels = [level for level, _, _ in commands(replace(page_report, findings=(finding,) * count))]

    assert max(levels.count(level) for level in levels) <= 10
    assert len(levels) == (count if count == shown else 11 - (severity == "note"))


def test_the_rest_is_counted(page_report):
    findings = (*page_report.findings[:1] * 12, *page_report.findings[1:] * 12)

    read = commands(replace(page_report, findings=findings))

    assert [level for level, _, _ in read] == ["warning"] * 10 + ["notice"] * 10
    assert read[-1][2] == "5 more findings are not annotated. The step summary has all of them."


def test_a_finding_without_a_place_has_no_file(page_report):
    finding = replace(page_report.findings[0], call_site=None, loop=None, origin=None)

    [(_, properties, _)] = commands(replace(page_report, findings=(finding,)))

    assert list(properties) == ["title"]


def test_the_loop_stands_for_an_access_that_is_not_known(page_report):
    finding = replace(page_report.findings[0], call_site=None)

    [(_, properties, _)] = commands(replace(page_report, findings=(finding,)))

    assert (properties["file"], properties["line"]) == (finding.loop.file, "40")


@given(st.text(max_size=80) | st.just(HOSTILE))
def test_any_text_stays_in_its_command(text):
    place = Place(f"{text}.py", 3, code=text, function=text)
    finding = finding_of(LAZY, [query(SERVICE, 1)], text, call_site=place)

    [(_, properties, _)] = commands(Report((finding,), ()))

    assert list(properties) == ["file", "line", "endLine", "title"]
    assert properties["line"] == "3"


@pytest.mark.parametrize("file", ["a b/ä%41,x:y.py", "::error::x.py"])
def test_a_file_name_is_read_back_as_it_was(page_report, file):
    finding = replace(page_report.findings[0], call_site=Place(file, 1))

    [(_, properties, _)] = commands(replace(page_report, findings=(finding,)))

    assert properties["file"] == file
