"""What querylens knows of Django: the hooks, the middleware, and how a cause is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from querylens.django.middleware import QueryLensMiddleware

__all__ = ["QueryLensMiddleware"]


def __getattr__(name: str) -> object:
    """Loads the middleware when it is asked for: most of what is in here needs no requests."""
    if name != "QueryLensMiddleware":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from querylens.django.middleware import QueryLensMiddleware

    return QueryLensMiddleware
