"""The one loop around a question, and what can be known before its first turn."""

from __future__ import annotations

import ast
import itertools
import keyword
from dataclasses import dataclass

from querylens import source
from querylens.model import QueryGroup
from querylens.rewrite.nodes import node_at
from querylens.rewrite.statements import (
    enclosing_statement,
    free_name,
    names_bound,
    names_read,
    source_of,
    stands_alone,
    written_anew,
)
from querylens.source import Module, name_of

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_BRANCHES = (ast.If, ast.Try, ast.Continue, ast.Break, ast.Return, ast.Match)
_WRITES = frozenset(
    {"save", "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update"}
    | {"update", "delete", "add", "set", "remove", "clear", "execute", "executemany"}
)


@dataclass(frozen=True)
class Turns:
    """A `for` or a comprehension that asks in each turn, and the statement that it is in."""

    module: Module
    question: ast.expr
    statement: ast.stmt
    target: ast.expr
    walked: ast.expr

    @property
    def bound(self) -> set[str]:
        """The names that each turn binds."""
        return names_bound(self.target)

    def is_settled(self, *nodes: ast.AST) -> bool:
        """Whether expressions are the same in all turns, and can be had before the first."""
        inside = names_bound(self.statement) - self._assigned
        return all(names_read(node).isdisjoint(inside) and not _acts(node) for node in nodes)

    @property
    def _assigned(self) -> set[str]:
        if isinstance(self.statement, ast.Assign):
            return set().union(*map(names_bound, self.statement.targets))
        return set()

    def is_known_early(self, key: ast.expr) -> bool:
        """Whether what a turn asks about can be read from the row, key or pair that it is given."""
        if names_read(key) & self._bound_again:
            return False
        if isinstance(key, ast.Name):
            return key.id in self.bound
        if not isinstance(key, (ast.Attribute, ast.Subscript)) or self._may_skip:
            return False
        if isinstance(key, ast.Subscript) and not isinstance(key.slice, ast.Constant):
            return False
        return isinstance(key.value, ast.Name) and key.value.id in self.bound

    @property
    def _bound_again(self) -> set[str]:
        """The names that a turn gives another value than it was given."""
        inside = getattr(self.statement, "body", [])
        named = [
            item.target for item in ast.walk(self.statement) if isinstance(item, ast.NamedExpr)
        ]
        return set().union(*map(names_bound, [*inside, *named]))

    @property
    def _may_skip(self) -> bool:
        """Whether some turns may not get as far as the question."""
        loop = self.statement
        if not isinstance(loop, ast.For):
            return any(
                generator.ifs
                for item in ast.walk(loop)
                if isinstance(item, _COMPREHENSIONS)
                for generator in item.generators
            )
        before = list(itertools.takewhile(lambda item: not self._asks_in(item), loop.body))
        asks = loop.body[len(before)]
        branches = [inner for item in before for inner in ast.walk(item)]
        return any(isinstance(item, _BRANCHES) for item in branches) or (
            isinstance(asks, _BRANCHES) and not _is_in_test(asks, self.question)
        )

    def _asks_in(self, statement: ast.stmt) -> bool:
        return any(item is self.question for item in ast.walk(statement))

    def written(self, before: list[str], answer: str, rows: str) -> str:
        """The statement with lines before it and the answer in place of the question."""
        return self._with(before, self.question, answer, rows)

    def written_with_test(self, before: list[str], value: str, values: str, rows: str) -> str:
        """The same with the answer whether a value is among others."""
        parent = self.module.parents.get(self.question)
        if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not):
            return self._with(before, parent, f"{value} not in {values}", rows)
        test = f"{value} in {values}"
        binds_closer = isinstance(parent, (ast.Compare, ast.BinOp, ast.Attribute, ast.Subscript))
        is_signed = isinstance(parent, ast.UnaryOp)
        answer = f"({test})" if binds_closer or is_signed else test
        return self._with(before, self.question, answer, rows)

    def _with(self, before: list[str], replaced: ast.expr, answer: str, rows: str) -> str:
        places = [(self.walked, rows), (replaced, answer)]
        parts = [(span, text) for node, text in places if (span := source.span_of(node))]
        return "\n".join([*before, written_anew(self.module, self.statement, parts)])

    def kept(self) -> tuple[str, str]:
        """A name for all that the loop walks over, and the line that keeps it."""
        wanted = f"{self.target.id}s" if isinstance(self.target, ast.Name) else "rows"
        wanted = "rows" if keyword.iskeyword(wanted) else wanted
        name = free_name(self.module, wanted)
        if name != wanted:
            name = free_name(self.module, f"all_{wanted}")
        text = source_of(self.module, self.walked)
        is_list = isinstance(self.walked, ast.Call) and name_of(self.walked.func) == "list"
        return name, f"{name} = {text}" if is_list else f"{name} = list({text})"


