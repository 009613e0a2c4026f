"""What `manage.py check` says."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks

from querylens.django import QueryLensMiddleware
from tests.middleware.conftest import NAME

#: From Django 6.1 on, its checks of models ask a MySQL server what it is.
pytestmark = pytest.mark.django_db(databases="__all__")

SECURITY = "django.middleware.security.SecurityMiddleware"
GZIP = "django.middleware.gzip.GZipMiddleware"
SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
CACHE = "django.middleware.cache.UpdateCacheMiddleware"
TOOLBAR = "debug_toolbar.middleware.DebugToolbarMiddleware"


class Own(QueryLensMiddleware):
    pass


def found():
    return {message.id for message in run_checks() if message.id.startswith("querylens.")}


@pytest.mark.parametrize(
    ("middleware", "expected"),
    [
        ([], set()),
        ([SESSION], set()),
        ([NAME], set()),
        ([NAME, SECURITY, SESSION, CACHE], set()),
        ([SECURITY, GZIP, NAME, SESSION], set()),
        ([TOOLBAR, NAME], set()),
        (["not.there", SESSION], set()),
        ([SESSION, NAME], {"querylens.W001"}),
        ([SECURITY, CACHE, NAME], {"querylens.W001"}),
        ([NAME, SESSION, NAME], {"querylens.W002"}),
        ([NAME, "querylens.django.middleware.QueryLensMiddleware"], {"querylens.W002"}),
        ([f"{__name__}.Own", NAME], {"querylens.W002"}),
        ([SESSION, NAME, NAME], {"querylens.W001", "querylens.W002"}),
    ],
)
def test_the_place_of_the_middleware(settings, middleware, expected):
    settings.MIDDLEWARE = middleware

    assert found() == expected


def test_what_is_before_is_named_and_why_it_matters(settings):
    settings.MIDDLEWARE = [SECURITY, SESSION, CACHE, NAME]
    [warning] = [message for message in run_checks() if message.id == "querylens.W001"]

    assert f"behind {SESSION}, {CACHE} in" in warning.msg
    assert "are not seen" in warning.hint


@pytest.mark.parametrize(
    ("debug", "querylens", "expected"),
    [
        (True, {"REPORT": ["page"]}, set()),
        (False, {"REPORT": ["page"]}, set()),
        (False, {"ENABLED": True}, set()),
        (False, {"ENABLED": True, "REPORT": ["page"]}, {"querylens.W003"}),
        (False, {"REPROT": []}, {"querylens.E001"}),
    ],
)
def test_the_configuration(settings, debug, querylens, expected):
    settings.MIDDLEWARE = [NAME]
    settings.DEBUG = debug
    settings.QUERYLENS = querylens

    assert found() == expected
