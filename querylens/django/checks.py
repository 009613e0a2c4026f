"""System checks: what `manage.py check` says of the middleware's place and settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
from django.utils.module_loading import import_string

from querylens.django.middleware import QueryLensMiddleware, is_switched_on
from querylens.errors import ConfigError
from querylens.recorder import configuration

#: They send no query and keep no response, so that nothing is missed behind them.
_MAY_COME_FIRST = frozenset(
    {
        "corsheaders.middleware.CorsMiddleware",
        "debug_toolbar.middleware.DebugToolbarMiddleware",
        "django.middleware.gzip.GZipMiddleware",
        "django.middleware.security.SecurityMiddleware",
        "whitenoise.middleware.WhiteNoiseMiddleware",
    }
)


def check_middleware(**_: Any) -> list[CheckMessage]:
    """Whether the middleware is listed once, and where it sees every query."""
    listed = list(settings.MIDDLEWARE or ())
    positions = [number for number, name in enumerate(listed) if is_ours(name)]
    if not positions:
        return []
    found = [_listed_twice(len(positions))] if len(positions) > 1 else []
    before = [name for name in listed[: positions[0]] if name not in _MAY_COME_FIRST]
    return [*found, *([_listed_late(before)] if before else [])]


def check_configuration(**_: Any) -> list[CheckMessage]:
    """Whether the configuration can be read, and shows nothing without DEBUG by accident."""
    try:
        config = configuration()
    except ConfigError as error:
        return [Error(str(error), id="querylens.E001")]
    is_exposed = "page" in config.report and not settings.DEBUG and is_switched_on(config)
    if not is_exposed or not any(map(is_ours, settings.MIDDLEWARE)):
        return []
    return [_exposed_page(config.page_allowed)]


def is_ours(name: str) -> bool:
    """Whether a name in MIDDLEWARE is our middleware's, or that of a class made from it."""
    try:
        middleware = import_string(name)
    except Exception:
        # A name that cannot be imported is Django's to complain of.
        return False
    return isinstance(middleware, type) and issubclass(middleware, QueryLensMiddleware)


def _listed_twice(times: int) -> CheckMessage:
    return CheckWarning(
        f"QueryLensMiddleware is listed {times} times in MIDDLEWARE.",
        hint="Keep the first: a request is captured once, the others only cost time.",
        id="querylens.W002",
    )


def _listed_late(before: Sequence[str]) -> CheckMessage:
    return CheckWarning(
        f"QueryLensMiddleware is listed behind {', '.join(before)} in MIDDLEWARE.",
        hint=(
            "List it first, or right behind SecurityMiddleware and GZipMiddleware: queries of what "
            "comes before it are not seen, requests answered there are not reported, and a cache "
            "there would keep its headers with the page."
        ),
        id="querylens.W001",
    )


def _exposed_page(page_allowed: str) -> CheckMessage:
    if not page_allowed:
        return CheckWarning(
            "querylens keeps requests for its page, which nobody can open: DEBUG is off.",
            hint=(
                "Take 'page' out of QUERYLENS['REPORT'] here, or say with "
                "QUERYLENS['PAGE_ALLOWED'] who may see it."
            ),
            id="querylens.W003",
        )
    return CheckWarning(
        f"querylens shows requests to whom {page_allowed} lets in, although DEBUG is off.",
        hint=(
            "The page shows SQL, source and parameter values. Take 'page' out of "
            "QUERYLENS['REPORT'] here, or make sure that strangers are not let in and silence "
            "this check."
        ),
        id="querylens.W003",
    )
