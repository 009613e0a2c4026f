"""What a framework registers: how its queries are made visible, and where its settings are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

_prepare: list[Callable[[], list[str]]] = []
_settings: list[Callable[[], Mapping[str, object] | None]] = []


def before_capture(prepare: Callable[[], list[str]]) -> None:
    """Registers what makes queries visible; it returns what it could not reach, in plain words."""
    _prepare.append(prepare)


def read_settings_from(source: Callable[[], Mapping[str, object] | None]) -> None:
    """Registers where the `QUERYLENS` setting of a project is found."""
    _settings.append(source)


def make_queries_visible() -> list[str]:
    """Prepares every framework; gives what could not be reached, in plain words."""
    return [gap for prepare in _prepare for gap in prepare()]


def settings() -> Mapping[str, object] | None:
    """The `QUERYLENS` setting of the running project, if it has one."""
    return next((found for source in _settings if (found := source())), None)
