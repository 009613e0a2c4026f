from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from querylens.model import Cause, Edit, Fix, Place, Report, Suppressed, Totals, TraceTotals
from querylens.reporters._markup import code, escaped, fenced
from querylens.reporters.markdown import MarkdownReporter
from tests.reporters.examples import HOSTILE, LAZY, finding_of, query

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_BREAKING = [
    "</code></details><img src=x>",
    "````\n```\n~~~",
    "@team #12 GH-12 https://github.com/a/b/issues/1 www.a.b",
    "a | b \\| c \\\\| d",
    "[x](javascript:alert(1)) ![x](y) <http://a.b> **b** __b__ ~~s~~ `c` $m$ &lt;",
    "\n\n# heading\n\n- item\n\n    indented",
]
_TEXTS = st.text(max_size=60) | st.sampled_from(_BREAKING) | st.just(HOSTILE)


def rendered(report: Report) -> str:
    return MarkdownReporter().render(report)


def shape_of(text: str) -> list[tuple[str, list[str]]]:
    """The structure that a reader of Markdown sees, without any text."""
    return [
        (
            token.type,
            [
                child.type + (child.content if child.type == "html_inline" else "")
                for child in token.children or ()
                if child.type != "text"
            ],
        )
        for token in _PARSER.parse(text)
    ]


def report_of(text: str) -> Report:
    place = Place(f"a{text}.py", 3, function=f"a{text}", code=f"a{text}")
    fix = Fix(
        "in_bulk",
        f"a{text}\nb",
        place,
        (Edit(f"a{text}", place),),
        (f"a{text}",),
        (Fix("in_bulk", f"a{text}"),),
        (text,),
    )
    finding = finding_of(
        LAZY,
        [query(f"SELECT '{text}' FROM \"{text}\"")],
        text,
        call_site=place,
        cause=Cause("raw", text, text),
        fix=fix,
    )
    busiest = (TraceTotals(f"a{text}", "test", Totals(traces=1, queries=3)),)
    return Report((finding,), (), (Suppressed(finding, text),), (text,), busiest[0].totals, busiest)


def test_nothing_to_fix_is_a_headline():
    text = rendered(Report((), ()))

    assert "## querylens: 0 queries, nothing to fix\n" in text
    assert "|" not in text
    assert "<details>" not in text


@pytest.mark.parametrize("name", ["page", "refresh", "folded", "source"])
def test_is_as_expected(name, request, matches_golden):
    matches_golden(f"{name}-markdown.txt", rendered(request.getfixturevalue(f"{name}_report")))


def test_hostile_text_is_as_expected(hostile_report, matches_golden):
    matches_golden("hostile-markdown.txt", rendered(hostile_report))


@given(_TEXTS)
def test_any_text_stays_where_it_is(text):
    assert shape_of(rendered(report_of(text))) == shape_of(rendered(report_of("x")))


@given(_TEXTS)
def test_any_text_is_one_row(text):
    rows = [line for line in rendered(report_of(text)).split("\n") if line.startswith("| ")]

    assert [row.count("|") for row in rows] == [6, 6]


@given(_TEXTS)
def test_text_is_read_as_it_was(text):
    shown = text.strip()
    assume(shown.isprintable())
    [_, inline, _] = _PARSER.parse(f"**x** {escaped(f'a{shown}')}")

    read = "".join(child.content for child in inline.children if child.type == "text")
    assert re.sub(r"\s+", " ", read.replace("\u200b", "")) == re.sub(r"\s+", " ", f"x a{shown}")


@pytest.mark.parametrize("text", ["@team", "#12", "https://a.b", "www.a.b", "GH-12", "a@b"])
def test_nothing_that_github_links_is_left_whole(text):
    [_, inline, _] = _PARSER.parse(f"x {escaped(text)}")

    assert text not in "".join(child.content for child in inline.children)
    assert text not in code(text) or text == "GH-12"


def test_a_fence_is_longer_than_any_in_it():
    assert fenced(["a ```` b"]).startswith("`````\n")
    assert fenced(["a"], "sql") == "```sql\na\n```"
    assert "…" in fenced(["x"] * 1_000)


@pytest.mark.parametrize("count", [1, 60, 300, 3_000])
def test_fits_into_a_comment_and_says_what_does_not(page_report, count):
    finding = page_report.findings[0]
    text = rendered(Report((finding,) * count, page_report.traces))
    rows = len(re.findall(r"^\| \[QL", text, re.MULTILINE))
    details = text.count("<details>")

    assert len(text.encode()) <= 65_000
    assert shape_of(text)[-1][0] != "fence"
    if count > 100:
        assert f"\n{count - rows} more findings are not listed.\n" in text
    if count > 60:
        assert f"\nThe details of {count - details} of the findings did not fit.\n" in text
    assert (rows, details) == (min(count, 100), details)
    assert details >= min(count, 20)


def test_a_small_limit_keeps_the_headline(refresh_report):
    text = MarkdownReporter(limit=700).render(refresh_report)

    assert "## querylens: 25 queries, 14 of them could go" in text
    assert "The details of 2 of the findings did not fit." in text


def test_values_are_never_in_it(page_report, hostile_report):
    assert "k3y" not in rendered(page_report)
    assert "S3CRET" not in rendered(hostile_report)
