"""querylens finds, explains and removes N+1 queries in Django projects."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from querylens.framework import before_capture, read_settings_from

if TYPE_CHECKING:
    from querylens.engine import check
    from querylens.model import Finding, Fix, Place, Query, Report, Summary, Trace
    from querylens.recorder import capture, ignore
    from querylens.sql import fingerprint

__version__ = "0.1.0"

__all__ = [
    "Finding",
    "Fix",
    "Place",
    "Query",
    "Report",
    "Summary",
    "Trace",
    "capture",
    "check",
    "fingerprint",
    "ignore",
]

#: Where each name comes from. All are loaded when the first is asked for: the pytest plugin is
#: imported in every project that installed us, and most of these never ask.
_MODULES = {
    "capture": "querylens.recorder",
    "check": "querylens.engine",
    "fingerprint": "querylens.sql",
    "ignore": "querylens.recorder",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    for each in __all__:
        globals()[each] = getattr(import_module(_MODULES.get(each, "querylens.model")), each)
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _make_queries_visible() -> list[str]:
    """Puts the hooks into Django at the first capture: importing querylens must not load it."""
    from querylens.django import hooks

    return hooks.install()


def _settings() -> Mapping[str, object] | None:
    """The `QUERYLENS` setting, when Django has settings at all."""
    from django.conf import settings

    return getattr(settings, "QUERYLENS", None) if settings.configured else None


before_capture(_make_queries_visible)
read_settings_from(_settings)
