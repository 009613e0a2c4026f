"""One Python file of the project: its tree, and what each of its names stands for."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Import:
    """A name of another module: `attribute` of `module`, or the module itself when it is empty."""

    module: str
    attribute: str = ""


#: What a name of a module may stand for: the last that is bound to it wins.
Binding = Import | ast.ClassDef | Function | ast.expr


@dataclass(eq=False, slots=True)
class Module:
    """A parsed file. `name` is its dotted name, `file` its path from the project's root."""

    name: str
    path: str
    file: str
    tree: ast.Module
    is_package: bool = False
    bindings: dict[str, Binding] = field(default_factory=dict)
    #: Modules whose every name is imported.
    stars: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, name: str, path: str, file: str, tree: ast.Module, is_package: bool) -> Module:
        """A module with its bindings read from the tree."""
        module = cls(name, path, file, tree, is_package)
        for statement in top_level(tree.body):
            module._bind(statement)
        return module

    def _bind(self, statement: ast.stmt) -> None:
        if isinstance(statement, (ast.ClassDef, *_FUNCTIONS)):
            self.bindings[statement.name] = statement
        elif isinstance(statement, ast.Import):
            for alias in statement.names:
                if alias.asname:
                    self.bindings[alias.asname] = Import(alias.name)
                else:
                    top = alias.name.partition(".")[0]
                    self.bindings[top] = Import(top)
        elif isinstance(statement, ast.ImportFrom):
            self._bind_from(statement)
        else:
            for name, value in assigned(statement):
                self.bindings[name] = value

    def _bind_from(self, statement: ast.ImportFrom) -> None:
        source = absolute_name(self, statement)
        for alias in statement.names:
            if alias.name == "*":
                self.stars.append(source)
            else:
                self.bindings[alias.asname or alias.name] = Import(source, alias.name)


def absolute_name(module: Module, statement: ast.ImportFrom) -> str:
    """The module that `from … import` names, with the dots of a relative one worked out."""
    if not statement.level:
        return statement.module or ""
    parts = module.name.split(".")
    kept = len(parts) - statement.level + module.is_package
    return ".".join([*parts[: max(kept, 0)], *([statement.module] if statement.module else [])])


def assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """The names that an assignment gives one value each."""
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, statement.value
    elif (
        isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and statement.value is not None
    ):
        yield statement.target.id, statement.value


def top_level(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Every statement that binds names of a module or a class, also below `if` and `try`."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.If, ast.Try, ast.With)):
            blocks = [statement.body, getattr(statement, "orelse", [])]
            blocks += [handler.body for handler in getattr(statement, "handlers", [])]
            blocks.append(getattr(statement, "finalbody", []))
            for block in blocks:
                yield from top_level(block)
