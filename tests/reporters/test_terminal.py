from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest
from rich.cells import cell_len

from querylens.model import Fix, Place, QueryGroup, Report
from querylens.parameters import Unread
from querylens.reporters.terminal import TerminalReporter

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def rendered(report: Report, **options) -> str:
    return TerminalReporter(**({"color": False} | options)).render(report)


def with_queries(report: Report, change) -> Report:
    """The report of one finding, its queries changed."""
    finding = report.findings[0]
    group = QueryGroup(tuple(change(query) for query in finding.group.queries))
    return replace(report, findings=(replace(finding, group=group),))


def test_an_empty_report_is_one_line():
    assert rendered(Report((), ())) == "0 queries, nothing to fix\n"


def test_a_trace_without_findings_is_two_lines(page_report):
    assert rendered(replace(page_report, findings=())).splitlines() == [
        "16 queries, nothing to fix",
        "GET /movie/687163/: 16 queries, 10 similar, 10 duplicated, 7.2 ms",
    ]


@pytest.mark.parametrize("name", ["page", "refresh", "folded", "source"])
@pytest.mark.parametrize("width", [80, 120])
def test_is_as_expected(name, width, request, matches_golden):
    report = request.getfixturevalue(f"{name}_report")

    matches_golden(f"{name}-{width}.txt", rendered(report, width=width))


def test_hostile_text_is_as_expected(hostile_report, matches_golden):
    first = replace(hostile_report, findings=hostile_report.findings[:1])

    matches_golden("hostile-80.txt", rendered(first, width=80))


def test_colours_are_those_of_the_terminal(page_report):
    coloured = rendered(page_report, color=True)

    assert coloured.startswith("\x1b[1m16 queries, 9 of them could go\x1b[0m\n")
    assert "\x1b[1;35mQL101\x1b[0m" in coloured
    assert {code for found in _COLOUR.findall(coloured) for code in found[2:-1].split(";")} <= {
        "0",
        "1",
        "2",
        "32",
        "35",
        "36",
    }


@pytest.mark.parametrize("name", ["page", "refresh", "hostile"])
@pytest.mark.parametrize("width", [20, 80, 100, 120])
def test_colour_adds_nothing_but_colour(name, width, request, monkeypatch):
    report = request.getfixturevalue(f"{name}_report")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "40")

    coloured = rendered(report, width=width, color=True)

    assert "\x1b[" in coloured
    assert _COLOUR.sub("", coloured) == rendered(report, width=width)


@pytest.mark.parametrize("color", [True, False])
@pytest.mark.parametrize("show_params", [True, False])
def test_hostile_text_steers_no_terminal(hostile_report, color, show_params):
    text = rendered(hostile_report, color=color, show_params=show_params)

    left = {char for char in _COLOUR.sub("", text) if char != "\n" and not char.isprintable()}
    assert left == set()
    assert {unicodedata.category(char) for char in left} == set()
    assert "[bold]x[/bold]" in text
    assert ":smile:" in text
    assert r"\x1b[31mred" in text
    assert r"\u202egnp.exe" in text
    text.encode()


def test_hostile_text_is_no_wall(hostile_report):
    text = rendered(hostile_report)

    assert len(text) < 25_000
    assert "<Unprintable>" in text


@pytest.mark.parametrize("width", [40, 80, 120])
def test_keeps_the_width_but_breaks_no_path(page_report, refresh_report, width):
    for report in (page_report, refresh_report):
        text = rendered(report, width=width)
        too_long = [line for line in text.splitlines() if cell_len(line) > width]
        for finding in report.findings:
            for place in (finding.call_site, finding.loop, finding.origin):
                assert place is None or str(place) in text

        pasted = [line for finding in report.findings for line in all_code(finding.fix)]
        paths_and_code = [
            line for line in too_long if ".py:" in line or ".html:" in line or line in pasted
        ]
        assert [line for line in too_long if width > 40 and line not in paths_and_code] == []


def all_code(fix: Fix) -> list[str]:
    return [line for item in (fix, *fix.edits) for line in item.code.splitlines()]


def test_the_worst_comes_first(page_report):
    turned = replace(page_report, findings=page_report.findings[::-1])

    assert rendered(turned) == rendered(page_report)


def test_whole_lines_can_be_pasted_as_they_are(refresh_report):
    lines = rendered(refresh_report, width=40).splitlines()

    for finding in refresh_report.findings:
        assert [line for line in all_code(finding.fix) if line not in lines] == []


def test_values_are_shown_only_when_asked_for(page_report):
    assert "with 1, 18, 21, 6" in rendered(page_report)
    assert "with " not in rendered(page_report, show_params=False)


