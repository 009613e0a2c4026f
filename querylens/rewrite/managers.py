"""The rows behind a manager on another row, as the source asks for them."""

from __future__ import annotations

import ast
import itertools
from dataclasses import dataclass, replace

from querylens.model import Edit, Place, QueryGroup
from querylens.rewrite.nodes import node_at, place_of
from querylens.rewrite.statements import lines_of, source_of, stands_alone
from querylens.source import Module, name_of

_TAKES_ROWS = frozenset(
    {"list", "tuple", "set", "frozenset", "sorted", "len", "bool", "any", "all", "sum", "min"}
    | {"max", "enumerate", "iter", "zip", "map", "filter", "reversed", "join", "extend"}
)
_ASYNC = frozenset(
    {"acount", "aexists", "aaggregate", "acontains", "aget", "afirst", "alast", "aearliest"}
    | {"alatest", "ain_bulk", "aiterator"}
)
_TESTED = (ast.If, ast.While, ast.IfExp, ast.Assert)
_LITERALS = (ast.Call, ast.List, ast.Tuple, ast.Set)


@dataclass(frozen=True)
class Read:
    """`author.books.filter(pages__gte=100).first()`, taken apart."""

    module: Module
    #: Some place in the same file.
    place: Place
    owner: ast.expr
    manager: ast.Attribute
    calls: tuple[ast.Call, ...]
    #: The expression that all of it makes; with the `await` of an asynchronous method.
    whole: ast.expr
    #: The statements that build it step by step into a variable: the first and the last.
    steps: tuple[ast.stmt, ast.stmt] | None = None

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that are called, in order, by their synchronous names."""
        return tuple(map(method_of, self.calls))

    @property
    def is_plain(self) -> bool:
        """Whether it is `author.books.all()`, which a prefetch answers.

        A manager that no method is called on is none: it is a property that gives such rows.
        """
        return self.methods in ((), ("all",))

    @property
    def variable(self) -> str:
        """The variable that it is assigned to, if it is."""
        statement = self.module.parents.get(self.whole)
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            return ""
        target = statement.targets[0]
        return target.id if isinstance(target, ast.Name) else ""

    def replaced_by(self, code: str) -> Edit | None:
        """Other code in its place."""
        if self.steps is not None:
            first, last = self.steps
            where = replace(lines_of(last, self.place), line=first.lineno)
            return Edit(f"{self.variable} = {code}", where)
        whole = place_of(self.whole, self.place)
        return Edit(code, whole) if whole is not None else None

    @property
    def is_only_walked(self) -> bool:
        """Whether a list would do in its place, because the code does no more than go through."""
        if is_walked(self.module, self.whole):
            return True
        return bool(self.variable) and self._walks_only(self.variable)

    def _walks_only(self, name: str) -> bool:
        first = self.steps[0] if self.steps else self.whole
        end = self.steps[1] if self.steps else self.whole
        function: ast.AST = first
        while not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Module)):
            function = self.module.parents[function]
        uses = [
            item
            for item in ast.walk(function)
            if isinstance(item, ast.Name)
            and item.id == name
            and not first.lineno <= item.lineno <= (end.end_lineno or end.lineno)
        ]
        return all(isinstance(item.ctx, ast.Load) and is_walked(self.module, item) for item in uses)


def method_of(call: ast.Call) -> str:
    """The method's name; of an asynchronous one the name without its `a`."""
    name = name_of(call.func)
    return name[1:] if name in _ASYNC else name


def call_text(module: Module, call: ast.Call) -> str:
    """`.filter(pages__gte=100)` on one line, as it is written."""
    return f".{method_of(call)}({arguments_text(module, call)})"


def arguments_text(module: Module, call: ast.Call) -> str:
    """What stands between a call's parentheses."""
    return ", ".join(one_line(module, item) for item in (*call.args, *call.keywords))


def one_line(module: Module, node: ast.AST) -> str:
    """A node's own text, written anew when it runs over several lines."""
    own = source_of(module, node)
    return own if "\n" not in own else ast.unparse(node)


def related_read(group: QueryGroup) -> Read | None:
    """The expression that a group's queries come from; None when it can't be read."""
    accessor = group.cause.relation.rpartition(".")[2] if group.cause else ""
    built_at = {query.built_at for query in group.queries}
    for place in (group.call_site, *(built_at if len(built_at) == 1 else ())):
        found = node_at(place) if place is not None else None
        if found is None or place is None:
            continue
        module, node = found
        manager = _manager(node, accessor)
        if manager is not None:
            return _with_steps(_read(module, place, manager))
    return None


