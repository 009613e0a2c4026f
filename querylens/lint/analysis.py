"""Reads one module: every function of it that may send queries in a loop, and what it finds."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from querylens.config import Config
from querylens.engine import rules
from querylens.lint import admin, beside, choice_fields, classes, views
from querylens.lint.linted import LINT_CODES
from querylens.lint.modules import Function, Module
from querylens.lint.problems import Problem, too_deep
from querylens.lint.project import Defined
from querylens.lint.reader import Reader
from querylens.lint.results import key_of
from querylens.lint.scope import At, Scope
from querylens.lint.sending import Sent, trace_of
from querylens.lint.values import (
    ClassValue,
    ExternalValue,
    FunctionValue,
    Loads,
    ModelValue,
    ObjectValue,
    QuerySetValue,
    Row,
    RowState,
    Value,
)
from querylens.model import Finding, Place
from querylens.rewrite.origins import UNSEEN

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_REPEATS = (
    *(ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp),
    *(ast.GeneratorExp, ast.Call),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A function that is read by itself: as somebody may call it."""

    function: FunctionValue
    kind: ClassValue | None = None


def entries(module: Module) -> Iterator[Entry]:
    """The functions and methods of a module that may repeat something."""
    for statement in module.tree.body:
        yield from _entries_of(module, statement)


def _entries_of(module: Module, node: ast.stmt) -> Iterator[Entry]:
    if isinstance(node, _FUNCTIONS) and _may_repeat(node):
        yield Entry(FunctionValue(module=module, node=node, name=node.name))
    elif isinstance(node, ast.ClassDef):
        kind = ClassValue(defined=Defined(module, node))
        for item in node.body:
            if isinstance(item, _FUNCTIONS) and _may_repeat(item):
                name = f"{node.name}.{item.name}"
                function = FunctionValue(module=module, node=item, name=name, owner=kind)
                yield Entry(function, kind)
    elif isinstance(node, (ast.If, ast.Try)):
        for item in [*node.body, *node.orelse]:
            yield from _entries_of(module, item)


def _may_repeat(node: Function) -> bool:
    return any(isinstance(item, _REPEATS) for item in ast.walk(node))


def read_entry(reader: Reader, entry: Entry) -> list[Sent]:
    """What a function sends, called by somebody of whom nothing is known."""
    reader.begin()
    function = entry.function
    bound = _bound(reader, entry) if entry.kind is not None else None
    node = function.node
    assert isinstance(node, _FUNCTIONS)
    where = At(Scope(function.module, function.name), node)
    if bound is not None and "staticmethod" not in classes.decorated(node):
        function.bound = classes.class_of(bound) if _is_of_class(node) else bound
    reader.sent = []
    reader.call(function, [], {"": Value(), **_handed_in(reader, entry)}, where)
    beside.compare(reader)
    if reader.is_tired:
        reader.not_followed.append((reader.loop_place(where), "it leads to too much code"))
    return reader.sent


def _is_of_class(node: Function) -> bool:
    return "classmethod" in classes.decorated(node)


def _bound(reader: Reader, entry: Entry) -> Value | None:
    """What a method is called on."""
    kind = entry.kind
    assert kind is not None
    value = reader.value_of(kind.defined)
    if isinstance(value, ModelValue):
        return Row(state=RowState(value.model, is_alone=True))
    manager = reader.world.model_of_manager(kind.defined)
    if manager is not None:
        return QuerySetValue(model=manager, loads=Loads(is_unsure=True))
    made = ObjectValue(of=kind)
    begin = classes.find(reader, kind, "__init__")
    if begin is not None and begin[0].node is not entry.function.node:
        function = classes.bound_function(reader, *begin, made)
        where = At(Scope(kind.defined.module), _as_statement(begin[0]))
        reader.call(function, [], {"": Value()}, where)
    return made


def _as_statement(defined: Defined) -> ast.stmt:
    assert isinstance(defined.node, ast.stmt)
    return defined.node


def _handed_in(reader: Reader, entry: Entry) -> dict[str, Value]:
    """Parameters that a framework gives a value of a known kind."""
    given: dict[str, Value] = {}
    names = {item.arg for item in entry.function.node.args.args}
    if "request" in names:
        given["request"] = ExternalValue(name="django.http.request")
    if entry.kind is not None and "queryset" in names and admin.is_admin(reader, entry.kind):
        given |= admin.action_rows(reader, entry.kind, entry.function)
    return given


def read_class(reader: Reader, defined: Defined) -> list[Sent]:
    """What a framework does with a class of the project."""
    reader.begin()
    kind = ClassValue(defined=defined)
    node = defined.node
    assert isinstance(node, ast.ClassDef)
    where = At(Scope(defined.module, node.name), node)
    if admin.is_admin(reader, kind):
        admin.read_admin(reader, kind, where)
    elif classes.is_a(reader, kind, *views.LISTS, *views.DETAILS):
        views.read_list_view(reader, kind, where)
    elif classes.is_a(reader, kind, *views.API_LISTS):
        views.read_api_view(reader, kind, where)
    elif classes.is_a(reader, kind, "Form", "ModelForm", "BaseForm"):
        choice_fields.read_choices(reader, kind)
    return reader.sent


def findings_of(sent: Iterable[Sent], name: str, config: Config) -> Iterator[Finding]:
    """What the rules say of what would be sent."""
    items = list(sent)
    if not any(item.loop or item.beside for item in items):
        return
    trace = trace_of(items, name)
    for rule in rules(config):
        if rule.info.code in LINT_CODES:
            for finding in rule.check(trace):
                yield _with_hint(finding, items)


def _with_hint(finding: Finding, sent: Sequence[Sent]) -> Finding:
    """Says what to do about rows that a framework fetches, where nothing can be typed."""
    hint = next((i.hint for i in sent if i.hint and i.call_site == finding.call_site), "")
    if not hint or finding.origin is not None or finding.fix.at is not None:
        return finding
    caveats = tuple(item for item in finding.fix.caveats if item != UNSEEN)
    return replace(finding, fix=replace(finding.fix, caveats=(hint, *caveats)))


@dataclass(frozen=True, slots=True)
class Analysis:
    """What one module holds, and the modules that it was found in."""

    findings: tuple[Finding, ...]
    not_followed: tuple[tuple[Place, str], ...]
    looked_at: frozenset[str]
    problems: tuple[Problem, ...]


def analyse(reader: Reader, module: Module, config: Config) -> Analysis:
    """Reads every function and class of a module."""
    reader.looked_at = {module.name}
    reader.not_followed = []
    found: dict[tuple[object, ...], Finding] = {}
    problems = []
    for name, line, read in _readings(reader, module):
        try:
            for finding in findings_of(read(), name, config):
                found.setdefault(key_of(finding), finding)
        except RecursionError:
            problems.append(too_deep(module.file, line))
    return Analysis(
        tuple(found.values()),
        tuple(reader.not_followed),
        frozenset(reader.looked_at),
        tuple(problems),
    )


def _readings(
    reader: Reader, module: Module
) -> Iterator[tuple[str, int, Callable[[], list[Sent]]]]:
    """What is read by itself: its name, its line, and what reads it."""
    for entry in entries(module):
        node = entry.function.node
        yield entry.function.name, node.lineno, partial(read_entry, reader, entry)
    for statement in module.tree.body:
        if isinstance(statement, ast.ClassDef):
            read = partial(read_class, reader, Defined(module, statement))
            yield statement.name, statement.lineno, read
