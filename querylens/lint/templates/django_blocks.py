"""Reads Django's tags that have a body, up to their `end` tag."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from querylens.lint.templates.building import Make, Section
from querylens.lint.templates.django_expressions import condition, read
from querylens.lint.templates.django_tags import Tag, arguments, bindings, target
from querylens.lint.templates.expressions import Expression, Literal, UnreadableError
from querylens.lint.templates.nodes import (
    Assign,
    Block,
    Body,
    Branch,
    Evaluated,
    For,
    Group,
    If,
    Node,
    OwnTag,
    PartialDefinition,
    With,
)


@dataclass(frozen=True, slots=True)
class Opening:
    """How a block's node is made, and the condition of its first part."""

    make: Make
    test: Expression | None = None


def test_of(tag: Tag) -> Expression:
    """What `if` and `elif` ask. Raises `UnreadableError`."""
    return condition(tag.words)


def transparent(tag: Tag) -> Opening:
    """A body that is shown as it is, whatever the tag says."""
    return Opening(lambda sections: Group(tag.at, _all(sections)))


def unknown(tag: Tag) -> Make:
    """A block that Django does not have. What can't be read of its words is left out."""
    rest, name = target(tag.words)
    found, _ = arguments(rest)
    return lambda sections: OwnTag(tag.at, tag.name, found, name, _all(sections))


def _all(sections: Sequence[Section]) -> Body:
    return tuple(node for section in sections for node in section.body)


def _evaluates(tag: Tag) -> Opening:
    """`cache`, `autoescape` and others: reads its values, then shows its body."""
    found, _ = arguments(tag.words)
    values = (*found.values, *(value for _, value in found.keywords))
    read_first = Evaluated(tag.at, values)
    return Opening(lambda sections: Group(tag.at, (read_first, *_all(sections))))


def _if(tag: Tag) -> Opening:
    def make(sections: Sequence[Section]) -> Node:
        # Django reads every condition in the tag that opened the `if`.
        return If(tag.at, tuple(Branch(tag.at, part.test, tuple(part.body)) for part in sections))

    return Opening(make, condition(tag.words))


def _ifchanged(tag: Tag) -> Opening:
    found, problem = arguments(tag.words)
    if problem:
        raise UnreadableError(f"{{% ifchanged %}}: {problem}")
    asked = Evaluated(tag.at, found.values)

    def make(sections: Sequence[Section]) -> Node:
        return Group(tag.at, (asked, *_all(sections)))

    return Opening(make)


def _for(tag: Tag) -> Opening:
    words = list(tag.words)
    is_reversed = words[-1:] == ["reversed"]
    if is_reversed:
        words.pop()
    if len(words) < 3 or words[-2] != "in":
        raise UnreadableError("{% for %} is written {% for name in values %}")
    targets = tuple(name for name in " ".join(words[:-2]).replace(",", " ").split() if name)
    iterable = read(words[-1])
    loop = replace(tag.at, tag=f"{{% for {' '.join(tag.words)} %}}")

    def make(sections: Sequence[Section]) -> Node:
        body, empty = tuple(sections[0].body), _all(sections[1:])
        return For(tag.at, loop, targets, iterable, body, empty, is_reversed=is_reversed)

    return Opening(make)


def _with(tag: Tag) -> Opening:
    named, rest = bindings(tag.words)
    if rest or not named:
        raise UnreadableError("{% with %} is written {% with name=value %}")
    return Opening(lambda sections: With(tag.at, named, _all(sections)))


def _block(tag: Tag) -> Opening:
    if not tag.words:
        raise UnreadableError("{% block %} has no name")
    return Opening(lambda sections: Block(tag.at, tag.words[0], _all(sections)))


def _filter(tag: Tag) -> Opening:
    applied = Evaluated(tag.at, (read('""|' + "|".join(tag.words)),))
    return Opening(lambda sections: Group(tag.at, (*_all(sections), applied)))


def _partial(tag: Tag) -> Opening:
    if not tag.words:
        raise UnreadableError("{% partialdef %} has no name")
    name, inline = tag.words[0], "inline" in tag.words[1:]
    return Opening(lambda sections: PartialDefinition(tag.at, name, _all(sections), inline))


def _blocktranslate(tag: Tag) -> Opening:
    words = [word for word in tag.words if word not in ("trimmed", "with", "count", "context")]
    rest, name = target(words)
    named, rest = bindings(rest)
    more, problem = arguments(rest)
    if problem:
        raise UnreadableError(f"{{% {tag.name} %}}: {problem}")

    def make(sections: Sequence[Section]) -> Node:
        shown: Node = With(tag.at, named, (Evaluated(tag.at, more.values), *_all(sections)))
        if not name:
            return shown
        return Group(tag.at, (shown, Assign(tag.at, (name,), Literal(""))))

    return Opening(make)


MAKERS: dict[str, Callable[[Tag], Opening]] = {
    "if": _if,
    "ifchanged": _ifchanged,
    "for": _for,
    "with": _with,
    "block": _block,
    "filter": _filter,
    "partialdef": _partial,
    "blocktranslate": _blocktranslate,
    "blocktrans": _blocktranslate,
    **dict.fromkeys(["cache", "language", "timezone"], _evaluates),
    **dict.fromkeys(["autoescape", "localize", "localtime", "spaceless"], transparent),
}
_PLURAL = frozenset({"plural"})
#: The tags that begin a further part of a block.
SECTIONS = {
    "if": frozenset({"elif", "else"}),
    "ifchanged": frozenset({"else"}),
    "for": frozenset({"empty"}),
    "blocktranslate": _PLURAL,
    "blocktrans": _PLURAL,
}
