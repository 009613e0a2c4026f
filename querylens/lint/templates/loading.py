"""Goes from one template into another: includes, blocks of templates that extend, parts."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from querylens.lint.templates.evaluating import Evaluator
from querylens.lint.templates.expressions import Expression, Items, Literal
from querylens.lint.templates.folders import relative_to
from querylens.lint.templates.frames import Frame, Own, Scope, Version
from querylens.lint.templates.nodes import (
    Assign,
    Block,
    Captured,
    Import,
    Include,
    Macro,
    ParsedTemplate,
    PartialDefinition,
    Written,
)
from querylens.lint.templates.reader import Included
from querylens.model import Place

if TYPE_CHECKING:
    from querylens.lint.templates.walk import Walker

_TOP = Written(1, "", "")
_MOST_PARENTS = 20
#: What a template that extends another one still does outside its blocks, in Jinja2.
_DEFINING = (Macro, Assign, Captured, Import)
_UNNAMED = "which template this is only the running program knows"


def show(walker: Walker, template: ParsedTemplate, scope: Scope, part: str = "") -> None:
    """Walks a template and those it extends; or only a part of it that `partialdef` names."""
    with walker.entered((template.file, part)) as is_entered:
        if not is_entered:
            return
        if part:
            frame = Frame(template, scope)
            partial(walker, walker.on(frame, _TOP), part)
        else:
            _show_whole(walker, template, scope)


def _show_whole(walker: Walker, template: ParsedTemplate, scope: Scope) -> None:
    """The outermost of the templates that extend each other, with the innermost blocks."""
    blocks: dict[str, list[Version]] = {}
    passed = [template]
    while True:
        for block_node in template.blocks:
            blocks.setdefault(block_node.name, []).append(Version(template, block_node))
        frame = Frame(template, scope, blocks)
        if template.extends is None:
            if template.is_jinja:
                scope["self"] = Own(_block_calls(walker, frame))
            walker.body(template.body, frame)
            return
        if template.is_jinja:
            define(walker, template, frame)
        on = walker.on(frame, template.extends.at)
        parent = named(walker, on, template.extends.template)
        if parent is None or len(passed) >= _MOST_PARENTS or _is_among(parent, passed):
            _show_blocks(walker, passed, scope, blocks)
            return
        template = parent
        passed.append(parent)


def define(walker: Walker, template: ParsedTemplate, frame: Frame) -> None:
    """Binds what a template's outermost tags define, without showing anything."""
    walker.body(tuple(node for node in template.body if isinstance(node, _DEFINING)), frame)


def _is_among(template: ParsedTemplate, passed: Sequence[ParsedTemplate]) -> bool:
    return any(other.file == template.file for other in passed)


def _show_blocks(
    walker: Walker,
    passed: Sequence[ParsedTemplate],
    scope: Scope,
    blocks: Mapping[str, Sequence[Version]],
) -> None:
    """What can be known of a page whose outermost template is not the project's."""
    shown: set[str] = set()
    for template in passed:
        frame = Frame(template, scope, blocks)
        for node in template.body:
            if isinstance(node, Block) and node.name not in shown:
                shown.add(node.name)
                block(walker, walker.on(frame, node.at), node)


def block(walker: Walker, on: Evaluator, node: Block) -> None:
    """Shows the innermost version of a block."""
    versions = on.frame.blocks.get(node.name) or [Version(on.frame.template, node)]
    _show_version(walker, on.frame, versions, 0)


def _show_version(walker: Walker, frame: Frame, versions: Sequence[Version], position: int) -> None:
    version = versions[position]

    def run(_: Sequence[object], __: Mapping[str, object], ___: Place) -> object:
        if position + 1 < len(versions):
            _show_version(walker, frame, versions, position + 1)
        return walker.reader.unknown()

    above = Own(run=run)
    names = {"super": above} if version.template.is_jinja else {"block": Own({"super": above})}
    inner = Frame(version.template, frame.scope.new_child({**names}), frame.blocks)
    with walker.entered((version.template.file, version.block.name, position)) as is_entered:
        if is_entered:
            walker.body(version.block.body, inner)


def _block_calls(walker: Walker, frame: Frame) -> dict[str, object]:
    """Jinja2's `self.name()` for each block."""

    def call(versions: Sequence[Version]) -> Own:
        def run(_: Sequence[object], __: Mapping[str, object], ___: Place) -> object:
            _show_version(walker, frame, versions, 0)
            return walker.reader.unknown()

        return Own(run=run)

    return {name: call(versions) for name, versions in frame.blocks.items()}


def include(walker: Walker, on: Evaluator, node: Include) -> None:
    """Shows another template with the variables it may see."""
    names = {name: on.value(value) for name, value in node.bindings}
    found = _named(walker, on, node.template)
    if found is not None:
        template, part = found
        scope = ChainMap(names) if node.only else on.frame.scope.new_child(names)
        show(walker, template, scope, part)


def inclusion(walker: Walker, on: Evaluator, included: Included) -> None:
    """Shows the template of an inclusion tag."""
    found = _found(walker, on, [included.template])
    if found is not None:
        show(walker, found[0], ChainMap(dict(included.context)), found[1])


def partial(walker: Walker, on: Evaluator, name: str) -> None:
    """Shows a part of the same template."""
    for definition in on.frame.template.partials:
        if definition.name == name:
            _show_part(walker, on, definition)
            return
    walker.reader.not_followed(f"there is no part {name}", on.at)


def _show_part(walker: Walker, on: Evaluator, definition: PartialDefinition) -> None:
    key = (on.frame.template.file, "part", definition.name)
    with walker.entered(key) as is_entered:
        if is_entered:
            walker.body(definition.body, on.frame.inner())


def named(walker: Walker, on: Evaluator, expression: Expression) -> ParsedTemplate | None:
    """The template that an expression names; None, and reported, when it can't be found."""
    found = _named(walker, on, expression)
    return found[0] if found else None


def _named(
    walker: Walker, on: Evaluator, expression: Expression
) -> tuple[ParsedTemplate, str] | None:
    names: list[str] = []
    parts = expression.items if isinstance(expression, Items) else (expression,)
    for part in parts:
        if isinstance(part, Literal):
            names.append(str(part.value))
        else:
            names += walker.reader.texts(on.known(part))
    return _found(walker, on, names)


def _found(
    walker: Walker, on: Evaluator, names: Sequence[str]
) -> tuple[ParsedTemplate, str] | None:
    """The first template that exists, and the part of it that stands behind `#`."""
    template = on.frame.template
    for name in names:
        whole, _, part = relative_to(name, template.name).partition("#")
        found = walker.reader.template(whole, template.file)
        if found is not None:
            return found.named(whole), part
    reason = f"the template {names[0]!r} is not the project's" if names else _UNNAMED
    walker.reader.not_followed(reason, on.at)
    return None
