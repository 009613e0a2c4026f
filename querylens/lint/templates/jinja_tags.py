"""Reads Jinja2's tags, those of its extensions, and those of projects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from querylens.lint.templates.building import Make, Section
from querylens.lint.templates.expressions import (
    Arguments,
    Chain,
    Expression,
    Literal,
    Target,
    UnreadableError,
    chain,
)
from querylens.lint.templates.jinja_expressions import Expressions
from querylens.lint.templates.nodes import (
    Assign,
    Block,
    Body,
    Branch,
    CallBlock,
    Captured,
    Evaluated,
    Extends,
    For,
    Group,
    If,
    Import,
    Include,
    Macro,
    Node,
    Output,
    OwnTag,
    With,
    Written,
)

Parameters = tuple[tuple[str, Expression | None], ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """How a block's node is made, and the condition of its first part."""

    make: Make
    test: Expression | None = None


def _all(sections: Sequence[Section]) -> Body:
    return tuple(node for section in sections for node in section.body)


def transparent(at: Written, *before: Node) -> Opening:
    """A body that is shown as it is, behind what its tag reads."""
    return Opening(lambda sections: Group(at, (*before, *_all(sections))))


def own_tag(name: str, at: Written, stream: Expressions, is_block: bool) -> Make:
    """A tag that Jinja2 does not have. What can't be read of it is left out."""
    values: list[Expression] = []
    keywords: list[tuple[str, Expression]] = []
    target = ""
    while not stream.at_end:
        try:
            if stream.takes("as"):
                target = stream.name()
            elif stream.current.kind == "name" and stream.followed_by("="):
                keyword = stream.name()
                stream.expect("=")
                keywords.append((keyword, stream.expression()))
            else:
                values.append(stream.expression())
            stream.takes(",")
        except UnreadableError:
            break
    arguments = Arguments(tuple(values), tuple(keywords))

    def make(sections: Sequence[Section]) -> Node:
        return OwnTag(at, name, arguments, target, _all(sections) if is_block else None)

    return make


def _if(stream: Expressions, at: Written) -> Opening:
    test = stream.expressions(stream.without_choice)

    def make(sections: Sequence[Section]) -> Node:
        return If(at, tuple(Branch(part.at, part.test, tuple(part.body)) for part in sections))

    return Opening(make, test)


def _for(stream: Expressions, at: Written) -> Opening:
    target = stream.target()
    stream.expect("in")
    iterable = stream.expressions(stream.without_choice)
    test = stream.expression() if stream.takes("if") else None
    stream.takes("recursive")
    targets = target if isinstance(target, tuple) else (target,)

    def make(sections: Sequence[Section]) -> Node:
        body, empty = tuple(sections[0].body), _all(sections[1:])
        return For(at, at, targets, iterable, body, empty, test)

    return Opening(make)


def _with(stream: Expressions, at: Written) -> Opening:
    bindings: list[tuple[str, Expression]] = []
    while not stream.at_end:
        if bindings:
            stream.expect(",")
        name = stream.name()
        stream.expect("=")
        bindings.append((name, stream.expression()))
    return Opening(lambda sections: With(at, tuple(bindings), _all(sections)))


def _block(stream: Expressions, at: Written) -> Opening:
    name = stream.name()
    while stream.takes("scoped") or stream.takes("required"):
        pass
    return Opening(lambda sections: Block(at, name, _all(sections)))


def _captured(stream: Expressions, at: Written) -> Opening:
    name = stream.name()
    _filters(stream)
    return Opening(lambda sections: Captured(at, name, _all(sections)))


def _filters(stream: Expressions) -> Expression:
    filters = []
    while stream.takes("|"):
        filters.append(stream.filter())
    return chain(Literal(""), [*filters])


def _filter(stream: Expressions, at: Written) -> Opening:
    first = stream.filter()
    more = _filters(stream)
    steps = [first, *(more.steps if isinstance(more, Chain) else ())]
    applied = Evaluated(at, (chain(Literal(""), steps),))
    return Opening(lambda sections: Group(at, (*_all(sections), applied)))


