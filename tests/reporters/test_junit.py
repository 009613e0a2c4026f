from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querylens.model import Cause, Edit, Fix, Place, Report, Suppressed
from querylens.reporters.junit import JUnitReporter
from tests.reporters.examples import HOSTILE, LAZY, finding_of, query


def rendered(report: Report) -> str:
    return JUnitReporter().render(report)


def suite_of(report: Report) -> ElementTree.Element:
    [suite] = ElementTree.fromstring(rendered(report))
    return suite


def shape_of(element: ElementTree.Element) -> list[object]:
    return [element.tag, sorted(element.attrib), [shape_of(child) for child in element]]


def test_nothing_found_is_no_case():
    suite = suite_of(Report((), ()))

    assert suite.findall("testcase") == []
    assert (suite.get("tests"), suite.get("failures")) == ("0", "0")


def test_a_note_does_not_fail(page_report):
    warning, note = suite_of(page_report).findall("testcase")

    assert [child.tag for child in note] == ["system-out"]
    assert [child.tag for child in warning] == ["failure"]


@pytest.mark.parametrize("name", ["page", "refresh", "folded", "source"])
def test_is_as_expected(name, request, matches_golden):
    matches_golden(f"{name}-junit.xml", rendered(request.getfixturevalue(f"{name}_report")))


@pytest.mark.parametrize("name", ["page", "refresh", "folded", "source", "hostile"])
def test_the_suite_counts_its_cases(name, request):
    suite = suite_of(request.getfixturevalue(f"{name}_report"))
    cases = suite.findall("testcase")

    assert suite.get("tests") == str(len(cases))
    assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
    assert suite.get("skipped") == str(len(suite.findall("testcase/skipped")))


def test_a_suppressed_finding_is_skipped_with_the_reason(refresh_report):
    reasons = [skipped.get("message") for skipped in suite_of(refresh_report).iter("skipped")]

    assert reasons == ["admin only, five rows", "no reason given"]


def test_a_finding_without_a_place_has_no_line(page_report):
    finding = finding_of(LAZY, [query("SELECT 1")], "x")

    [case] = suite_of(Report((finding,), ())).findall("testcase")

    assert sorted(case.attrib) == ["classname", "name", "time"]


def test_hostile_text_is_short_and_keeps_values_out(hostile_report):
    text = rendered(hostile_report)

    assert len(text) < 100_000
    assert "S3CRET" not in text


@given(st.text(max_size=80) | st.just(HOSTILE) | st.just("]]>\x0b\ufffe&lt;<!--"))
def test_any_text_stays_in_its_element(text):
    def report(text: str) -> Report:
        place = Place(f"{text}.py", 3, function=text, code=text)
        finding = finding_of(
            LAZY,
            [query(f"SELECT '{text}'")],
            text,
            call_site=place,
            cause=Cause("raw", text, text),
            fix=Fix("in_bulk", text, place, (Edit(text, place),), caveats=(text,)),
        )
        return Report((finding,), (), (Suppressed(finding, text),), (text,))

    assert shape_of(suite_of(report(text))) == shape_of(suite_of(report("x")))
