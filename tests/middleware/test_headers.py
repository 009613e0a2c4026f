"""What the browser's own tools show of a request."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.django_db

METRIC = r'db;dur=\d+\.\d;desc="{}"'


def ours(response):
    return {name for name in ("Server-Timing", "X-Querylens") if name in response.headers}


@pytest.mark.parametrize("places", [[], ["terminal"], ["logging"], ["page"]])
@pytest.mark.parametrize("path", ["/", "/lazy/", "/streamed/", "/nowhere/", "/crashing/"])
def test_headers_that_were_not_chosen_are_not_there(site, places, path, capsys):
    assert ours(site(REPORT=places).get(path)) == set()


def test_the_count_and_the_time_of_queries(site):
    response = site(REPORT=["headers"]).get("/")

    assert re.fullmatch(METRIC.format("1 query"), response["Server-Timing"])
    assert response["X-Querylens"] == "1 query; 0 findings"


def test_findings_are_counted(site, rows):
    response = site(REPORT=["headers"]).get("/two/")

    assert response["X-Querylens"] == f"{2 * (rows + 1)} queries; 2 findings"


def test_the_projects_own_timing_stays(site):
    response = site(REPORT=["headers"]).get("/timed/")

    assert re.fullmatch("cache;dur=1, " + METRIC.format("1 query"), response["Server-Timing"])


@pytest.mark.parametrize(("path", "status"), [("/nowhere/", 404), ("/crashing/", 500)])
def test_errors_have_headers_too(site, path, status):
    response = site(REPORT=["headers"]).get(path)

    assert (response.status_code, ours(response)) == (status, {"Server-Timing", "X-Querylens"})


def test_a_body_that_streams_on_is_said(site, rows):
    response = site(REPORT=["headers"]).get("/streamed/")

    metric = METRIC.format("1 query, body still streaming")
    assert re.fullmatch(metric, response["Server-Timing"])
    assert response["X-Querylens"] == "1 query; 0 findings; body still streaming"
    list(response.streaming_content)
    assert response["X-Querylens"] == "1 query; 0 findings; body still streaming"


def test_a_files_headers_are_final(site):
    response = site(REPORT=["headers"]).get("/file/")

    assert response["X-Querylens"] == "1 query; 0 findings"
    response.close()
