"""What every template may read."""

from __future__ import annotations


def profile(request):
    """The visitor's profile, for the head of each page."""
    if not request.user.is_authenticated:
        return {}
    return {"profile": request.user.profile}