def _parameters(stream: Expressions) -> Parameters:
    found: list[tuple[str, Expression | None]] = []
    stream.expect("(")
    while not stream.takes(")"):
        if found:
            stream.expect(",")
            if stream.takes(")"):
                break
        name = stream.name()
        found.append((name, stream.expression() if stream.takes("=") else None))
    return tuple(found)


def _macro(stream: Expressions, at: Written) -> Opening:
    name = stream.name()
    parameters = _parameters(stream)
    return Opening(lambda sections: Macro(at, name, parameters, _all(sections)))


def _call(stream: Expressions, at: Written) -> Opening:
    parameters = _parameters(stream) if stream.at("(") else ()
    call = stream.expression()
    if not isinstance(call, Chain):
        raise UnreadableError("{% call %} is written {% call macro(…) %}")
    return Opening(lambda sections: CallBlock(at, call, parameters, _all(sections)))


def _autoescape(stream: Expressions, at: Written) -> Opening:
    return transparent(at, Evaluated(at, (stream.expression(),)))


def _translated(stream: Expressions, at: Written) -> Opening:
    bindings: list[tuple[str, Expression]] = []
    while not stream.at_end:
        if stream.current.kind == "text":
            stream.next()
        name = "" if stream.at_end or stream.at(",") else stream.name()
        if name and stream.takes("="):
            bindings.append((name, stream.expression()))
        stream.takes(",")
    return Opening(lambda sections: With(at, tuple(bindings), _all(sections)))


def _set(stream: Expressions, at: Written) -> Sequence[Node]:
    attribute = ""
    if stream.followed_by("."):
        name: Target = stream.name()
        stream.expect(".")
        attribute = stream.name()
    else:
        name = stream.target()
    stream.expect("=")
    targets = name if isinstance(name, tuple) else (name,)
    return (Assign(at, targets, stream.expressions(), attribute),)


def _include(stream: Expressions, at: Written) -> Sequence[Node]:
    template = stream.expression()
    stream.takes("ignore", "missing")
    only = stream.takes("without", "context")
    stream.takes("with", "context")
    return (Include(at, template, (), only),)


def _extends(stream: Expressions, at: Written) -> Sequence[Node]:
    return (Extends(at, stream.expression()),)


def _import(stream: Expressions, at: Written) -> Sequence[Node]:
    template = stream.expression()
    stream.expect("as")
    target = stream.name()
    return (Import(at, template, target, (), _with_context(stream)),)


def _from(stream: Expressions, at: Written) -> Sequence[Node]:
    template = stream.expression()
    stream.expect("import")
    names: list[tuple[str, str]] = []
    while not stream.at_end and not stream.at("with", "without"):
        name = stream.name()
        names.append((name, stream.name() if stream.takes("as") else name))
        stream.takes(",")
    return (Import(at, template, "", tuple(names), _with_context(stream)),)


def _with_context(stream: Expressions) -> bool:
    stream.takes("without", "context")
    return stream.takes("with", "context")


def _do(stream: Expressions, at: Written) -> Sequence[Node]:
    return (Evaluated(at, (stream.expressions(),)),)


def _print(stream: Expressions, at: Written) -> Sequence[Node]:
    return (Output(at, stream.expressions()),)


def _nothing(_: Expressions, __: Written) -> Sequence[Node]:
    return ()


MAKERS: dict[str, Callable[[Expressions, Written], Opening]] = {
    "if": _if,
    "for": _for,
    "with": _with,
    "block": _block,
    "set": _captured,
    "filter": _filter,
    "macro": _macro,
    "call": _call,
    "autoescape": _autoescape,
    "trans": _translated,
}
READERS: dict[str, Callable[[Expressions, Written], Sequence[Node]]] = {
    "set": _set,
    "include": _include,
    "extends": _extends,
    "import": _import,
    "from": _from,
    "do": _do,
    "print": _print,
    **dict.fromkeys(["break", "continue", "debug"], _nothing),
}
#: The tags that begin a further part of a block.
SECTIONS = {
    "if": frozenset({"elif", "else"}),
    "for": frozenset({"else"}),
    "trans": frozenset({"pluralize"}),
}
