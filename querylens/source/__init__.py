"""Python source, read to find the statement, the expression or the loop around a position."""

from __future__ import annotations

from querylens.source.loops import (
    asked_at,
    callback_call,
    enclosing_loop,
    loop_over,
    passes_request_on,
    walked_over,
)
from querylens.source.parsing import syntax_tree
from querylens.source.syntax import (
    Located,
    Module,
    Span,
    chain,
    column,
    evaluated,
    margin,
    name_of,
    parse,
    span_at,
    span_of,
    statement,
    text,
)

__all__ = [
    "Located",
    "Module",
    "Span",
    "asked_at",
    "callback_call",
    "chain",
    "column",
    "enclosing_loop",
    "evaluated",
    "loop_over",
    "margin",
    "name_of",
    "parse",
    "passes_request_on",
    "span_at",
    "span_of",
    "statement",
    "syntax_tree",
    "text",
    "walked_over",
]