def _manager(node: ast.AST, accessor: str) -> ast.Attribute | None:
    """`author.books`: at the bottom of the node's own chain, or the only one inside it."""
    spine: ast.AST | None = node
    while spine is not None:
        if isinstance(spine, ast.Attribute) and spine.attr == accessor:
            return spine
        spine = spine.func if isinstance(spine, ast.Call) else getattr(spine, "value", None)
        spine = spine if isinstance(spine, ast.expr) else None
    found = [
        item for item in ast.walk(node) if isinstance(item, ast.Attribute) and item.attr == accessor
    ]
    return found[0] if len(found) == 1 else None


def _read(module: Module, place: Place, manager: ast.Attribute) -> Read:
    calls: list[ast.Call] = []
    whole: ast.expr = manager
    while True:
        attribute = module.parents.get(whole)
        call = module.parents.get(attribute) if isinstance(attribute, ast.Attribute) else None
        if not (isinstance(call, ast.Call) and call.func is attribute):
            break
        calls.append(call)
        whole = call
    outer = module.parents.get(whole)
    if calls and name_of(calls[-1].func) in _ASYNC and isinstance(outer, ast.Await):
        whole = outer
    return Read(module, place, manager.value, manager, tuple(calls), whole)


def _with_steps(read: Read) -> Read:
    """Goes on into `books = books.filter(…)` on the next lines of the same block."""
    first = read.module.parents.get(read.whole)
    if not read.variable or not isinstance(first, ast.Assign):
        return read
    calls, last = list(read.calls), first
    for statement in _behind(read.module, first):
        more = _chained(statement, read.variable)
        if not more or not stands_alone(read.module, statement):
            break
        calls += more
        last = statement
    if last is first or not stands_alone(read.module, first):
        return read
    return replace(read, calls=tuple(calls), steps=(first, last))


def _behind(module: Module, statement: ast.stmt) -> list[ast.Assign]:
    """The assignments right behind a statement, in its block."""
    parent = module.parents[statement]
    blocks = [getattr(parent, name, []) for name in ("body", "orelse", "finalbody")]
    [block] = [block for block in blocks if statement in block]
    behind = block[block.index(statement) + 1 :]
    return list(itertools.takewhile(lambda item: isinstance(item, ast.Assign), behind))


def _chained(statement: ast.Assign, name: str) -> list[ast.Call]:
    """The calls of `books = books.filter(…).order_by(…)`; none for another statement."""
    if len(statement.targets) != 1 or name_of(statement.targets[0]) != name:
        return []
    calls: list[ast.Call] = []
    node: ast.expr = statement.value
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        calls.insert(0, node)
        node = node.func.value
    return calls if isinstance(node, ast.Name) and node.id == name else []


def is_walked(module: Module, node: ast.expr) -> bool:
    """Whether the code around an expression only goes through its rows, or counts or tests them."""
    parent = module.parents.get(node)
    if isinstance(parent, ast.For):
        return parent.iter is node
    if isinstance(parent, ast.comprehension) and parent.iter is node:
        return not parent.is_async
    if isinstance(parent, ast.Call):
        return node in parent.args and name_of(parent.func) in _TAKES_ROWS
    if isinstance(parent, ast.Compare):
        return parent.comparators[-1] is node and isinstance(parent.ops[-1], (ast.In, ast.NotIn))
    if isinstance(parent, ast.Subscript):
        return parent.value is node and _is_from_the_start(parent.slice)
    if isinstance(parent, ast.Starred):
        return isinstance(module.parents.get(parent), _LITERALS)
    return isinstance(parent, ast.YieldFrom) or _is_tested(module, node)


def _is_tested(module: Module, node: ast.expr) -> bool:
    """Whether only the truth of an expression matters."""
    parent = module.parents.get(node)
    if isinstance(parent, _TESTED):
        return parent.test is node
    if isinstance(parent, ast.comprehension):
        return node in parent.ifs
    if isinstance(parent, ast.BoolOp):
        return _is_tested(module, parent)
    return isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not)


def _is_from_the_start(index: ast.expr) -> bool:
    """Whether an index or a slice counts from the first row: a queryset takes no other."""
    parts = [index.lower, index.upper] if isinstance(index, ast.Slice) else [index]
    return all(not isinstance(part, ast.UnaryOp) for part in parts)
