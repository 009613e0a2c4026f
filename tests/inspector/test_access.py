"""Who sees the page, and what everybody else is told: nothing."""

from __future__ import annotations

import pytest

from tests.inspector.conftest import HOME

pytestmark = pytest.mark.django_db

HERE = "tests.inspector.site"
PAGES = [
    HOME,
    f"{HOME}rows/",
    f"{HOME}compare/",
    f"{HOME}assets/inspector.js",
    f"{HOME}requests/1/",
]


@pytest.fixture
def opened(site, settings):
    """The status of a page for a visitor."""

    def status(path=HOME, *, debug=True, ips=("127.0.0.1",), allowed=None, method="get", **extra):
        middleware = extra.pop("middleware", None)
        client = site(**{"PAGE_ALLOWED": allowed, "ENABLED": True} if allowed else {})
        settings.MIDDLEWARE = middleware or settings.MIDDLEWARE
        settings.DEBUG = debug
        settings.INTERNAL_IPS = list(ips)
        return getattr(client, method)(path, **extra)

    return status


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "visitor",
    [
        pytest.param({"debug": False}, id="no DEBUG"),
        pytest.param({"ips": []}, id="no INTERNAL_IPS"),
        pytest.param({"REMOTE_ADDR": "10.0.0.9"}, id="from elsewhere"),
        pytest.param({"REMOTE_ADDR": ""}, id="from nowhere"),
        pytest.param({"allowed": f"{HERE}.only_insiders"}, id="the callback says no"),
        pytest.param({"allowed": f"{HERE}.truthy"}, id="the callback says something"),
        pytest.param({"allowed": f"{HERE}.awaited"}, id="the callback cannot be awaited"),
        pytest.param({"allowed": f"{HERE}.failing"}, id="the callback fails"),
        pytest.param({"allowed": "not.there"}, id="no callback"),
    ],
)
@pytest.mark.filterwarnings("ignore:coroutine 'awaited' was never awaited:RuntimeWarning")
def test_strangers_get_404(opened, path, visitor):
    response = opened(path, **visitor)

    assert response.status_code == 404
    assert "Content-Security-Policy" not in response.headers


def test_a_name_of_somebody_else_is_not_answered(opened, settings):
    settings.ALLOWED_HOSTS = ["localhost"]

    answers = [opened(path, HTTP_HOST="rebound.example") for path in (HOME, "/not-there/")]

    assert answers[0].status_code == answers[1].status_code != 200
    assert opened(HTTP_HOST="localhost").status_code == 200


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "head", "options"])
def test_strangers_are_told_what_an_unknown_address_tells(opened, settings, debug, method):
    middleware = [
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    settings.LOGIN_URL = "/login/"
    answers = [
        opened(path, debug=debug, ips=[], method=method, middleware=middleware)
        for path in (HOME, HOME.rstrip("/"), "/not-there/", "/not-there")
    ]

    assert {answer.status_code for answer in answers} == {404}
    if not debug:
        assert len({answer.content for answer in answers}) == 1
        # Django 5.2 looks for a session before it asks whether the view needs a login.
        assert len({str(sorted({*answer.headers} - {"Vary"})) for answer in answers}) == 1


def test_the_callback_goes_before_the_address(opened):
    insider = {
        "allowed": f"{HERE}.only_insiders",
        "HTTP_X_INSIDER": "yes",
        "REMOTE_ADDR": "9.9.9.9",
    }

    assert opened(debug=False, **insider).status_code == 200
    assert opened(debug=True, **insider).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "head", "options"])
@pytest.mark.parametrize("path", PAGES)
def test_only_get_is_answered(opened, path, method):
    response = opened(path, method=method)

    assert (response.status_code, response["Allow"]) == (405, "GET")


def test_every_answer_has_the_headers(opened):
    for path, method in [(HOME, "get"), (f"{HOME}requests/1/", "get"), (HOME, "post")]:
        response = opened(path, method=method)

        policy = response["Content-Security-Policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy
        assert response["Cache-Control"] == "no-store"
        assert response["X-Frame-Options"] == "DENY"
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("querylens", [{}, {"IGNORE_PATHS": []}])
@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.9"])
def test_its_own_requests_are_never_kept(site, entries, querylens, address):
    client = site(**querylens)
    for path in PAGES:
        client.get(path, REMOTE_ADDR=address)

    assert entries() == []


@pytest.mark.parametrize("name", ["nothing.css", "..", "%2e%2e%2fviews.py"])
def test_no_other_file_is_served(opened, name):
    assert opened(f"{HOME}assets/{name}").status_code == 404