def test_literals_are_hidden_with_the_values(page_report):
    report = with_queries(
        page_report, lambda query: replace(query, sql="SELECT a FROM b WHERE c = 'S3CRET'")
    )

    assert "S3CRET" in rendered(report)
    assert "S3CRET" not in rendered(replace(report, traces=()), show_params=False)


@pytest.mark.parametrize("params", [None, (), "5f1c", Unread("<generator>"), 7])
def test_no_values_are_shown_when_none_were_kept(page_report, params):
    report = with_queries(page_report, lambda query: replace(query, params=params))

    assert "with " not in rendered(report)


def test_only_values_that_fit_are_shown(refresh_report):
    text = rendered(refresh_report, width=80)

    assert "  with (687163, 10, 'IT', 'rent', '2025-03-01')\n" in text


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ("source", "  read in the source, not counted"),
        ("seen", "  seen 8\N{MULTIPLICATION SIGN}\n"),
        ("loop", "  seen 8\N{MULTIPLICATION SIGN}, in a loop"),
        ("grows", "  seen 8\N{MULTIPLICATION SIGN}, grows with rows"),
        ("verified", "  seen 8\N{MULTIPLICATION SIGN}, the fix was tried and counted"),
    ],
)
def test_says_how_sure_it_is(page_report, evidence, words):
    finding = replace(page_report.findings[0], evidence=evidence)

    assert f"8 queries → 0{words}" in rendered(replace(page_report, findings=(finding,)))


def test_a_finding_without_place_queries_or_fix_says_so(page_report):
    finding = replace(
        page_report.findings[0],
        call_site=None,
        loop=None,
        origin=None,
        group=QueryGroup(()),
        count=1,
        saved=0,
        evidence="seen",
        fix=Fix("none", caveats=("simple_history writes these rows.",)),
    )
    text = rendered(replace(page_report, findings=(finding,), traces=()))

    assert "QL101 lazy-forward-relation  1 query  seen 1\N{MULTIPLICATION SIGN}\n" in text
    assert "  access    no line of project code\n" in text
    assert "  fix: none that can be written for you\n" in text
    assert "  note: simple_history writes these rows.\n" in text


@pytest.mark.parametrize(
    ("fix", "line"),
    [
        (Fix("in_bulk", "x = 1"), "  fix: write\n    x = 1\n"),
        (Fix("in_bulk", "x = 1", Place("a.py", 3)), "  fix: replace a.py:3\nx = 1\n"),
        (
            Fix("in_bulk", "if x:\n    y", Place("a.py", 3, 5, column=8)),
            "  fix: replace 3 lines from a.py:3\n        if x:\n            y\n",
        ),
        (
            Fix("use_id", "x", Place("a.py", 3, column=2, end_column=5)),
            "  fix: replace in a.py:3\n    x\n",
        ),
        (Fix("use_id", ".x()", Place("a.py", 3, 5)), "  fix: add at the end of a.py:5\n    .x()\n"),
        (
            Fix("in_bulk", "x", alternatives=(Fix("annotate", "y\n  z", Place("b.py", 2)),)),
            "  or y z  at b.py:2\n",
        ),
        (Fix("in_bulk", "x", alternatives=(Fix("annotate"),)), "  or annotate\n"),
        (Fix("in_bulk", "\n".join("x" * 300)), "… and 100 more lines\n"),
    ],
)
def test_says_where_the_code_goes(page_report, fix, line):
    finding = replace(page_report.findings[0], fix=fix)

    assert line in rendered(replace(page_report, findings=(finding,)))


def test_many_traces_are_cut_to_the_longest(page_report):
    traces = tuple(page_report.traces) * 14

    assert "and 4 traces with fewer queries\n" in rendered(replace(page_report, traces=traces))


def test_what_could_not_be_seen_is_said(page_report):
    page_report.traces[0].gaps.append("a thread opened its connection earlier")

    assert "  not seen: a thread opened its connection earlier\n" in rendered(page_report)


def test_what_could_not_be_seen_is_said_once(page_report):
    page_report.traces[0].gaps.append("not all")

    assert rendered(replace(page_report, remarks=("not all",))).count("not all") == 1


def test_queries_that_are_not_alike_are_not_called_similar(page_report):
    finding = page_report.findings[0]
    alone = replace(finding, group=QueryGroup(finding.group.queries[:1]), count=1)

    assert "\n  1 distinct parameter set; 0.4 ms\n" in rendered(
        replace(page_report, findings=(alone,))
    )
