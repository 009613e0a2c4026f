"""Reads Django's tags that have no body, and those of projects and libraries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from querylens.lint.templates.django_expressions import keyword, read, shown
from querylens.lint.templates.expressions import (
    Arguments,
    Expression,
    UnreadableError,
)
from querylens.lint.templates.nodes import (
    Evaluated,
    Extends,
    Include,
    Node,
    OwnTag,
    Partial,
    Regroup,
    Written,
)

#: Words that tags write between their arguments.
_BETWEEN = frozenset({"as", "by", "for", "from", "in", "with", "on", "and", "or", "not", "noop"})


@dataclass(frozen=True, slots=True)
class Tag:
    """`{% name words… %}`."""

    name: str
    words: Sequence[str]
    at: Written


def libraries(tag: Tag) -> Sequence[str]:
    """The names that `{% load %}` loads: the last word of `load a b from library`."""
    return tag.words[-1:] if "from" in tag.words else tag.words


def target(words: Sequence[str]) -> tuple[Sequence[str], str]:
    """A tag's words without its last two, `as name`, and that name."""
    if len(words) >= 2 and words[-2] in ("as", "asvar"):
        return words[:-2], words[-1]
    return words, ""


def arguments(words: Sequence[str]) -> tuple[Arguments, str]:
    """The values among a tag's words, and what was wrong with the first that can't be read."""
    values: list[Expression] = []
    keywords: list[tuple[str, Expression]] = []
    problem = ""
    for word in words:
        if word in _BETWEEN:
            continue
        try:
            named = keyword(word)
            if named is not None:
                keywords.append(named)
            else:
                values.append(read(word))
        except UnreadableError as error:
            problem = problem or str(error)
    return Arguments(tuple(values), tuple(keywords)), problem


def bindings(words: Sequence[str]) -> tuple[tuple[tuple[str, Expression], ...], Sequence[str]]:
    """`a=b c=d` or `b as a and d as c` at the start of words, and the words behind them."""
    found: list[tuple[str, Expression]] = []
    position = 0
    while position < len(words):
        named = keyword(words[position])
        if named is not None:
            found.append(named)
            position += 1
        elif words[position + 1 : position + 2] == ["as"] and position + 2 < len(words):
            found.append((words[position + 2], read(words[position])))
            position += 3
            if words[position : position + 1] == ["and"]:
                position += 1
        else:
            break
    return tuple(found), words[position:]


def own_tag(tag: Tag) -> OwnTag:
    """A tag that Django does not have. What can't be read of its words is left out."""
    rest, name = target(tag.words)
    return OwnTag(tag.at, tag.name, arguments(rest)[0], name)


def _evaluated(tag: Tag, tests: bool = False, shows: bool = False) -> Node:
    rest, name = target(tag.words)
    found, problem = arguments(rest)
    if problem:
        raise UnreadableError(f"{{% {tag.name} %}}: {problem}")
    values = (*found.values, *(value for _, value in found.keywords))
    return Evaluated(tag.at, values, name, tests, shows)


def _cycle(tag: Tag) -> Node:
    words = [word for word in tag.words if word != "silent"]
    return _evaluated(Tag(tag.name, words, tag.at), shows=True)


def _translate(tag: Tag) -> Node:
    words = [word for word in tag.words if word not in ("context", "noop")]
    return _evaluated(Tag(tag.name, words, tag.at))


def _names_only(tag: Tag) -> Node:
    """A tag whose words are no values: `{% get_current_language as LANGUAGE %}`."""
    return Evaluated(tag.at, (), target(tag.words)[1])


def _nothing(_: Tag) -> None:
    return None


def _include(tag: Tag) -> Node:
    if not tag.words:
        raise UnreadableError("{% include %} names no template")
    template, rest = read(tag.words[0]), list(tag.words[1:])
    only = "only" in rest
    rest = [word for word in rest if word not in ("only", "with")]
    named, unread = bindings(rest)
    if unread:
        raise UnreadableError(
            f"{{% include %}} has {shown(unread[0])} where name=value should stand"
        )
    return Include(tag.at, template, named, only)


def _extends(tag: Tag) -> Node:
    if not tag.words:
        raise UnreadableError("{% extends %} names no template")
    return Extends(tag.at, read(tag.words[0]))


def _partial(tag: Tag) -> Node:
    if not tag.words:
        raise UnreadableError("{% partial %} names no part")
    return Partial(tag.at, tag.words[0].strip("\"'"))


def _regroup(tag: Tag) -> Node:
    words = tag.words
    if len(words) != 5 or words[1] != "by" or words[3] != "as":
        raise UnreadableError("{% regroup %} is written {% regroup rows by attribute as name %}")
    item = f"{words[4]}.{words[2]}"
    return Regroup(tag.at, read(words[0]), words[4], read(item), words[4])


READERS: dict[str, Callable[[Tag], Node | None]] = {
    "include": _include,
    "extends": _extends,
    "partial": _partial,
    "regroup": _regroup,
    "cycle": _cycle,
    "firstof": partial(_evaluated, tests=True, shows=True),
    "translate": _translate,
    "trans": _translate,
    **dict.fromkeys(["url", "static", "widthratio", "now", "querystring"], _evaluated),
    **dict.fromkeys(
        [
            "get_available_languages",
            "get_current_language",
            "get_current_language_bidi",
            "get_current_timezone",
            "get_language_info",
            "get_language_info_list",
            "get_media_prefix",
            "get_static_prefix",
        ],
        _names_only,
    ),
    **dict.fromkeys(["csrf_token", "debug", "lorem", "templatetag", "resetcycle"], _nothing),
}
