"""Reads a Jinja2 template: no Jinja2, no settings, and no text that can make it fail."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from querylens.lint.templates import jinja_tags
from querylens.lint.templates.building import Builder, Section, closed_blocks
from querylens.lint.templates.expressions import Chain, UnreadableError
from querylens.lint.templates.jinja_expressions import Expressions
from querylens.lint.templates.jinja_tokens import Piece, pieces
from querylens.lint.templates.nodes import Output, ParsedTemplate, Written
from querylens.lint.templates.reading import Lines, normalised

_SECTIONS = frozenset({"else", "elif", "pluralize"})


def parse(text: str, name: str, file: str) -> ParsedTemplate:
    """The tree of a Jinja2 template. Never raises: see `ParsedTemplate.problem`."""
    text = normalised(text)
    found = list(pieces(text))
    closed = closed_blocks((piece.offset, _block_name(piece)) for piece in found)
    return _Parser(text, file, closed).parse(found).done(name, is_jinja=True)


def _block_name(piece: Piece) -> str:
    """A tag's name, where a body may follow: none does behind `set name = …`."""
    if piece.name == "set" and any(token.text == "=" for token in piece.tokens):
        return ""
    return piece.name


class _Parser:
    def __init__(self, text: str, file: str, closed: Collection[int]) -> None:
        self._lines = Lines(text)
        self._closed = closed
        self._builder = Builder(file)

    def parse(self, found: Iterable[Piece]) -> Builder:
        for piece in found:
            stream = Expressions(piece.tokens)
            try:
                if piece.is_tag:
                    self._tag(piece, stream)
                elif not piece.problem:
                    self._output(stream)
            except UnreadableError as error:
                self._wrong(piece, piece.problem or str(error))
            if piece.problem:
                self._wrong(piece, piece.problem)
        return self._builder

    def _wrong(self, piece: Piece, what: str) -> None:
        self._builder.wrong(self._lines.number(piece.offset), what)

    def _output(self, stream: Expressions) -> None:
        start = stream.current.offset
        value = stream.expressions()
        at = self._lines.written(stream.step_offset if isinstance(value, Chain) else start)
        self._builder.add(Output(at, value))
        _ends(stream)

    def _tag(self, piece: Piece, stream: Expressions) -> None:
        at = self._lines.written(stream.current.offset)
        name = stream.name()
        is_closed = piece.offset in self._closed
        if name in _SECTIONS:
            self._section(name, at, stream)
        elif name.startswith("end"):
            self._builder.close(name[3:], at.line)
        elif name in jinja_tags.MAKERS and (is_closed or _block_name(piece)):
            self._open(name, at, stream, is_closed)
        elif name in jinja_tags.READERS:
            for node in jinja_tags.READERS[name](stream, at):
                self._builder.add(node)
            _ends(stream)
        else:
            make = jinja_tags.own_tag(name, at, stream, is_block=is_closed)
            if is_closed:
                self._builder.open(name, Section(name, at), make, is_known=False)
            else:
                self._builder.add(make(()))

    def _section(self, name: str, at: Written, stream: Expressions) -> None:
        section = Section(name, at)
        self._builder.section(section)
        if name == "elif":
            section.test = stream.expressions(stream.without_choice)
            _ends(stream)

    def _open(self, name: str, at: Written, stream: Expressions, is_closed: bool) -> None:
        if not is_closed:
            self._builder.wrong(at.line, f"{{% {name} %}} is never closed: add {{% end{name} %}}")
        opening, problem = jinja_tags.transparent(at), ""
        try:
            opening = jinja_tags.MAKERS[name](stream, at)
            stream.takes(":")
            _ends(stream)
        except UnreadableError as error:
            # The body still belongs together, and its end tag closes it.
            problem = str(error)
        first = Section(name, at, opening.test)
        self._builder.open(name, first, opening.make, jinja_tags.SECTIONS.get(name, frozenset()))
        if problem:
            raise UnreadableError(problem)


def _ends(stream: Expressions) -> None:
    if not stream.at_end:
        raise UnreadableError(f"{stream.shown} can't be read where it stands in a tag")
