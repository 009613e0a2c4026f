"""What is in sight at a place of a template, and values that only templates have."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from querylens.lint.templates.nodes import Block, ParsedTemplate, Written
from querylens.model import Place
from querylens.places import shorten

Scope = ChainMap[str, object]
Run = Callable[[Sequence[object], Mapping[str, object], Place], object]


@dataclass(frozen=True, slots=True)
class Own:
    """A macro, a module of macros, a namespace, a loop's state, or a block's `super`.

    A reader never sees one. `run` is what a call of it does.
    """

    names: dict[str, object] = field(default_factory=dict)
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A block as one of the templates that extend each other writes it."""

    template: ParsedTemplate
    block: Block


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a walk stands: in which template, with which variables and blocks.

    The versions of a block begin with the one that is shown.
    """

    template: ParsedTemplate
    scope: Scope
    blocks: Mapping[str, Sequence[Version]] = field(default_factory=dict)

    def inner(self, names: Mapping[str, object] | None = None) -> Frame:
        """The same place with further variables, which end with it."""
        return replace(self, scope=self.scope.new_child(dict(names or {})))


@dataclass(frozen=True, slots=True)
class Places:
    """Makes places of tags, equal to those of the runtime."""

    root: str
    python: Place | None = None

    def of(self, template: ParsedTemplate, at: Written) -> Place:
        """The place of a tag of a template."""
        return Place(
            file=shorten(template.file, self.root),
            line=at.line,
            end_line=at.line,
            code=at.code,
            template=template.name,
            tag=at.tag,
            python=self.python,
            path=template.file,
        )
