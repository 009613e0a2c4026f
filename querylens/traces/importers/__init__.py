"""What else is read as statements: logs of servers, of Django, and spans. One module a format."""

from __future__ import annotations

from importlib import import_module

from querylens.traces.statements import Importer

#: Each is asked whether the first bytes of a file are of its format, in this order, but only where
#: one of its words is among them: to load a module takes longer than to look for a word.
_MODULES: dict[str, tuple[bytes, ...]] = {
    "otlp": (b'"resourceSpans"', b'"scopeSpans"', b'"operationName"'),
    "django_log": (b"args=", b'"sql"'),
    "mysql": (b"Query_time: ",),
    "mysql_general": (),
    "postgres": (),
}


def recognised(head: bytes) -> Importer | None:
    """What reads a file that begins so; None for a format that is not known."""
    for name, words in _MODULES.items():
        if words and not any(word in head for word in words):
            continue
        module = import_module(f"{__name__}.{name}")
        importer: Importer | None = module.recognise(head)
        if importer is not None:
            return importer
    return None
