"""Types a fix into source text, as a reader of the finding would."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from querylens.model import Edit, Fix


def typed(*fixes: Fix, read: Callable[[str], str] = lambda path: Path(path).read_text()) -> dict:
    """The new text of each file that the fixes change, by path."""
    edits, imports = defaultdict(list), defaultdict(list)
    for fix in fixes:
        if fix.at is None:
            raise ValueError(f"{fix.kind} says what to write, not where")
        imports[fix.at.path] += fix.imports
        for edit in (Edit(fix.code, fix.at), *fix.edits):
            if edit not in edits[edit.at.path]:
                edits[edit.at.path].append(edit)
    return {path: with_imports(edited(read(path), edits[path]), imports[path]) for path in edits}


def edited(text: str, edits: list[Edit]) -> str:
    """A file's text with all edits made, from its end backwards so that places stay true."""
    stretches = sorted(stretch(text, edit) for edit in edits)
    for (_, end, _), (start, _, _) in pairwise(stretches):
        if start < end:
            raise ValueError("two edits of one text")
    for start, end, code in reversed(stretches):
        text = text[:start] + code + text[end:]
    return text


def stretch(text: str, edit: Edit) -> tuple[int, int, str]:
    """From where to where an edit replaces the text, and by what."""
    at, lines = edit.at, text.splitlines(keepends=True)
    first = lines[at.line - 1]
    margin = first[: len(first) - len(first.lstrip())]
    is_whole = at.end_column is None
    start = offset(lines, at.line, None if is_whole else at.column)
    end = offset(lines, at.end_line, at.end_column)
    if edit.code.startswith("."):
        return end, end, indented(edit.code, margin)
    if is_whole:
        end = offset(lines, at.end_line + 1, 0)
        return start, end, f"{margin}{indented(edit.code, margin)}\n" if edit.code else ""
    return start, end, indented(edit.code, margin)


def offset(lines: list[str], line: int, column: int | None) -> int:
    return sum(map(len, lines[: line - 1])) + (column or 0)


def indented(code: str, margin: str) -> str:
    """All lines behind the first one with a margin; empty ones stay empty."""
    first, *others = code.split("\n")
    last = len(others) - 1
    return "\n".join(
        [
            first,
            *(
                margin + line if line or number == last else line
                for number, line in enumerate(others)
            ),
        ]
    )


def with_imports(text: str, imports: list[str]) -> str:
    """The text with import lines behind its docstring and its `__future__` imports."""
    missing = [line for line in dict.fromkeys(imports) if line not in text.splitlines()]
    if not missing:
        return text
    behind = 0
    for node in ast.parse(text).body:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not (is_docstring or is_future):
            break
        behind = node.end_lineno
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:behind], *(f"{line}\n" for line in missing), *lines[behind:]])
