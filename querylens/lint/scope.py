"""Where code stands while it is read: the names of a function, and places in its file."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from querylens.lint.loops import Loop
from querylens.lint.modules import Module
from querylens.lint.values import ClassValue, Value, either
from querylens.model import Place


@dataclass(frozen=True, slots=True)
class Yielded:
    """What a generator gives at one of its lines, in which loops, and whether it is one thing."""

    node: ast.Yield | ast.YieldFrom
    value: Value
    loops: tuple[Loop, ...]
    is_one: bool = True


@dataclass(eq=False, slots=True)
class Scope:
    """One call of a function, or the top of a module."""

    module: Module
    function: str = "<module>"
    names: dict[str, Value] = field(default_factory=dict)
    #: The function around it.
    around: Scope | None = None
    #: The class that the function is a method of, for `super()`, and what it was called on.
    owner: ClassValue | None = None
    bound: Value | None = None
    returned: list[Value] = field(default_factory=list)
    yielded: list[Yielded] = field(default_factory=list)

    def named(self, name: str) -> Value | None:
        """What a local name holds."""
        found = self.names.get(name)
        if found is None and self.around is not None:
            return self.around.named(name)
        return found

    def inner(self, names: dict[str, Value]) -> Scope:
        """The scope of a comprehension or a branch: the same function with other names."""
        return Scope(
            self.module,
            self.function,
            names,
            self.around,
            self.owner,
            self.bound,
            self.returned,
            self.yielded,
        )

    def merge(self, branches: Iterable[dict[str, Value]]) -> None:
        """Goes on with what the branches left: a name holds what it holds in any of them."""
        ends = list(branches)
        names = dict.fromkeys(name for end in ends for name in end)
        for name in names:
            held = [end[name] for end in ends if name in end]
            first = held[0]
            self.names[name] = first if all(item is first for item in held) else either(held)


@dataclass(frozen=True, slots=True)
class At:
    """A node of a function's source."""

    scope: Scope
    node: ast.expr | ast.stmt


#: Where something happens: in Python, or at a tag of a template.
Where = At | Place
