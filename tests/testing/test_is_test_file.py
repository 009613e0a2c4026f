"""Which files are test code, and that their loops are not the project's."""

from __future__ import annotations

import pytest

import querylens
from querylens.testing import is_test_file, without_test_code
from tests.testing.rows import authors

LOOP = """
    def read():
        return [author.publisher.name for author in Author.objects.all()]
"""
TWICE = """
    def read():
        return Tag.objects.count(), Tag.objects.count()
"""


@pytest.mark.parametrize(
    "path",
    [
        "shop/views.py",
        "shop/latest.py",
        "shop/testing.py",
        "shop/test.py",
        "contests/views.py",
        "shop/tests_of_taste.py",
        "shop/factory.py",
        "shop/templates/tests.html",
        "",
    ],
)
def test_project_code_is_no_test_file(path):
    assert not is_test_file(path)


@pytest.mark.parametrize(
    "path",
    [
        "test_views.py",
        "shop/test_views.py",
        "shop/views_test.py",
        "shop/tests.py",
        "conftest.py",
        "shop/factories.py",
        "shop/tests/rows.py",
        "tests/templates/page.html",
        "shop/factories/books.py",
        "C:\\shop\\tests\\rows.py",
        "/srv/shop/tests/rows.py",
    ],
)
def test_test_code_is_a_test_file(path):
    assert is_test_file(path)


def report_of(function):
    with querylens.capture() as trace:
        function()
    return querylens.check(trace)


def test_a_loop_of_the_project_stays(db, project):
    authors(2)

    report = report_of(project(LOOP).read)

    assert without_test_code(report) is report
    assert [finding.rule.code for finding in report.findings] == ["QL101"]


@pytest.mark.parametrize("folder", ["tests", "factories"])
def test_a_loop_of_a_test_goes(db, project, folder):
    authors(2)

    report = report_of(project(LOOP, folder).read)

    assert [finding.rule.code for finding in report.findings] == ["QL101"]
    assert without_test_code(report).findings == ()


def test_a_duplicate_of_a_test_is_no_finding_either(db, project):
    report = report_of(project(TWICE, "tests").read)

    assert [f.rule.code for f in report.findings] == ["QL301"]
    assert without_test_code(report).findings == ()
