"""Jinja2's macros, call blocks, imports and loops as values."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from querylens.lint.templates import loading
from querylens.lint.templates.evaluating import Evaluator
from querylens.lint.templates.expressions import Call, Expression
from querylens.lint.templates.frames import Frame, Own
from querylens.lint.templates.nodes import (
    Body,
    CallBlock,
    Import,
    Macro,
    Written,
)
from querylens.lint.templates.reader import Reader
from querylens.model import Place

if TYPE_CHECKING:
    from querylens.lint.templates.walk import Walker

Parameters = Sequence[tuple[str, Expression | None]]


def macro(walker: Walker, frame: Frame, node: Macro) -> Own:
    """A macro: a call walks its body."""
    return _function(walker, frame, node.at, node.parameters, node.body)


def _function(
    walker: Walker, frame: Frame, written: Written, parameters: Parameters, body: Body
) -> Own:
    def run(arguments: Sequence[object], keywords: Mapping[str, object], _: Place) -> object:
        with walker.entered((frame.template.file, written)) as is_entered:
            if is_entered:
                inner = frame.inner({"caller": keywords.get("caller", walker.reader.unknown())})
                _bind(walker.on(inner, written), parameters, arguments, keywords)
                walker.body(body, inner)
        return walker.reader.unknown(*arguments)

    return Own(run=run)


def _bind(
    on: Evaluator,
    parameters: Parameters,
    arguments: Sequence[object],
    keywords: Mapping[str, object],
) -> None:
    for position, (name, default) in enumerate(parameters):
        if position < len(arguments):
            value = arguments[position]
        elif name in keywords:
            value = keywords[name]
        else:
            value = on.reader.unknown() if default is None else on.value(default)
        on.frame.scope[name] = value


def call_block(walker: Walker, on: Evaluator, node: CallBlock) -> None:
    """Calls a macro that may call the body back."""
    *before, last = node.call.steps
    callee = on.chain(node.call.first, before)
    if not isinstance(last, Call):
        return
    values, keywords = on.arguments(last.arguments)
    caller = _function(walker, on.frame, node.at, node.parameters, node.body)
    if isinstance(callee, Own):
        on.call(callee, values, {**keywords, "caller": caller})
    else:
        on.call(callee, values, keywords)
        on.call(caller, (), {})


def imported(walker: Walker, on: Evaluator, node: Import) -> None:
    """Binds what another template defines."""
    reader, scope = walker.reader, on.frame.scope
    module = Own()
    found = loading.named(walker, on, node.template)
    if found is not None:
        with walker.entered(("import", found.file)) as is_entered:
            if is_entered:
                outer = scope if node.with_context else ChainMap[str, object]()
                frame = Frame(found, outer.new_child())
                loading.define(walker, found, frame)
                module = Own(dict(frame.scope.maps[0]))
    if node.target:
        scope[node.target] = module
    for name, alias in node.names:
        scope[alias] = module.names[name] if name in module.names else reader.unknown()


def loop_state(reader: Reader, loop: Place, values: Sequence[object]) -> Own:
    """`loop` and `forloop`: `loop(rows)` loops over further rows in the same way."""

    def again(arguments: Sequence[object], _: Mapping[str, object], at: Place) -> object:
        for rows in arguments[:1]:
            with reader.turns(rows, at, loop, 1):
                pass
        return reader.unknown()

    def one_of(arguments: Sequence[object], _: Mapping[str, object], __: Place) -> object:
        return reader.either(*arguments) if arguments else reader.unknown()

    def changed(_: Sequence[object], __: Mapping[str, object], ___: Place) -> object:
        return reader.unknown()

    row = values[0] if len(values) == 1 else reader.unknown()
    names = {"previtem": row, "nextitem": row, "cycle": Own(run=one_of)}
    return Own({**names, "changed": Own(run=changed)}, run=again)
