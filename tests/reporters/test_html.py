from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querylens.model import Report
from querylens.reporters.html import HtmlReporter
from tests.reporters.examples import HOSTILE
from tests.reporters.test_markdown import report_of

_VOID = {"meta"}
_BREAKING = ["</style></code></pre><script>x</script>", '" onclick="x', "<!--", "]]>", "&lt;b&gt;"]
_TEXTS = st.text(max_size=60) | st.sampled_from(_BREAKING) | st.just(HOSTILE)


class Shape(HTMLParser):
    """The elements of a page and their attributes; refuses those that are not closed in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""
        self._open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def close(self):
        super().close()
        assert self._open == []


def rendered(report: Report) -> str:
    return HtmlReporter().render(report)


def shape_of(text: str) -> Shape:
    shape = Shape()
    shape.feed(text)
    shape.close()
    return shape


def test_nothing_to_fix_is_a_headline():
    text = rendered(Report((), ()))

    assert "<h1>0 queries, nothing to fix</h1>" in text
    assert "<h2>" not in text


@pytest.mark.parametrize("name", ["page", "refresh", "folded", "source"])
def test_is_as_expected(name, request, matches_golden):
    matches_golden(f"{name}.html", rendered(request.getfixturevalue(f"{name}_report")))


@pytest.mark.parametrize("name", ["page", "refresh", "folded", "source", "hostile"])
def test_needs_nothing_but_itself(name, request):
    text = rendered(request.getfixturevalue(f"{name}_report"))
    elements = {element for element, _ in shape_of(text).elements}
    attributes = {name for _, names in shape_of(text).elements for name in names}

    assert elements & {"script", "link", "img", "iframe", "object", "form", "base"} == set()
    assert attributes <= {
        "charset", "class", "content", "href", "http-equiv", "lang", "name", "scope", "tabindex",
    }  # fmt: skip
    assert "default-src &#x27;none&#x27;" in text
    assert "url(" not in text
    assert set(re.findall(r'href="([^"]*)/[^"/]*/"', text)) <= {
        "https://querylens.readthedocs.io/rules"
    }


def test_hostile_text_is_short_and_keeps_values_out(hostile_report):
    text = rendered(hostile_report)

    assert len(text) < 150_000
    assert "S3CRET" not in text
    assert {char for char in text if char != "\n" and not char.isprintable()} == set()
    text.encode()


@given(_TEXTS)
def test_any_text_stays_in_its_element(text):
    assert (
        shape_of(rendered(report_of(text))).elements == shape_of(rendered(report_of("x"))).elements
    )


def test_text_is_read_as_it_was(page_report):
    text = shape_of(rendered(page_report)).text

    for finding in page_report.findings:
        assert finding.message in text
        assert finding.fix.code in text
        assert finding.call_site.code in text


def test_statements_are_laid_out(page_report):
    text = shape_of(rendered(page_report)).text

    assert 'SELECT ••• FROM "media_service" WHERE "media_service"."id" = ? LIMIT ?' in text


def test_what_is_left_out_is_counted(page_report):
    finding = page_report.findings[0]
    text = rendered(Report((finding,) * 1_003, page_report.traces * 22))

    assert text.count("<article ") == 1_000
    assert "and 3 more that save less" in text
    assert "and 2 more with fewer queries" in text


def test_the_other_tests_of_a_finding_can_be_unfolded(folded_report):
    text = rendered(folded_report)

    assert "in 2 requests, 8 queries in each (GET /movie/687163/), 16 in all" in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_read(scheme):
    """Text on its ground has the contrast that WCAG asks for (AA)."""
    style = rendered(Report((), ()))
    blocks = re.findall(r"--ground: .*?\}", style, re.DOTALL)
    colours = dict(re.findall(r"--(\w+): #(\w+);", blocks[scheme == "dark"]))

    for name in ("text", "faint", "accent", "note", "warning", "error", "good"):
        for ground in ("ground", "card"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour if len(colour) == 6 else "".join(digit * 2 for digit in colour)
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
