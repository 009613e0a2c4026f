"""Reads a Django template: no Django, no settings, and no text that can make it fail."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from querylens.lint.templates import django_blocks, django_tags
from querylens.lint.templates.building import Builder, Section, closed_blocks
from querylens.lint.templates.django_expressions import read
from querylens.lint.templates.django_tokens import Token, tokens, words
from querylens.lint.templates.expressions import UnreadableError
from querylens.lint.templates.nodes import Output, ParsedTemplate, Written
from querylens.lint.templates.reading import Lines, normalised

#: Not read by Django, so neither is what is in them.
_COMMENT = "comment"
_TRANSLATED = ("blocktranslate", "blocktrans")
_SECTIONS = frozenset({"else", "elif", "empty", "plural"})


def parse(text: str, name: str, file: str) -> ParsedTemplate:
    """The tree of a Django template. Never raises: see `ParsedTemplate.problem`."""
    text = normalised(text)
    found = list(tokens(text))
    return (
        _Parser(text, file, closed_blocks((token.offset, _name(token)) for token in found))
        .parse(found)
        .done(name, is_jinja=False)
    )


def _name(token: Token) -> str:
    return next(iter(token.contents.split(maxsplit=1)), "") if token.is_tag else ""


class _Parser:
    def __init__(self, text: str, file: str, closed: Collection[int]) -> None:
        self._lines = Lines(text)
        self._closed = closed
        self._builder = Builder(file)
        self._in_comment = False
        #: The place of the `blocktranslate` that is open: it shows the variables in its body.
        self._translation: tuple[str, Written] | None = None

    def parse(self, found: Iterable[Token]) -> Builder:
        for token in found:
            name = _name(token)
            if self._in_comment:
                self._in_comment = name != "end" + _COMMENT
                continue
            at = self._lines.written(token.offset, token.text)
            try:
                self._token(token, name, at)
            except UnreadableError as error:
                if not token.over_lines:
                    self._builder.wrong(at.line, str(error))
        return self._builder

    def _token(self, token: Token, name: str, at: Written) -> None:
        if not token.is_tag:
            if not token.contents:
                raise UnreadableError("{{ }} shows nothing: name a value")
            place = self._translation[1] if self._translation else at
            self._builder.add(Output(place, read(token.contents)))
        elif not name:
            raise UnreadableError("{% %} has no name")
        else:
            self._tag(django_tags.Tag(name, words(token.contents)[1:], at), token)

    def _tag(self, tag: django_tags.Tag, token: Token) -> None:
        is_closed = token.offset in self._closed
        if tag.name == _COMMENT:
            self._in_comment = is_closed
            if not is_closed:
                raise UnreadableError("{% comment %} is never closed: add {% endcomment %}")
        elif tag.name == "load":
            self._builder.libraries.update(dict.fromkeys(django_tags.libraries(tag)))
        elif tag.name in _SECTIONS:
            self._section(tag)
        elif tag.name.startswith("end"):
            self._end(tag)
        elif tag.name in django_blocks.MAKERS:
            self._open(tag, is_closed)
        elif tag.name in django_tags.READERS:
            node = django_tags.READERS[tag.name](tag)
            if node is not None:
                self._builder.add(node)
        elif is_closed:
            self._open_unknown(tag)
        else:
            self._builder.add(django_tags.own_tag(tag))

    def _open(self, tag: django_tags.Tag, is_closed: bool) -> None:
        if tag.name in _TRANSLATED:
            self._translation = (tag.name, tag.at)
        problem = ""
        try:
            opening = django_blocks.MAKERS[tag.name](tag)
        except UnreadableError as error:
            # The body still belongs together, and its end tag closes it.
            opening, problem = django_blocks.transparent(tag), str(error)
        if not is_closed:
            self._builder.wrong(
                tag.at.line, f"{{% {tag.name} %}} is never closed: add {{% end{tag.name} %}}"
            )
        first = Section(tag.name, tag.at, opening.test)
        words = django_blocks.SECTIONS.get(tag.name, frozenset())
        self._builder.open(tag.name, first, opening.make, words)
        if problem:
            raise UnreadableError(problem)

    def _open_unknown(self, tag: django_tags.Tag) -> None:
        first = Section(tag.name, tag.at)
        self._builder.open(tag.name, first, django_blocks.unknown(tag), is_known=False)

    def _section(self, tag: django_tags.Tag) -> None:
        test, problem = None, ""
        if tag.name == "elif":
            try:
                test = django_blocks.test_of(tag)
            except UnreadableError as error:
                problem = str(error)
        self._builder.section(Section(tag.name, tag.at, test))
        if problem:
            raise UnreadableError(problem)

    def _end(self, tag: django_tags.Tag) -> None:
        name = tag.name[3:]
        if self._translation and name == self._translation[0]:
            self._translation = None
        self._builder.close(name, tag.at.line)
