"""A call that a loop makes in every turn: its place in the loop, and the loop without it.

The call leaves the loop: what it was made with is gathered in the turns, and one call behind the
outermost loop does the work of all. That is only certain where nothing ends the loop early, waits
for the call's result or catches its exceptions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from querylens.model import Place, QueryGroup
from querylens.rewrite.nodes import node_at
from querylens.rewrite.statements import enclosing_statement, names_read, source_of, stands_alone
from querylens.rewrite.writes.names import scope_of
from querylens.source import Module, name_of

Loop = ast.For | ast.AsyncFor | ast.While

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_ENDINGS = (ast.Return, ast.Raise, ast.Yield, ast.YieldFrom)
_ORM = ("django/db/", "django/contrib/contenttypes/", "asgiref/sync.py")


@dataclass(frozen=True)
class Turn:
    """A call in a loop; `whole` has its `await` too. The innermost loop comes first."""

    module: Module
    place: Place
    call: ast.Call
    whole: ast.expr
    statement: ast.stmt
    loops: tuple[Loop, ...]

    @property
    def outermost(self) -> Loop:
        return self.loops[-1]

    @property
    def receiver(self) -> ast.expr:
        """What the method is called on."""
        assert isinstance(self.call.func, ast.Attribute)
        return self.call.func.value

    @property
    def awaits(self) -> str:
        return "await " if isinstance(self.whole, ast.Await) else ""

    @property
    def a(self) -> str:
        """What the names of awaited methods begin with."""
        return "a" if self.awaits else ""

    @property
    def scope(self) -> ast.AST:
        return scope_of(self.module, self.statement)

    def text(self, node: ast.AST) -> str:
        return source_of(self.module, node)


def turn_of(group: QueryGroup) -> Turn | None:
    """The call whose result nobody uses and that can leave its loops; None when that isn't sure."""
    found = asked_at(group)
    if found is None or group.call_site is None:
        return None
    module, whole, call = found
    statement = enclosing_statement(module, whole)
    if statement is None or not _is_unused(module, statement, whole):
        return None
    loops = tuple(_loops_around(module, statement))
    innermost = node_at(group.loop) if group.loop else None
    if not loops or innermost is None or innermost[1] not in loops:
        return None
    turn = Turn(module, group.call_site, call, whole, statement, loops)
    return turn if _can_leave(turn) else None


def asked_at(group: QueryGroup) -> tuple[Module, ast.expr, ast.Call] | None:
    """The method call that asked the ORM itself, without anything between; with its `await`."""
    found = node_at(group.call_site) if group.call_site else None
    if found is None or group.cause is None or not _calls_orm(group):
        return None
    module, whole = found
    call = whole.value if isinstance(whole, ast.Await) else whole
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
        return None
    prefix = "a" if isinstance(whole, ast.Await) else ""
    if call.func.attr != prefix + group.cause.access or not isinstance(whole, ast.expr):
        return None
    return module, whole, call


def _calls_orm(group: QueryGroup) -> bool:
    """Whether the call site's own frame went straight into the ORM, not into a form or helper."""
    place, frames = group.call_site, group.queries[0].frames
    assert place is not None
    for position, (file, line, _) in enumerate(frames):
        if file == place.path and line == place.line:
            inner = frames[position - 1][0].replace("\\", "/") if position else ""
            return any(part in inner for part in _ORM)
    # The awaited call ran in a thread of its own, whose stack ends there.
    return any("asgiref/sync.py" in file.replace("\\", "/") for file, _, _ in frames)


def _is_unused(module: Module, statement: ast.stmt, whole: ast.expr) -> bool:
    """Whether nothing reads what the call gives: not even under the name that it is given."""
    if isinstance(statement, ast.Expr):
        return statement.value is whole
    if not (isinstance(statement, ast.Assign) and statement.value is whole):
        return False
    targets = statement.targets
    if len(targets) != 1 or not isinstance(targets[0], ast.Name):
        return False
    return targets[0].id not in names_read(scope_of(module, statement))


def _loops_around(module: Module, node: ast.AST) -> Iterator[Loop]:
    child, parent = node, module.parents.get(node)
    while parent is not None and not isinstance(parent, _FUNCTIONS):
        if isinstance(parent, _LOOPS) and child in parent.body:
            yield parent
        child, parent = parent, module.parents.get(parent)


def _can_leave(turn: Turn) -> bool:
    """Whether everything in the outermost loop goes on as well without the call."""
    outermost = turn.outermost
    if outermost.orelse or not stands_alone(turn.module, outermost):
        return False
    endless = any(isinstance(i, ast.While) and isinstance(i.test, ast.Constant) for i in turn.loops)
    ends_early = any(isinstance(item, _ENDINGS) for item in _own_nodes(outermost))
    if endless or ends_early or _has_long_texts(turn.module, outermost):
        return False
    return all(_lets_out(child, parent, turn) for child, parent in _way_out(turn))


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes inside, but not those of functions that are defined there."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, _FUNCTIONS):
            yield from _own_nodes(child)


def _has_long_texts(module: Module, loop: Loop) -> bool:
    """Text over several lines would be moved with the code around it."""
    lines = module.lines[loop.lineno - 1 : loop.end_lineno]
    return any('"""' in line or "'''" in line or line.rstrip().endswith("\\") for line in lines)


def _way_out(turn: Turn) -> Iterator[tuple[ast.AST, ast.AST]]:
    child: ast.AST = turn.statement
    while child is not turn.outermost:
        parent = turn.module.parents[child]
        yield child, parent
        child = parent


def _lets_out(child: ast.AST, parent: ast.AST, turn: Turn) -> bool:
    """Whether a block makes no difference to what happens in it: it catches and undoes nothing."""
    if isinstance(parent, (ast.With, ast.AsyncWith)):
        opens = [item.context_expr for item in parent.items]
        is_file = all(isinstance(i, ast.Call) and name_of(i.func) == "open" for i in opens)
        return is_file or parent is transaction_of_one(turn)
    if isinstance(parent, (ast.Try, ast.TryStar)):
        return not parent.finalbody and child not in parent.body
    return True


def transaction_of_one(turn: Turn) -> ast.With | None:
    """`with transaction.atomic():` around the call alone: behind the loop one call is one."""
    parent = turn.module.parents[turn.statement]
    if not isinstance(parent, ast.With) or len(parent.items) != 1 or len(parent.body) != 1:
        return None
    entered = parent.items[0].context_expr
    return parent if isinstance(entered, ast.Call) and name_of(entered.func) == "atomic" else None
