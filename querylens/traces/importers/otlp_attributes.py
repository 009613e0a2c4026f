"""Attributes of spans, under their present names and those before."""

from __future__ import annotations

import re
from typing import Any

from querylens.model import Place

#: Values as OTLP writes them: `{"stringValue": "…"}`.
Attributes = dict[str, Any]

_ERROR_CODES = frozenset({2, "STATUS_CODE_ERROR"})
_ERROR_NAME = re.compile(r"[A-Za-z_][\w.]*(?=:|\Z)")
_LAST_LINE = 1 << 31


def values_of(attributes: Any) -> Attributes:
    """A list of attributes by their keys. Raises TypeError and KeyError when it is none."""
    return {attribute["key"]: attribute.get("value") for attribute in attributes or ()}


def text_of(value: Any) -> str:
    """An attribute's value as text; empty when there is none. Raises AttributeError."""
    if value is None:
        return ""
    text = value.get("stringValue")
    if text is not None:
        return str(text)
    return ", ".join(str(told) for told in value.values())


def printable(text: str) -> str:
    """The text with bytes that are no UTF-8, and halves of surrogate pairs, written with `\\`."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _without_surrogates(text)
    return text


def _without_surrogates(text: str) -> str:
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()


def sql_text(attributes: Attributes) -> str:
    """The statement; empty when the span does not tell it."""
    told = attributes.get("db.query.text") or attributes.get("db.statement")
    return printable(text_of(told)).strip()


def request_name(span_name: str, attributes: Attributes) -> str:
    """`METHOD route`, as the middleware names requests; what the span is called without a route.

    A span that is called by its method only gets the path, without the query string.
    """
    method = _first(attributes, "http.request.method", "http.method")
    route = _first(attributes, "http.route")
    if route:
        return f"{method} {route}".strip()
    path = _path(_first(attributes, "url.path", "http.target", "url.full", "http.url"))
    # Django's empty route: instrumentation leaves it out.
    if path == "/" or span_name in ("", method, "HTTP", f"HTTP {method}"):
        return f"{method} {path}".strip() or span_name
    return span_name


def _path(url: str) -> str:
    """Without scheme and host, query string and fragment."""
    path = url.partition("?")[0].partition("#")[0]
    if "://" in path:
        _, slash, rest = path.partition("://")[2].partition("/")
        return slash + rest
    return path


def _first(attributes: Attributes, *keys: str) -> str:
    for key in keys:
        if text := text_of(attributes.get(key)):
            return printable(text)
    return ""


def database_of(attributes: Attributes) -> str:
    """What tells the databases of a service apart; empty when nothing does."""
    server = _first(attributes, "server.address", "net.peer.name")
    name = _first(attributes, "db.namespace", "db.name")
    return "/".join(filter(None, (server, name)))


def is_error(span: dict[str, Any]) -> bool:
    """Whether the span says that it failed. Raises AttributeError and TypeError."""
    return (span.get("status") or {}).get("code", 0) in _ERROR_CODES


def error_name(span: dict[str, Any], attributes: Attributes) -> str:
    """An error's type or code, never its message, which may hold values."""
    if told := _first(attributes, "error.type"):
        return told
    for event in span.get("events") or ():
        if told := _first(values_of(event.get("attributes")), "exception.type"):
            return told
    match = _ERROR_NAME.match(span["status"].get("message") or "")
    return _first(attributes, "db.response.status_code") or (match[0] if match else "error")


def call_site(attributes: Attributes) -> Place | None:
    """The line that sent the statement; None unless both file and line are told."""
    if "code.file.path" not in attributes and "code.filepath" not in attributes:
        return None
    file = _first(attributes, "code.file.path", "code.filepath")
    line = _first(attributes, "code.line.number", "code.lineno")
    if not (file and line.isdecimal() and len(line) < 11 and 0 < int(line) < _LAST_LINE):
        return None
    function = _first(attributes, "code.function.name", "code.function")
    return Place(file, int(line), function=_without_module(function, file))


def _without_module(function: str, file: str) -> str:
    """`Class.method` of `package.module.Class.method`, where the file's name tells the module."""
    parts = function.split(".")
    module = file.replace("\\", "/").removesuffix(".py")
    for length in range(len(parts) - 1, 0, -1):
        if f"/{module}".endswith("/" + "/".join(parts[:length])):
            return ".".join(parts[length:])
    return function
