"""New text for a loop whose call moves behind it."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from querylens.model import Place
from querylens.rewrite.loops import Turn, transaction_of_one
from querylens.rewrite.statements import lines_of, written_anew
from querylens.source import Module, Span, span_of

Parts = list[tuple[Span, str]]


def between(start: ast.AST, end: ast.AST, *, from_end: bool = False, to_end: bool = False) -> Span:
    """The text from one node to another: from its beginning or its end, to either of the other."""
    first, last = span_of(start), span_of(end)
    assert first is not None
    assert last is not None
    line, column = (first.end_line, first.end_column) if from_end else (first.line, first.column)
    end_line, end_column = (last.end_line, last.end_column) if to_end else (last.line, last.column)
    return Span(line, end_line, column, end_column)


def end_of(node: ast.AST) -> Span:
    """Just behind a node."""
    return between(node, node, from_end=True, to_end=True)


def text_between(module: Module, start: ast.AST, end: ast.AST) -> str:
    """The source from the end of one node to the end of another."""
    span = between(start, end, from_end=True, to_end=True)
    lines = [line.encode() for line in module.lines[span.line - 1 : span.end_line]]
    lines[-1] = lines[-1][: span.end_column]
    lines[0] = lines[0][span.column :]
    return b"".join(lines).decode()


def start_of(turn: Turn) -> ast.stmt:
    """What the statement's new text begins in place of: a transaction of its own goes too."""
    return transaction_of_one(turn) or turn.statement


def moved(turn: Turn, parts: Iterable[tuple[Span, str]] = ()) -> str:
    """The statement as it can stand behind the loops, with new text in some spans."""
    first, end = turn.statement, end_of(turn.statement)
    before = Span(first.lineno, first.lineno, 0, first.col_offset)
    last = turn.module.lines[end.line - 1].rstrip("\n")
    behind = Span(end.line, end.line, end.column, len(last.encode()))
    blank = (before, " " * first.col_offset)
    return written_anew(turn.module, first, [blank, *parts, (behind, "")]).rstrip()


def without_call(
    turn: Turn, before: Iterable[str], parts: Parts, behind: Iterable[str]
) -> tuple[str, Place] | None:
    """The outermost loop with new text in some spans, and lines before and behind it."""
    loop = written_anew(turn.module, turn.outermost, parts)
    code = "\n".join([*before, loop, *behind])
    try:
        ast.parse(code)
    except SyntaxError:
        return None
    return code, lines_of(turn.outermost, turn.place)
