"""Filters of the page's templates."""

from __future__ import annotations

from datetime import UTC, datetime

from django import template

from querylens.reporters import _words
from querylens.reporters._plain import clipped
from querylens.reporters._plain import plain as without_controls

register = template.Library()

_LONGEST = 1_000


@register.filter
def plain(text: object) -> str:
    """Text in one printable line: what hides or turns text around is written out."""
    return without_controls(clipped(str(text), _LONGEST))


@register.filter
def milliseconds(nanoseconds: int) -> str:
    """Nanoseconds as milliseconds."""
    return _words.duration(nanoseconds)


@register.filter
def moment(nanoseconds: int) -> str:
    """The time of day where the project is; nanoseconds since 1970 are given."""
    return _local(nanoseconds).strftime("%H:%M:%S")


@register.filter
def timestamp(nanoseconds: int) -> str:
    """The date and time with their zone, as machines read them."""
    return _local(nanoseconds).isoformat(timespec="milliseconds")


def _local(nanoseconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(nanoseconds / 1e9, UTC).astimezone()
    except (OSError, OverflowError, ValueError):
        return datetime.fromtimestamp(0, UTC)
