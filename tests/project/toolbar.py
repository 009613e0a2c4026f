"""When Django Debug Toolbar shows itself: also without DEBUG, but only to a test that asks."""

from __future__ import annotations

HEADER = "X-Show-Toolbar"


def is_asked_for(request):
    return HEADER in request.headers