def turns_around(module: Module, question: ast.expr) -> Turns | None:
    """The only loop around a question in its function; None when there are others, or none."""
    loops: list[ast.AST] = []
    child: ast.AST = question
    parent = module.parents.get(child)
    while parent is not None and not isinstance(parent, _FUNCTIONS):
        if isinstance(parent, ast.While) or _asks_in_turns(parent, child):
            loops.append(parent)
        elif isinstance(parent, ast.comprehension) and child in parent.ifs:
            # Its comprehension comes next, and does not see which part of it asks.
            loops.append(module.parents[parent])
        child, parent = parent, module.parents.get(parent)
    statement = enclosing_statement(module, loops[0]) if len(loops) == 1 else None
    if statement is None or not _can_be_written(module, statement):
        return None
    return _turns(module, question, statement, loops[0])


def _asks_in_turns(parent: ast.AST, child: ast.AST) -> bool:
    if isinstance(parent, (ast.For, ast.AsyncFor)):
        return child in parent.body
    return isinstance(parent, _COMPREHENSIONS) and not isinstance(child, ast.comprehension)


def _turns(module: Module, question: ast.expr, statement: ast.stmt, loop: ast.AST) -> Turns | None:
    if isinstance(loop, ast.For):
        return Turns(module, question, statement, loop.target, loop.iter)
    if not isinstance(loop, _COMPREHENSIONS) or len(loop.generators) != 1:
        return None
    generator = loop.generators[0]
    simple = isinstance(statement, (ast.Expr, ast.Assign, ast.Return))
    if generator.is_async or not simple:
        return None
    return Turns(module, question, statement, generator.target, generator.iter)


def _can_be_written(module: Module, statement: ast.stmt) -> bool:
    """Whether the statement's lines can be typed again, and it writes nothing to the database."""
    lines = module.lines[statement.lineno - 1 : statement.end_lineno]
    if any('"""' in line or "'''" in line or line.rstrip().endswith("\\") for line in lines):
        return False
    calls = (item for item in ast.walk(statement) if isinstance(item, ast.Call))
    writes = any(
        isinstance(item.func, ast.Attribute) and item.func.attr.removeprefix("a") in _WRITES
        for item in calls
    )
    return stands_alone(module, statement) and not writes


def _is_in_test(statement: ast.stmt, question: ast.expr) -> bool:
    return isinstance(statement, ast.If) and any(
        item is question for item in ast.walk(statement.test)
    )


def _acts(node: ast.AST) -> bool:
    """Whether an expression may do more than read: it awaits, binds, or calls a function."""
    return any(
        isinstance(item, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Lambda))
        for item in ast.walk(node)
    )


def ends_loop(group: QueryGroup) -> bool:
    """Whether the answer to a question ends its `while`: then each turn needs the one before."""
    found = node_at(group.call_site) if group.call_site else None
    if found is None:
        return False
    module, child = found
    parent = module.parents.get(child)
    while isinstance(parent, ast.expr):
        child, parent = parent, module.parents.get(parent)
    return isinstance(parent, ast.While) and parent.test is child


def is_bounded(group: QueryGroup) -> bool:
    """Whether the loop walks over values that stand in the source: their number never grows."""
    found = node_at(group.loop) if group.loop else None
    loop = found[1] if found else None
    walked = loop.iter if isinstance(loop, ast.For) else None
    if isinstance(loop, _COMPREHENSIONS) and len(loop.generators) == 1:
        walked = loop.generators[0].iter
    values = getattr(walked, "elts", None)
    return bool(values) and all(not isinstance(item, ast.Starred) for item in values or ())
