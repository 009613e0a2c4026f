"""When the middleware is there at all, and by which name."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpResponse
from django.test import Client
from django.utils.module_loading import import_string

from querylens.django import QueryLensMiddleware
from querylens.errors import ConfigError
from tests.middleware.conftest import NAME


def respond(request):
    return HttpResponse()


def is_used():
    try:
        QueryLensMiddleware(respond)
    except MiddlewareNotUsed:
        return False
    return True


@pytest.mark.parametrize(
    ("debug", "chosen", "variable", "used"),
    [
        (False, {}, None, False),
        (False, {"THRESHOLD": 3}, None, False),
        (False, {"ENABLED": False}, None, False),
        (True, {"ENABLED": False}, None, False),
        (True, {}, "0", False),
        (True, {}, None, True),
        (False, {"ENABLED": True}, None, True),
        (False, {}, "1", True),
        (False, {"ENABLED": False}, "1", True),
    ],
)
def test_it_is_off_without_debug_unless_switched_on(
    settings, monkeypatch, debug, chosen, variable, used
):
    monkeypatch.delenv("QUERYLENS_ENABLED", raising=False)
    if variable is not None:
        monkeypatch.setenv("QUERYLENS_ENABLED", variable)
    settings.DEBUG = debug
    settings.QUERYLENS = chosen

    assert is_used() is used


def test_switched_off_it_leaves_nothing_behind(settings, capsys):
    settings.MIDDLEWARE = [NAME]
    settings.ROOT_URLCONF = "tests.middleware.views"
    client = Client()
    response = client.get("/nowhere/")

    assert not {"Server-Timing", "X-Querylens"} & set(response.headers)
    assert client.handler._middleware_chain.__class__.__name__ == "function"
    assert capsys.readouterr().err == ""


def test_a_wrong_setting_is_told_at_the_start(settings):
    settings.QUERYLENS = {"ENABLED": True, "REPORT": ["headres"]}

    with pytest.raises(ConfigError, match=r"settings.QUERYLENS: REPORT must be .*'headers'\?"):
        QueryLensMiddleware(respond)


def test_both_names_are_the_same_class():
    assert import_string(NAME) is import_string("querylens.django.middleware.QueryLensMiddleware")


def test_there_are_no_other_names():
    with pytest.raises(ImportError, match=r"no attribute|does not define"):
        import_string("querylens.django.Middleware")


def test_importing_the_package_loads_no_django():
    program = "import sys, querylens.django; print('django' in sys.modules)"

    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "False"


def test_the_application_loads_nothing_that_draws():
    program = (
        "import sys, django\n"
        "from django.conf import settings\n"
        "settings.configure(INSTALLED_APPS=['querylens.django'])\n"
        "django.setup()\n"
        "print('rich' in sys.modules)"
    )

    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "False"
