"""Places: stretches of source as they are shown, from spans, frames and tags."""

from __future__ import annotations

import os
import re
from functools import lru_cache

from querylens import source
from querylens.model import Place
from querylens.source import Span
from querylens.stack import Frame, Tag

_TEMPLATE_LOOPS = re.compile(r"{%[-+]?\s*(for|endfor)\b")


def place_at(
    file: str, span: Span, function: str, root: str, whole_statement: bool = False
) -> Place:
    """A stretch of Python, shown with its own lines or with those of its whole statement."""
    shown = source.statement(file, span) if whole_statement else span
    return Place(
        file=shorten(file, root),
        line=span.line,
        end_line=span.end_line,
        function=function,
        code=source.text(file, shown.line, shown.end_line),
        column=source.column(file, span.line, span.column),
        end_column=source.column(file, span.end_line, span.end_column),
        path=file,
    )


@lru_cache(maxsize=4096)
def chain_place(frame: Frame, root: str) -> Place:
    """The method chain that a frame was building, up to where a method can be typed behind."""
    span = source.chain(frame.file, frame.span) or source.statement(frame.file, frame.span)
    return place_at(frame.file, span, frame.function, root, whole_statement=True)


def rows_place(place: Place, root: str) -> Place | None:
    """The queryset that a call site evaluates, where a further method can be typed behind."""
    span = source.evaluated(place.path, source.span_at(place.path, place))
    return place_at(place.path, span, place.function, root, whole_statement=True) if span else None


@lru_cache(maxsize=4096)
def walked_over(loop: Place) -> tuple[str, int, int]:
    """Where the expression that a loop walks over begins."""
    if loop.template:
        return (loop.file, loop.line, 0)
    span = source.walked_over(loop.path, source.span_at(loop.path, loop))
    if span is None:
        return ("", 0, 0)
    return (loop.file, span.line, source.column(loop.path, span.line, span.column))


def is_manager_method(frame: Frame) -> bool:
    """Whether the frame belongs to a manager or queryset class: its caller is the place to fix."""
    owner = frame.function.rpartition(".")[0]
    return owner.endswith(("Manager", "QuerySet", "Queryset"))


def compiled_tags(name: str, file: str, line: int) -> list[Tag]:
    """The line of a Jinja template, and the `{% for %}` around it."""
    own = source.text(file, line, line).strip()
    opened: list[int] = []
    for number in range(1, line):
        for word in _TEMPLATE_LOOPS.findall(source.text(file, number, number)):
            if word == "for":
                opened.append(number)
            elif opened:
                opened.pop()
    if re.search(r"{%[-+]?\s*for\b.*%}.*{[{%].*{%[-+]?\s*endfor", own):
        opened.append(line)
    loops = [
        Tag(name, file, number, source.text(file, number, number).strip(), loops=True)
        for number in reversed(opened)
    ]
    return [Tag(name, file, line, own), *loops]


def tag_place(tag: Tag, root: str, python: Place | None = None) -> Place:
    """A template's tag, with the Python line behind it."""
    return Place(
        file=shorten(tag.file, root),
        line=tag.line,
        end_line=tag.line,
        code=source.text(tag.file, tag.line, tag.line).strip() or tag.text,
        template=tag.template,
        tag=tag.text,
        python=python,
        path=tag.file,
    )


def shorten(file: str, root: str) -> str:
    """The path from the project's root, for files below it."""
    return file[len(root) + 1 :] if file.startswith(root + os.sep) else file
