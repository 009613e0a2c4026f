"""System checks: whether the page can be reached, and by whom."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from querylens.errors import ConfigError
from querylens.recorder import configuration


def check_page(**_: Any) -> list[CheckMessage]:
    """Whether the page has an address, requests to show, and a function that can be asked."""
    try:
        config = configuration()
    except ConfigError:
        # The other application tells of it.
        return []
    found = _unusable_function(config.page_allowed) if config.page_allowed else []
    if "page" not in config.report:
        found.append(_nothing_to_show())
    try:
        reverse("querylens_inspector:requests")
    except NoReverseMatch:
        found.append(_no_address())
    return found


def _unusable_function(path: str) -> list[CheckMessage]:
    try:
        is_usable = callable(import_string(path))
    except Exception:
        is_usable = False
    if is_usable:
        return []
    return [
        Error(
            f"QUERYLENS['PAGE_ALLOWED'] is {path!r}, which is no function that can be imported.",
            hint="The page is shown to nobody. Give the dotted path of a function of a request.",
            id="querylens.E002",
        )
    ]


def _nothing_to_show() -> CheckMessage:
    return CheckWarning(
        "querylens.django.inspector is installed, but no request is reported to its page.",
        hint="Add 'page' to QUERYLENS['REPORT'].",
        id="querylens.W004",
    )


def _no_address() -> CheckMessage:
    return CheckWarning(
        "querylens.django.inspector is installed, but its page has no address.",
        hint='Add path("__querylens__/", include("querylens.django.inspector.urls")).',
        id="querylens.W005",
    )
