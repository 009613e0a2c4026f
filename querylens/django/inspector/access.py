"""Who sees the page. Everybody else is told what they would be told if it were not there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import Resolver404
from django.utils.module_loading import import_string

from querylens.django.middleware import leave_out
from querylens.recorder import configuration, failed

_View = Callable[..., HttpResponse]

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def is_allowed(request: HttpRequest) -> bool:
    """Whether this request may see the page; no for everything that is not clearly a yes."""
    try:
        # A page elsewhere can point a name of its own to this machine.
        request.get_host()
        path = configuration().page_allowed
        if path:
            return import_string(path)(request) is True
        address = request.META.get("REMOTE_ADDR")
        return bool(settings.DEBUG) and bool(address) and address in settings.INTERNAL_IPS
    except DisallowedHost:
        return False
    except Exception:
        failed("asking who may see the page")
        return False


def guarded(view: _View) -> Any:
    """A view for those who are let in. Its own requests are never reported."""

    @wraps(view)
    def guarded_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_allowed(request):
            # As for an address that does not exist: a template may print the exception.
            raise Resolver404({"path": request.path_info.removeprefix("/"), "tried": [[]]})
        if request.method == "GET":
            response = view(request, *args, **kwargs)
        else:
            response = HttpResponseNotAllowed(["GET"])
        for name, value in _HEADERS.items():
            response.headers[name] = value
        return response

    # Else other middleware would answer strangers before the guard does, and tell them more:
    # 403 without a token, a redirect to the login, or one to the address with a slash.
    vars(guarded_view).update(csrf_exempt=True, login_required=False, should_append_slash=False)
    return leave_out(guarded_view)
