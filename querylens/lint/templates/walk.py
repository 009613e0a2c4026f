"""Walks a template as it would be rendered once, with values that stand for its variables."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from querylens.lint.templates import calls, loading
from querylens.lint.templates.binding import assign, bound_in_branches, bound_names
from querylens.lint.templates.evaluating import Evaluator
from querylens.lint.templates.expressions import Attribute, Chain, Expression, Name
from querylens.lint.templates.frames import Frame, Own, Places, Scope
from querylens.lint.templates.nodes import (
    Assign,
    Block,
    Body,
    CallBlock,
    Captured,
    Evaluated,
    For,
    Group,
    If,
    Import,
    Include,
    Macro,
    Node,
    Output,
    OwnTag,
    ParsedTemplate,
    Partial,
    PartialDefinition,
    Regroup,
    With,
    Written,
)
from querylens.lint.templates.reader import Included, Reader
from querylens.model import Place

#: Bodies, includes and macros within each other. Each takes a few of Python's frames.
_MOST_DEEP = 80
#: Tags in one walk: a page of templates that include each other many times over.
_MOST_STEPS = 20_000
#: A template or macro that calls itself is gone into once more, as a loop's second turn would.
_MOST_AT_A_TIME = 2
#: A body that is shown in one turn only.
_ONE_TURN = frozenset({"first", "last"})


def walk(
    template: ParsedTemplate,
    context: Mapping[str, object],
    reader: Reader,
    *,
    root: str = "",
    python: Place | None = None,
) -> None:
    """Reads all that a template reads of its variables, through the reader.

    `root` is the project's, from which places name their file; `python` is the line that renders
    the template.
    """
    walker = Walker(reader, Places(root, python))
    loading.show(walker, template, ChainMap(dict(context)))


class Walker:
    """One walk: what is open at the time, and how much was walked."""

    def __init__(self, reader: Reader, places: Places) -> None:
        self.reader = reader
        self._places = places
        self._depth = 0
        self._steps = 0
        self._active: list[object] = []
        self._stopped: set[str] = set()

    def on(self, frame: Frame, at: Written) -> Evaluator:
        """Evaluates the expressions of a tag."""
        return Evaluator(self.reader, frame, self._places.of(frame.template, at))

    @contextmanager
    def entered(self, key: object) -> Iterator[bool]:
        """Goes into a template, macro or part; False when that would be once too often."""
        if self._active.count(key) >= _MOST_AT_A_TIME:
            yield False
            return
        self._active.append(key)
        self._depth += 1
        yield True
        self._depth -= 1
        self._active.pop()

    def body(self, body: Body, frame: Frame) -> None:
        """Walks nodes in order. What they bind stays bound in the frame."""
        self._depth += 1
        for node in body:
            self._steps += 1
            if self._depth > _MOST_DEEP:
                self._stop("its tags are nested too deep", frame, node)
                break
            if self._steps > _MOST_STEPS:
                self._stop(f"it shows more than {_MOST_STEPS} tags", frame, node)
                break
            self._node(node, frame)
        self._depth -= 1

    def _stop(self, reason: str, frame: Frame, node: Node) -> None:
        if reason not in self._stopped:
            self._stopped.add(reason)
            self.reader.not_followed(reason, self.on(frame, node.at).at)

    def _node(self, node: Node, frame: Frame) -> None:
        on = self.on(frame, node.at)
        match node:
            case Output():
                on.show(node.value)
            case For():
                self._for(node, on)
            case If():
                self._if(node, frame)
            case With():
                names = {name: on.value(value) for name, value in node.bindings}
                self.body(node.body, frame.inner(names))
            case Group():
                self.body(node.body, frame)
            case OwnTag():
                self._own_tag(node, on)
            case _:
                self._naming(node, on)

    def _naming(self, node: Node, on: Evaluator) -> None:
        """The nodes that bind names from there on."""
        scope = on.frame.scope
        match node:
            case Assign():
                assign(on, node)
            case Captured():
                self.body(node.body, on.frame.inner())
                scope[node.name] = self.reader.unknown()
            case Evaluated():
                _evaluate(on, node)
            case Regroup():
                _regroup(on, node)
            case Macro():
                scope[node.name] = calls.macro(self, on.frame, node)
            case Import():
                calls.imported(self, on, node)
            case _:
                self._part(node, on)

    def _part(self, node: Node, on: Evaluator) -> None:
        """The nodes that lead to another template, or another part of this one.

        `extends` is read before its template is walked.
        """
        match node:
            case Include():
                loading.include(self, on, node)
            case Block():
                loading.block(self, on, node)
            case Partial(_, name):
                loading.partial(self, on, name)
            case PartialDefinition():
                if node.inline:
                    self.body(node.body, on.frame.inner())
            case CallBlock():
                calls.call_block(self, on, node)

    def _for(self, node: For, on: Evaluator) -> None:
        reader, frame, at = self.reader, on.frame, on.at
        loop = self.on(frame, node.loop).at
        iterable = on.known(node.iterable)
        if node.is_reversed:
            iterable = reader.collected(iterable, at)
        with reader.turns(iterable, at, loop, len(node.targets)) as values:
            names = bound_names(on, node.targets, values)
            state = calls.loop_state(reader, loop, values)
            names["loop" if frame.template.is_jinja else "forloop"] = state
            inner = frame.inner(names)
            if node.test is not None:
                self.on(inner, node.at).test(node.test)
            self.body(node.body, inner)
        self.body(node.empty, frame.inner())

    def _if(self, node: If, frame: Frame) -> None:
        branches: list[Scope] = []
        for branch in node.branches:
            if branch.test is not None:
                self.on(frame, branch.at).test(branch.test)
            inner = Frame(frame.template, _copied(frame.scope), frame.blocks)
            if not _in_one_turn(branch.test):
                self.body(branch.body, inner)
            branches.append(inner.scope)
        if node.branches[-1].test is not None:
            branches.append(frame.scope)
        frame.scope.update(bound_in_branches(self.reader, frame.scope, branches))

    def _own_tag(self, node: OwnTag, on: Evaluator) -> None:
        values, keywords = on.arguments(node.arguments)
        scope, template = on.frame.scope, on.frame.template
        result = self.reader.tag(
            node.name, values, keywords, on.at, template.libraries, visible(scope)
        )
        if isinstance(result, Included):
            loading.inclusion(self, on, result)
            result = self.reader.unknown()
        elif not node.target:
            self.reader.shown(result, on.at)
        if node.target:
            scope[node.target] = result
        if node.body is not None:
            self.body(node.body, on.frame)


def visible(scope: Scope) -> Mapping[str, object]:
    """The variables in sight that a reader knows."""
    return {name: value for name, value in scope.items() if not isinstance(value, Own)}


def _copied(scope: Scope) -> Scope:
    return ChainMap(dict(scope.maps[0]), *scope.maps[1:])


def _in_one_turn(test: Expression | None) -> bool:
    """Whether a test is `forloop.first` and the like."""
    if not isinstance(test, Chain) or not isinstance(test.first, Name) or len(test.steps) != 1:
        return False
    step = test.steps[0]
    is_loop = test.first.name in ("loop", "forloop")
    return is_loop and isinstance(step, Attribute) and step.name in _ONE_TURN


def _evaluate(on: Evaluator, node: Evaluated) -> None:
    values: list[object] = []
    for expression in node.values:
        value = on.known(expression)
        if node.tests:
            on.reader.tested(value, on.at)
        if node.shows:
            on.reader.shown(value, on.at)
        values.append(value)
    if node.target:
        on.frame.scope[node.target] = on.reader.unknown(*values)


def _regroup(on: Evaluator, node: Regroup) -> None:
    reader = on.reader
    rows = reader.collected(on.known(node.value), on.at)
    with reader.turns(rows, on.at, on.at, 1) as turn:
        row: Sequence[object] = turn or (reader.unknown(),)
        inner = on.frame.inner({node.item: row[0]})
        key = Evaluator(reader, inner, on.at).known(node.key)
    group = reader.mapped({"grouper": key, "list": rows})
    on.frame.scope[node.target] = reader.each(rows, group)
