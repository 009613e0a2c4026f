"""Whole statements with some of their parts written anew."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable
from dataclasses import replace

from querylens import source
from querylens.model import Place
from querylens.source import Module, Span


def enclosing_statement(module: Module, node: ast.AST) -> ast.stmt | None:
    """The nearest statement that a node is in, or is."""
    current: ast.AST | None = node
    while current is not None and not isinstance(current, ast.stmt):
        current = module.parents.get(current)
    return current


def stands_alone(module: Module, statement: ast.stmt) -> bool:
    """Whether its lines hold nothing else, so that they can be replaced as whole lines."""
    before = module.lines[statement.lineno - 1].encode()[: statement.col_offset]
    last = module.lines[(statement.end_lineno or statement.lineno) - 1].encode()
    behind = last[statement.end_col_offset :].decode().strip()
    return not before.strip() and (not behind or behind.startswith("#"))


def written_anew(module: Module, statement: ast.stmt, parts: Iterable[tuple[Span, str]]) -> str:
    """The statement's lines, without their indentation, with new text in some spans."""
    first = statement.lineno
    lines = [line.encode() for line in module.lines[first - 1 : statement.end_lineno]]
    for span, text in sorted(parts, key=lambda part: (part[0].line, part[0].column), reverse=True):
        top, bottom = span.line - first, span.end_line - first
        joined = lines[top][: span.column] + text.encode() + lines[bottom][span.end_column :]
        lines[top : bottom + 1] = [joined]
    return textwrap.dedent(b"".join(lines).decode()).rstrip("\n")


def lines_of(statement: ast.stmt, place: Place) -> Place:
    """The whole lines of a statement, in the file of another place: its column is their margin."""
    end_line = statement.end_lineno or statement.lineno
    margin = source.margin(place.path, statement.lineno, end_line)
    return replace(
        place,
        line=statement.lineno,
        end_line=end_line,
        column=None if "\t" in margin else len(margin),
        end_column=None,
        code=source.text(place.path, statement.lineno, end_line),
    )


def source_of(module: Module, node: ast.AST) -> str:
    """A node's own text."""
    return ast.get_source_segment("".join(module.lines), node) or ast.unparse(node)


def names_read(node: ast.AST) -> set[str]:
    """Every name that an expression or statement reads."""
    return {
        item.id
        for item in ast.walk(node)
        if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Load)
    }


def names_bound(node: ast.AST) -> set[str]:
    """Every name that code binds: targets, imports, definitions, `as` and `:=`."""
    bound: set[str] = set()
    for item in ast.walk(node):
        if isinstance(item, ast.Name) and not isinstance(item.ctx, ast.Load):
            bound.add(item.id)
        elif isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.add(item.name)
        elif isinstance(item, ast.ExceptHandler):
            bound |= {item.name} if item.name else set()
        elif isinstance(item, ast.alias):
            bound.add((item.asname or item.name).partition(".")[0])
    return bound


def free_name(module: Module, wanted: str) -> str:
    """The name, or the name with a number behind it, that the file does not use yet."""
    used = {item.id for item in ast.walk(module.tree) if isinstance(item, ast.Name)}
    name, number = wanted, 2
    while name in used:
        name, number = f"{wanted}_{number}", number + 1
    return name
