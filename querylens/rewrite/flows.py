"""Which values of a function come from one queryset, and which names it could use already."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from querylens.rewrite.statements import enclosing_statement, names_bound
from querylens.source import Module, name_of

#: Functions that hand on the rows of their first argument.
_KEEPS_ROWS = frozenset(
    {"list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "next", "enumerate"}
    | {"islice", "Paginator", "get_list_or_404"}
)
#: Methods of a queryset, or of a list of its rows, that give the rows themselves.
_STILL_ROWS = frozenset(
    {"all", "filter", "exclude", "order_by", "distinct", "reverse", "using", "annotate", "only"}
    | {"defer", "select_related", "prefetch_related", "iterator", "pop", "popleft", "copy"}
)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_OWN_SCOPE = (*_FUNCTIONS, ast.ClassDef, ast.Lambda, *_COMPREHENSIONS)
_NAMING = (*_FUNCTIONS, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
#: What can be evaluated early and once, being no more than names, attributes and constants.
_STILL = (
    *(ast.Name, ast.Attribute, ast.Constant, ast.UnaryOp, ast.BinOp, ast.keyword, ast.Call),
    *(ast.Subscript, ast.JoinedStr, ast.FormattedValue),
    *(ast.List, ast.Tuple, ast.Set, ast.Dict, ast.operator, ast.unaryop, ast.expr_context),
)


def function_of(module: Module, node: ast.AST) -> ast.AST:
    """The function that a node is in; lambdas and comprehensions belong to it. Else the module."""
    current: ast.AST | None = node
    while current is not None and not isinstance(current, (*_FUNCTIONS, ast.ClassDef)):
        current = module.parents.get(current)
    return current if current is not None else module.tree


class Flow:
    """Follows the rows of one queryset through the function that it is built in."""

    def __init__(self, module: Module, origin: ast.expr) -> None:
        self.module = module
        self.origin = origin
        self.function = function_of(module, origin)

    def holds(self, node: ast.AST) -> bool:
        """Whether a node is in the same function."""
        return function_of(self.module, node) is self.function

    def carries(
        self, node: ast.expr, seen: frozenset[ast.expr] = frozenset(), *, rows: bool = False
    ) -> bool:
        """Whether an expression is one of the rows, or all of them, and never anything else.

        Rows that were reached from those rows will do as well, unless `rows` is asked for.
        """
        if node is self.origin:
            return True
        if isinstance(node, ast.Name):
            return self._name_carries(node, seen, rows)
        if isinstance(node, ast.Call):
            return self._call_carries(node, seen, rows)
        if isinstance(node, ast.Attribute) and rows:
            return False
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Await, ast.NamedExpr)):
            return self.carries(node.value, seen, rows=rows)
        if isinstance(node, (ast.List, ast.Tuple)):
            return bool(node.elts) and all(
                self.carries(item, seen, rows=rows) for item in node.elts
            )
        if isinstance(node, (ast.ListComp, ast.GeneratorExp)):
            return self.carries(node.elt, seen, rows=rows)
        return False

    def _name_carries(self, node: ast.Name, seen: frozenset[ast.expr], rows: bool) -> bool:
        values = list(self._values(node))
        # With several values, it would be rows of different kinds.
        rows = rows or len(values) > 1
        return bool(values) and all(
            value in seen or (value is not None and self.carries(value, seen | {value}, rows=rows))
            for value in values
        )

    def _call_carries(self, node: ast.Call, seen: frozenset[ast.expr], rows: bool) -> bool:
        if isinstance(node.func, ast.Attribute) and self.carries(node.func.value, seen, rows=rows):
            return not rows or node.func.attr in _STILL_ROWS
        name = name_of(node.func)
        if name == "filter" and isinstance(node.func, ast.Name):
            return len(node.args) == 2 and self.carries(node.args[1], seen, rows=rows)
        return (
            name in _KEEPS_ROWS and bool(node.args) and self.carries(node.args[0], seen, rows=rows)
        )

    def _values(self, name: ast.Name) -> Iterator[ast.expr | None]:
        """What a name can stand for; None for a value that can't be followed."""
        child: ast.AST = name
        parent = self.module.parents.get(name)
        while parent is not None and child is not self.function:
            if isinstance(parent, (ast.For, ast.AsyncFor)) and child in parent.body:
                if _targets(parent.target, name.id):
                    again = any(True for _ in _bound_in(parent.body, name.id))
                    yield None if again else parent.iter
                    return
            elif isinstance(parent, _COMPREHENSIONS):
                if walked := _walked(parent, child, name):
                    yield walked
                    return
            elif isinstance(parent, ast.Lambda) and name.id in _parameters(parent):
                yield self._handed_to(parent)
                return
            child, parent = parent, self.module.parents.get(parent)
        yield from self._bound_in_function(name.id)

    def _bound_in_function(self, name: str) -> Iterator[ast.expr | None]:
        if isinstance(self.function, _FUNCTIONS) and name in _parameters(self.function):
            yield None
        yield from _bound_in(getattr(self.function, "body", []), name)

    def _handed_to(self, function: ast.Lambda) -> ast.expr | None:
        """The rows that `sorted(rows, key=lambda …)` or `map(lambda …, rows)` call it with."""
        call = self.module.parents.get(function)
        if isinstance(call, ast.keyword):
            call = self.module.parents.get(call)
        if not isinstance(call, ast.Call) or len(function.args.args) != 1:
            return None
        others = [item for item in call.args if item is not function]
        if isinstance(call.func, ast.Attribute):
            return call.func.value if call.func.attr == "sort" else None
        known = name_of(call.func) in {"map", "filter", "sorted", "min", "max"}
        return others[0] if known and len(others) == 1 else None

    def knows_before(self, node: ast.AST) -> bool:
        """Whether an expression has the same value where the queryset is built, and sends nothing.

        It may read what the function was given or has bound before, and nothing that it binds
        again; of calls only those of classes, such as `Q(…)`.
        """
        for item in ast.walk(node):
            if not isinstance(item, _STILL):
                return False
            if isinstance(item, ast.Call) and not name_of(item.func)[:1].isupper():
                return False
            if isinstance(item, ast.Name) and not self.is_settled(item.id):
                return False
        return True

    def is_settled(self, name: str) -> bool:
        """Whether a name means the same from where the queryset is built on."""
        statement = enclosing_statement(self.module, self.origin) or self.origin
        at = (statement.lineno, statement.col_offset)
        for item in _inside(self.function):
            if isinstance(item, _OWN_SCOPE) and _binds_inside(item, name):
                # The same name with another meaning: which one is read can't be told cheaply.
                return False
            if name in _names_bound_by(item) and (
                not isinstance(item, ast.expr) or (item.lineno, item.col_offset) >= at
            ):
                return False
        return True


