"""The application: what it subscribes, what `manage.py check` says of it, what it keeps quiet."""

from __future__ import annotations

import logging

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.core.checks.registry import registry

from querylens.config import load_config
from querylens.django.exchanges import subscribers
from querylens.django.inspector.quiet_log import PollFilter
from querylens.django.inspector.recent import keep
from querylens.errors import ConfigError
from tests.inspector.conftest import HOME

#: From Django 6.1 on, its checks of models ask a MySQL server what it is.
pytestmark = pytest.mark.django_db(databases="__all__")

NAME = "querylens.django.inspector"
HERE = "tests.inspector.site"


@pytest.fixture
def install(settings):
    """Installs the application as a server does when it starts."""

    def start(urls=HERE, **querylens):
        settings.QUERYLENS = querylens
        settings.ROOT_URLCONF = urls
        settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, NAME]
        return {item.id for item in run_checks() if item.id.startswith("querylens.")}

    server = logging.getLogger("django.server")
    before, filters = list(subscribers), list(server.filters)
    registered = set(registry.registered_checks)
    yield start
    registry.registered_checks = registered
    subscribers[:] = before
    server.filters[:] = filters


def test_it_keeps_nothing_that_is_not_reported_to_the_page(install):
    assert install(REPORT=["record"]) == {"querylens.W004"}
    assert keep not in subscribers


def test_it_subscribes_once(install):
    assert install(REPORT=["page"]) == set()
    apps.get_app_config("querylens_inspector").ready()

    assert subscribers.count(keep) == 1


@pytest.mark.parametrize(
    ("querylens", "urls", "expected"),
    [
        ({"REPORT": ["page"]}, "tests.project.urls", {"querylens.W005"}),
        ({"REPORT": ["page"], "PAGE_ALLOWED": f"{HERE}.only_insiders"}, HERE, set()),
        ({"REPORT": ["page"], "PAGE_ALLOWED": f"{HERE}.missing"}, HERE, {"querylens.E002"}),
        ({"REPORT": ["page"], "PAGE_ALLOWED": f"{HERE}.SCRIPT"}, HERE, {"querylens.E002"}),
        ({"REPROT": []}, HERE, {"querylens.E001"}),
    ],
)
def test_system_checks(install, querylens, urls, expected):
    assert install(urls, **querylens) == expected


@pytest.mark.parametrize(
    ("page_allowed", "words"),
    [(None, "which nobody can open"), (f"{HERE}.only_insiders", f"to whom {HERE}.only_insiders")],
)
def test_a_page_without_debug_is_warned_of(settings, page_allowed, words):
    settings.MIDDLEWARE = ["querylens.django.QueryLensMiddleware"]
    settings.QUERYLENS = {"ENABLED": True, "REPORT": ["page"]}
    if page_allowed:
        settings.QUERYLENS["PAGE_ALLOWED"] = page_allowed
    [warning] = [message for message in run_checks() if message.id == "querylens.W003"]

    assert words in warning.msg


@pytest.mark.parametrize("given", ["", "function", "a.b()", "a..b", "a b.c", None, len])
def test_a_wrong_path_of_a_function(tmp_path, given):
    with pytest.raises(ConfigError, match="PAGE_ALLOWED must be the dotted path of a function"):
        load_config(tmp_path, environment={}, settings={"PAGE_ALLOWED": given})


@pytest.mark.parametrize(
    ("line", "status", "is_logged"),
    [
        (f"GET {HOME}rows/?known=1 HTTP/1.1", 204, False),
        (f"GET {HOME}rows/ HTTP/1.1", 200, False),
        (f"GET {HOME}rows/ HTTP/1.1", 404, True),
        (f"GET {HOME} HTTP/1.1", 200, True),
        ("GET / HTTP/1.1", 200, True),
        ("", 200, True),
        (None, 200, True),
    ],
)
@pytest.mark.parametrize("urls", [HERE, "tests.project.urls"])
def test_the_pages_own_questions_are_not_logged(settings, line, status, is_logged, urls):
    settings.ROOT_URLCONF = urls
    arguments = () if line is None else (line, str(status), "0")
    record = logging.LogRecord("django.server", 20, "", 0, "%s", arguments, None)
    record.status_code = status

    assert PollFilter().filter(record) is (is_logged or urls != HERE)
