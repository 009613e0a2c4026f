"""What a request is called: its route, and never what a stranger wrote."""

from __future__ import annotations

import pytest
from django.http import HttpResponse

from tests.middleware.conftest import NAME

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "/"),
        ("/numbers/7/", "numbers/<int:pk>/"),
        ("/old/7/?secret=1", "^old/(?P<pk>[0-9]+)/$"),
        ("/shop/clean/", "shop/clean/"),
        ("/missing/", "missing/"),
        ("/crashing/", "crashing/"),
    ],
)
def test_a_request_is_named_by_its_route(site, exchanges, path, route):
    site().get(path)

    [exchange] = exchanges
    assert exchange.route == route
    assert exchange.trace.name == f"GET {route}"
    assert exchange.trace.kind == "request"
    assert exchange.path == path.partition("?")[0]
    assert len(exchange.trace) == 1


def test_a_path_without_a_route_is_not_named(site, exchanges, capsys):
    response = site(REPORT=["terminal", "headers"]).get("/<script>/secret/")

    [exchange] = exchanges
    assert response.status_code == 404
    assert exchange.trace.name == "GET (no route) 404"
    assert (exchange.route, exchange.status) == ("(no route)", 404)
    printed = capsys.readouterr().err
    assert printed.startswith("GET (no route) 404 · 0 queries · ")
    assert "secret" not in printed + str(response.headers)


def refusing(get_response):
    return lambda request: HttpResponse("no", status=403)


def test_a_request_that_is_answered_before_it_has_a_route(site, exchanges):
    site(middleware=[f"{__name__}.refusing"]).get("/numbers/7/")

    assert [exchange.trace.name for exchange in exchanges] == ["GET (no route) 403"]


@pytest.mark.parametrize("method", ["\x1b[31mGET", "<b>", "G" * 21, "MÜT"])
def test_a_strangers_method_is_not_shown(site, exchanges, method):
    site().generic(method, "/")

    assert [exchange.trace.name for exchange in exchanges] == ["OTHER /"]


@pytest.mark.parametrize("method", ["POST", "HEAD", "PROPFIND"])
def test_other_methods_are_named(site, exchanges, method):
    site().generic(method, "/")

    assert [exchange.trace.name for exchange in exchanges] == [f"{method} /"]


@pytest.mark.parametrize(
    ("path", "headers"), [("/json/", {}), ("/lazy/", {"HX-Request": "true", "HX-Target": "list"})]
)
def test_json_and_htmx_requests_are_requests(site, exchanges, rows, path, headers):
    response = site(REPORT=["headers"]).get(path, headers=headers)

    [exchange] = exchanges
    assert response["X-Querylens"] == f"{rows + 1} queries; 1 finding"
    assert [finding.count for finding in exchange.report.findings] == [rows]


def test_listed_twice_it_captures_once(site, exchanges):
    response = site(middleware=[NAME], REPORT=["headers"]).get("/")

    assert len(exchanges) == 1
    assert response["Server-Timing"].count("db;") == 1


def test_queries_of_the_middleware_behind_it_count(site, exchanges):
    site(middleware=[f"{__name__}.asking"]).get("/")

    assert [len(exchange.trace) for exchange in exchanges] == [3]


def asking(get_response):
    from tests.project.library.models import Author

    def middleware(request):
        Author.objects.exists()
        response = get_response(request)
        Author.objects.exists()
        return response

    return middleware
