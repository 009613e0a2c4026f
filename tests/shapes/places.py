"""Finds the lines that the comment words of a shape mark.

The words are `access` (the call site), `loop`, `origin` (the statement that built the queryset
whose rows are walked) and `python` (the Python line behind a template). A shape with several
expectations ends the words of the later ones in their `mark`: `access2`. A word that is not there
says that there is no such place; `loop`, `origin` and `python` without a mark are for all of them.
"""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tokenize import COMMENT, generate_tokens
from typing import Any

from tests.shapes.declare import Expectation, Shape

TEMPLATES = [Path(__file__).parents[1] / "project" / name for name in ("templates", "jinja2")]
WORDS = re.compile(r"#\s*((access|loop|origin|python)\d?(,\s*)?)+(\s*# noqa.*)?")


@dataclass(frozen=True)
class Line:
    """A marked line, the statement it is in (of a loop: the header) and the end of its block."""

    file: str
    line: int
    first: int
    last: int
    end: int


@dataclass(frozen=True)
class Lines:
    """Where a finding must say that it is. The call site may be any of `access`.

    A finding may leave the others out, when they cannot be known, but must not name another place.
    """

    access: tuple[Line, ...]
    loop: Line | None
    origin: Line | None
    python: Line | None


def lines(shape: Shape, expectation: Expectation) -> Lines:
    """The places of one of a shape's expectations."""
    return Lines(
        access=access_lines(shape, expectation),
        loop=loop_line(shape, expectation),
        origin=one(shape, "origin", expectation.mark),
        python=one(shape, "python", expectation.mark),
    )


def access_lines(shape: Shape, expectation: Expectation) -> tuple[Line, ...]:
    tags = template_lines(expectation.template, expectation.tag) if expectation.template else ()
    return (*tags, *marked(shape, f"access{expectation.mark}"))


def loop_line(shape: Shape, expectation: Expectation) -> Line | None:
    if expectation.loop_tag:
        template = expectation.loop_template or expectation.template
        [line] = template_lines(template, expectation.loop_tag)
        return line
    return one(shape, "loop", expectation.mark)


def one(shape: Shape, word: str, mark: str) -> Line | None:
    found = marked(shape, word + mark) or marked(shape, word)
    if len(found) > 1:
        raise LookupError(f"{shape.name} marks {len(found)} lines with {word!r}")
    return found[0] if found else None


def marked(shape: Shape, word: str) -> tuple[Line, ...]:
    """The lines with this word in the shape's function and at its site."""
    sources = (shape.function, *(plain(site) for site in shape.site))
    found = [line for source in sources for line, words in words_in(source) if word in words]
    return tuple(dict.fromkeys(found))


def plain(site: Any) -> Any:
    """The function behind a property or a decorator."""
    return inspect.unwrap(site.fget if isinstance(site, property) else site)


@cache
def words_in(source: Any) -> list[tuple[Line, list[str]]]:
    """The marked lines of a function or class."""
    text, start = inspect.getsourcelines(source)
    file = inspect.getsourcefile(source)
    read = iter(text)
    return [
        (located(file, start + token.start[0] - 1), re.findall(r"\w+", token.string))
        for token in generate_tokens(lambda: next(read, ""))
        if token.type == COMMENT and WORDS.fullmatch(token.string)
    ]


def located(file: str, line: int) -> Line:
    node = min(
        (node for node in statements(file) if node.lineno <= line <= node.end_lineno),
        key=lambda node: node.end_lineno - node.lineno,
    )
    body = getattr(node, "body", None)
    last = body[0].lineno - 1 if body else node.end_lineno
    return Line(file, line, node.lineno, max(last, node.lineno), node.end_lineno)


@cache
def statements(file: str) -> list[ast.stmt]:
    tree = ast.parse(Path(file).read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]


def template_lines(template: str, tag: str) -> tuple[Line, ...]:
    """The lines of a template with this text."""
    [file] = [folder / template for folder in TEMPLATES if (folder / template).exists()]
    return tuple(
        Line(str(file), number, number, number, number)
        for number, text in enumerate(file.read_text().splitlines(), start=1)
        if tag in text
    )