def names_of_turns(module: Module, node: ast.AST) -> set[str]:
    """The names that loops, comprehensions and lambdas around a node bind in its function."""
    names: set[str] = set()
    parent = module.parents.get(node)
    while parent is not None and not isinstance(parent, (*_FUNCTIONS, ast.ClassDef)):
        if isinstance(parent, (ast.For, ast.AsyncFor, ast.While)):
            names |= names_bound(parent)
        elif isinstance(parent, _COMPREHENSIONS):
            names = names.union(*(names_bound(item.target) for item in parent.generators))
        elif isinstance(parent, ast.Lambda):
            names |= _parameters(parent)
        parent = module.parents.get(parent)
    return names


def local_names(function: ast.AST) -> set[str]:
    """The parameters of a function and all that it binds."""
    given = _parameters(function) if isinstance(function, _FUNCTIONS) else set()
    return given.union(*map(_names_bound_by, _inside(function)))


def _inside(function: ast.AST) -> Iterator[ast.AST]:
    """Every node of a scope; of the scopes inside it only the node that opens them."""
    stack: list[ast.AST] = list(ast.iter_child_nodes(function))
    while stack:
        item = stack.pop()
        yield item
        if isinstance(item, _COMPREHENSIONS) or not isinstance(item, _OWN_SCOPE):
            stack += ast.iter_child_nodes(item)


def _binds_inside(scope: ast.AST, name: str) -> bool:
    if isinstance(scope, _COMPREHENSIONS):
        return any(_targets(generator.target, name) for generator in scope.generators)
    return isinstance(scope, ast.Lambda) and name in _parameters(scope)


def _names_bound_by(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        return {node.id}
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return set(node.names)
    if isinstance(node, ast.alias):
        return {(node.asname or node.name).partition(".")[0]}
    return {node.name} if isinstance(node, _NAMING) and node.name else set()


def _bound_in(body: list[ast.stmt], name: str) -> Iterator[ast.expr | None]:
    """Every value that statements give a name; None for a value that can't be followed."""
    for statement in body:
        inner = () if isinstance(statement, _OWN_SCOPE) else _inside(statement)
        for item in (statement, *inner):
            value = _value_for(item, name)
            if value is not None:
                yield value
            elif _binds_otherwise(item, name):
                yield None


def _value_for(node: ast.AST, name: str) -> ast.expr | None:
    """What an assignment or a loop gives a name."""
    if isinstance(node, ast.Assign):
        return node.value if any(_targets(target, name) for target in node.targets) else None
    if isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
        return node.value if _targets(node.target, name) else None
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return node.iter if _targets(node.target, name) else None
    return None


def _binds_otherwise(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.AugAssign):
        return _targets(node.target, name)
    if isinstance(node, ast.withitem):
        return node.optional_vars is not None and _targets(node.optional_vars, name)
    return not isinstance(node, ast.Name) and name in _names_bound_by(node)


def _targets(target: ast.expr, name: str) -> bool:
    """Whether an assignment to the target binds the name."""
    return any(
        isinstance(item, ast.Name) and item.id == name and not isinstance(item.ctx, ast.Load)
        for item in ast.walk(target)
    )


def _walked(node: _Comprehension, child: ast.AST, name: ast.Name) -> ast.expr | None:
    """What the comprehension that binds a name walks over, seen from one of its children."""
    for generator in node.generators:
        if generator is child and name in ast.walk(generator.iter):
            return None
        if _targets(generator.target, name.id):
            return generator.iter
    return None


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    rest = [item for item in (arguments.vararg, arguments.kwarg) if item]
    return {item.arg for item in (*named, *rest)}
