"""Middleware that only passes the request on, in the styles that projects write."""

from __future__ import annotations

from functools import wraps


def function_style(get_response):
    def middleware(request):
        request.tenant = request.headers.get("X-Tenant", "")
        return get_response(request)

    return middleware


class ClassStyle:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response["X-Library"] = "yes"
        return response


def passing_on(function):
    """A decorator that adds nothing."""

    @wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper
