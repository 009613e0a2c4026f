"""Puts tags together to a tree: what is open, what belongs into it, and what is never closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from querylens.lint.templates.expressions import Expression
from querylens.lint.templates.nodes import (
    Block,
    Extends,
    Node,
    ParsedTemplate,
    PartialDefinition,
    Written,
)

#: Bodies deeper than this are read as if their tags were not there.
MOST_NESTED = 60


def closed_blocks(tags: Iterable[tuple[int, str]]) -> set[int]:
    """The offsets of the tags that an `end` tag of their name closes, among all tags in order."""
    opened: dict[str, list[int]] = {}
    closed: set[int] = set()
    for offset, name in tags:
        if name.startswith("end") and opened.get(name[3:]):
            closed.add(opened[name[3:]].pop())
        elif name:
            opened.setdefault(name, []).append(offset)
    return closed


@dataclass(slots=True)
class Section:
    """A part of a block: what follows its first tag, an `else`, an `empty`."""

    word: str
    at: Written
    test: Expression | None = None
    body: list[Node] = field(default_factory=list)


Make = Callable[[Sequence[Section]], Node]


@dataclass(slots=True)
class _Open:
    name: str
    make: Make | None
    sections: list[Section]
    #: The words that begin a further section; in an unknown block any may stand.
    words: frozenset[str]
    is_known: bool = True


class Builder:
    """Takes the tags of one template in order, and gives the tree."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._top: list[Node] = []
        self._open: list[_Open] = []
        self._counts: Counter[str] = Counter()
        self._blocks: list[Block] = []
        self._partials: list[PartialDefinition] = []
        self._extends: Extends | None = None
        self.libraries: dict[str, None] = {}
        self.problem = ""

    def wrong(self, line: int, what: str) -> None:
        """Keeps the first problem of the template."""
        if not self.problem:
            self.problem = f"{self._file}:{line}: {what}"

    @property
    def _body(self) -> list[Node]:
        return self._open[-1].sections[-1].body if self._open else self._top

    def add(self, node: Node) -> None:
        """A node at this place."""
        if isinstance(node, Block):
            self._blocks.append(node)
        elif isinstance(node, PartialDefinition):
            self._partials.append(node)
        elif isinstance(node, Extends) and self._extends is None:
            self._extends = node
        self._body.append(node)

    def open(
        self,
        name: str,
        first: Section,
        make: Make,
        words: frozenset[str] = frozenset(),
        is_known: bool = True,
    ) -> None:
        """A tag whose body follows, up to `end` and its name."""
        opened = _Open(name, make, [first], words, is_known)
        if len(self._open) >= MOST_NESTED:
            self.wrong(first.at.line, f"tags are nested more than {MOST_NESTED} deep: use includes")
            opened.make = None
            first.body = self._body
        self._open.append(opened)
        self._counts[name] += 1

    def section(self, section: Section) -> None:
        """An `else`, `elif`, `empty` and the like."""
        opened = self._open[-1] if self._open else None
        if opened is None or (opened.is_known and section.word not in opened.words):
            within = f"{{% {opened.name} %}}" if opened else "any tag"
            self.wrong(section.at.line, f"{{% {section.word} %}} does not belong into {within}")
        elif opened.is_known:
            if opened.make is None:
                section.body = self._body
            opened.sections.append(section)

    def close(self, name: str, line: int) -> None:
        """`end` and a name: closes the innermost tag of that name, and all that is in it."""
        if not self._counts[name]:
            self.wrong(line, f"{{% end{name} %}} closes nothing: no {{% {name} %}} is open here")
            return
        while self._open:
            opened = self._open[-1]
            if opened.name == name:
                self._finish()
                return
            self._never_closed(opened)
            self._finish()

    def _finish(self) -> None:
        opened = self._open.pop()
        self._counts[opened.name] -= 1
        if opened.make is not None:
            self.add(opened.make(opened.sections))

    def _never_closed(self, opened: _Open) -> None:
        line = opened.sections[0].at.line
        self.wrong(line, f"{{% {opened.name} %}} is never closed: add {{% end{opened.name} %}}")

    def done(self, name: str, is_jinja: bool) -> ParsedTemplate:
        """The template, with what is still open closed at its end."""
        for opened in self._open[:1]:
            self._never_closed(opened)
        while self._open:
            self._finish()
        return ParsedTemplate(
            name=name,
            file=self._file,
            is_jinja=is_jinja,
            body=tuple(self._top),
            blocks=tuple(self._blocks),
            partials=tuple(self._partials),
            extends=self._extends,
            libraries=tuple(self.libraries),
            problem=self.problem,
        )
