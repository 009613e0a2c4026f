"""Places as nodes of the syntax tree, and nodes as places."""

from __future__ import annotations

import ast
from dataclasses import replace

from querylens import source
from querylens.model import Place


def node_at(place: Place) -> tuple[source.Module, ast.AST] | None:
    """The parsed file of a place and the node that stands there; None for templates and logs."""
    if place.template or not place.path or place.column is None:
        return None
    module = source.parse(place.path)
    node = module.by_span.get(source.span_at(place.path, place)) if module else None
    return (module, node) if module is not None and node is not None else None


def place_of(node: ast.AST, place: Place) -> Place | None:
    """A node's own place, in the file of another."""
    span = source.span_of(node)
    if span is None:
        return None
    return replace(
        place,
        line=span.line,
        end_line=span.end_line,
        column=source.column(place.path, span.line, span.column),
        end_column=source.column(place.path, span.end_line, span.end_column),
        code=source.text(place.path, span.line, span.end_line),
    )
