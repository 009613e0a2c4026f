"""Renders the page's templates apart from the project's: no setting of its own changes them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

_FOLDER = Path(__file__).parent / "templates"
_LIBRARY = "querylens.django.inspector.templatetags.querylens_inspector"


@cache
def _engine() -> Engine:
    # Not the project's: its context processors may send queries, and may need a user.
    return Engine(dirs=[str(_FOLDER)], builtins=[_LIBRARY])


def fill(name: str, context: dict[str, Any]) -> SafeString:
    """A template as markup. Everything in the context is escaped that is no markup."""
    return _engine().get_template(f"querylens_inspector/{name}").render(Context(context))


def render(
    request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A template as a response."""
    filled = fill(name, {"request": request, **context})
    return HttpResponse(filled, content_type="text/html; charset=utf-8", status=status)
