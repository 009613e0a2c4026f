"""Reads code as if it ran: what each name holds, and what would be sent on the way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from querylens import source
from querylens.lint import attributes, calls, expressions, rows, template_values
from querylens.lint.loops import Loop
from querylens.lint.modules import Function, Module
from querylens.lint.project import Defined, External, Meaning
from querylens.lint.scope import At, Scope, Where
from querylens.lint.sending import Sent
from querylens.lint.templates import ParsedTemplate, parse, walk
from querylens.lint.values import (
    STILL,
    Built,
    ClassValue,
    ExternalValue,
    FunctionValue,
    ModelValue,
    ModuleValue,
    QuerySetValue,
    Row,
    Turns,
    Value,
)
from querylens.lint.versions import template_dependency
from querylens.lint.world import World
from querylens.model import Cause, Place
from querylens.places import place_at

#: Calls inside calls, and expressions, that are followed for one function before it is given up.
_MOST_CALLS = 8
#: So many calls may stand between a loop and what it sends: further away, nobody would look for it
#: in the loop, and what is written there has its own reasons.
_FARTHEST_READ = 4
_FARTHEST: dict[str, int] = {
    **dict.fromkeys(("lookup", "aggregate", "raw", "prefetch"), 2),
    **dict.fromkeys(("insert", "update", "delete", "relation_write"), 1),
}
_MOST_STEPS = 6_000
#: Loops in loops that are written out, each with its turns.
_MOST_NESTED = 3
_OF_SETS = frozenset({"reverse", "many_to_many", "generic", "aggregate"})


def _is_of_set(cause: Cause) -> bool:
    """Whether a query reads what a prefetch would bring."""
    return not cause.to_one and bool(cause.relation) and cause.kind in _OF_SETS


def _is_of_many(row: Row, loop: Loop) -> bool:
    """Whether a row was fetched outside of the loop whose turns it differs in."""
    loaded_by = row.state.loaded_by
    return not (isinstance(loaded_by, Sent) and loaded_by.loop is loop)


class Reader:
    """Reads one function, and what it calls."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.models = world.models
        self.loops: list[Loop] = []
        self.sent: list[Sent] = []
        self.open_functions: list[Function | ast.Lambda] = []
        #: Names of modules and templates whose content what was found depends on.
        self.looked_at: set[str] = set()
        self.not_followed: list[tuple[Place, str]] = []
        #: Rows that were looked up, to be compared with what attributes keep.
        self.lookups: list[tuple[Sent, QuerySetValue]] = []
        self._user: Row | None = None
        self._globals: dict[tuple[str, str], Value] = {}
        self._steps = 0

    def begin(self) -> None:
        """Forgets what was sent, for the next function."""
        self.sent, self.loops, self.open_functions, self.lookups = [], [], [], []
        self._steps = 0
        self._user = None

    @property
    def user(self) -> Value:
        """The user of a request: one row, however often it is asked for."""
        model = self.models.user_model
        if self._user is None and model is not None:
            self._user = rows.handed_in(model)
        return self._user or Value()

    @property
    def is_tired(self) -> bool:
        """Whether a function leads to so much code that it is followed no further."""
        return self._steps > _MOST_STEPS

    @property
    def is_deep(self) -> bool:
        """Whether so many calls are open that no further one is followed."""
        return self.is_tired or len(self.open_functions) >= _MOST_CALLS

    def evaluate(self, node: ast.expr, scope: Scope) -> Value:
        """What an expression holds."""
        self._steps += 1
        return expressions.evaluate(self, node, scope)

    def peek(self, node: ast.expr, scope: Scope) -> Value:
        """What a name or a call of `hasattr` holds, without asking anything again."""
        if isinstance(node, ast.Name):
            return scope.named(node.id) or Value()
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            return Value()
        is_asked_again = node.func.id in ("hasattr", "isinstance")
        return self.evaluate(node, scope) if is_asked_again else Value()

    def call(
        self, function: Value, arguments: list[Value], keywords: dict[str, Value], where: Where
    ) -> Value:
        """What a call gives."""
        return calls.call(self, function, arguments, keywords, where)

    def attribute(self, value: Value, name: str, where: Where) -> Value:
        """What an attribute holds."""
        return attributes.attribute(self, value, name, where)

    def global_value(self, module: Module, name: str) -> Value:
        """What a name of a module holds."""
        key = (module.name, name)
        known = self._globals.get(key)
        if known is None:
            self._globals[key] = Value()
            known = self._globals[key] = self.value_of(self.world.project.meaning(module, name))
        return known.but() if isinstance(known, QuerySetValue) else known

    def value_of(self, meaning: Meaning | None) -> Value:
        """What a name of the project stands for, as a value."""
        if isinstance(meaning, Module):
            return ModuleValue(module=meaning)
        if isinstance(meaning, External):
            model = self.models.of_meaning(meaning)
            return ModelValue(model=model) if model else ExternalValue(name=meaning.name)
        if meaning is None:
            return Value()
        self.looked_at.add(meaning.module.name)
        if isinstance(meaning.node, ast.ClassDef):
            model = self.models.of_meaning(meaning)
            return ModelValue(model=model) if model else ClassValue(defined=meaning)
        if isinstance(meaning.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return self.function(meaning)
        loops, self.loops = self.loops, []
        try:
            return self.evaluate(meaning.node, Scope(meaning.module))
        finally:
            self.loops = loops

    def function(self, defined: Defined, owner: ClassValue | None = None) -> FunctionValue:
        """A function of the project as a value."""
        node = defined.node
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        name = node.name
        if owner is not None and isinstance(owner.defined.node, ast.ClassDef):
            name = f"{owner.defined.node.name}.{name}"
        return FunctionValue(module=defined.module, node=node, name=name, owner=owner)

    @contextmanager
    def turning(self, loop: Loop) -> Iterator[None]:
        """Reads the body of a loop."""
        loop.number = len(self.sent)
        loop.depth = len(self.open_functions)
        self.loops.append(loop)
        try:
            yield
        finally:
            self.loops.pop()

    @property
    def all_turns(self) -> Turns:
        """The loops over rows or values that are being read: a `while` may wait, or try again."""
        return frozenset(loop for loop in self.loops if loop.kind != "while")

    def loop_of(self, turns: Turns, any_loop: bool = False) -> Loop | None:
        """The innermost loop that something differs in."""
        for loop in reversed(self.loops):
            if loop in turns or (any_loop and loop.kind != "while"):
                return loop
        return None

    def send(
        self,
        cause: Cause,
        where: Where,
        turns: Turns = STILL,
        *,
        statement: str = "select",
        row: Row | None = None,
        built: Built | None = None,
        any_loop: bool = False,
        is_batch: bool = False,
        sql: str = "",
        through: str = "django/db/models/query.py",
        columns: tuple[str, ...] = (),
    ) -> Sent:
        """Notes a query, once for each turn of the loop that it differs in."""
        loop = self.loop_of(turns, any_loop)
        if loop is not None and row is not None and row.state.is_alone and _is_of_set(cause):
            # Nothing can be brought along for a row that each turn looks up: that is told itself.
            loop = loop if _is_of_many(row, loop) else None
        distance = 0 if loop is None else len(self.open_functions) - loop.depth
        if loop is not None and loop.searches and cause.kind in ("lookup", "aggregate"):
            loop = None
        elif loop is not None and distance > _FARTHEST.get(cause.kind, _FARTHEST_READ):
            self.give_up(where, "the loop around it is too many calls away")
            loop = None
        state = row.state if row is not None else None
        origin = state.built if state is not None else None
        sent = Sent(
            number=len(self.sent),
            cause=cause,
            statement=statement,
            call_site=self.place(where),
            loop=loop,
            nesting=min(self.loops.index(loop) + 1, _MOST_NESTED) if loop else 0,
            begins=self.loops[0].number if self.loops else 0,
            origin=self.built_place(origin) if origin else state.fetched_in if state else None,
            built_at=self.built_place(built) if built else None,
            parent=state.loaded_by if state is not None else None,
            row=state,
            distance=distance,
            is_row_of_turn=row is not None and loop in row.turns,
            is_batch=is_batch,
            sql=sql,
            through=through,
            columns=columns,
            hint=(state.hint if state is not None else "") or (loop.hint if loop else ""),
        )
        self.sent.append(sent)
        return sent

    def forget(self, sent: Sent | None) -> None:
        """Takes back what was taken for a query."""
        if sent is not None and sent in self.sent:
            self.sent.remove(sent)

    def note_lookup(self, sent: Sent, rows: QuerySetValue) -> None:
        """Remembers a row that is looked up by itself."""
        if sent.loop is None and len(rows.conditions) == len(rows.compared) == 1:
            self.lookups.append((sent, rows))

    def place(self, where: Where) -> Place:
        """The place of something that happens."""
        if isinstance(where, Place):
            return where
        return self._node_place(where.scope.module, where.node, where.scope.function)

    def loop_place(self, where: At) -> Place:
        """The place of a loop: the whole of it, shown by its first line."""
        place = self.place(where)
        return replace(place, code=place.code.splitlines()[0] if place.code else "")

    def built_place(self, built: Built) -> Place:
        """Where a queryset was built: its whole chain, up to where a method can be typed behind."""
        module, span = built.module, source.span_of(built.node)
        assert span is not None
        chain = source.chain(module.path, span) or span
        root = self.world.root
        return place_at(module.path, chain, built.function, root, whole_statement=True)

    def _node_place(self, module: Module, node: ast.expr | ast.stmt, function: str) -> Place:
        span = source.span_of(node)
        assert span is not None
        return place_at(module.path, span, function, self.world.root)

    def template(self, name: str, asking: str) -> ParsedTemplate | None:
        """The template of a name; None when the project has none."""
        world = self.world
        path = world.templates.find(name, asking) if world.templates else None
        self.looked_at.add(template_dependency(name))
        if path is None:
            return None
        if path not in world.parsed:
            text = world.read_text(path)
            world.parsed[path] = parse(text, name, path) if text is not None else None
        return world.parsed[path]

    def show(
        self, name: str, context: dict[str, Value], where: Where, python: Place | None = None
    ) -> None:
        """Reads all that a template reads of what it is given."""
        asking = where.scope.module.path if isinstance(where, At) else where.path
        found = self.template(name, asking)
        if found is not None and not self.is_deep:
            values = template_values.TemplateValues(self)
            walk(found, context, values, root=self.world.root, python=python)

    def give_up(self, where: Where, reason: str) -> Value:
        """Notes what can't be followed."""
        self.not_followed.append((self.place(where), reason))
        return Value(self.all_turns)
