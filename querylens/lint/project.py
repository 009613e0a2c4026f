"""The project's modules, found by name and parsed when they are asked for."""

from __future__ import annotations

import ast
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from querylens.lint.modules import Binding, Function, Import, Module

#: How many parsed files are kept at a time: a syntax tree takes some fifty times its text.
_MOST_PARSED = 600
#: So many names may stand for one another before one is given up, as in a ring of imports.
_MOST_STEPS = 20


@dataclass(frozen=True, slots=True)
class File:
    """A Python file: its dotted name, its path, and its path from the project's root."""

    name: str
    path: str
    shown: str
    is_package: bool = False


@dataclass(frozen=True, slots=True)
class Defined:
    """What a name of the project stands for in the end: a class, a function or a value."""

    module: Module
    node: ast.ClassDef | Function | ast.expr


@dataclass(frozen=True, slots=True)
class External:
    """Something that is not the project's, by its dotted name: `django.db.models.Model`."""

    name: str


Meaning = Defined | External | Module


class Project:
    """Finds modules and the meaning of names across them."""

    def __init__(
        self, files: Mapping[str, File], parse: Callable[[File], ast.Module | None]
    ) -> None:
        self.files = files
        self._parse = parse
        self._modules: OrderedDict[str, Module | None] = OrderedDict()
        self._asked: set[str] = set()

    @contextmanager
    def asked(self) -> Iterator[set[str]]:
        """The names that modules are asked for by meanwhile, found or not."""
        around, self._asked = self._asked, set()
        try:
            yield self._asked
        finally:
            self._asked = around | self._asked

    def module(self, name: str) -> Module | None:
        """The module of this dotted name; None when it is not the project's or can't be parsed."""
        self._asked.add(name)
        if name in self._modules:
            self._modules.move_to_end(name)
            return self._modules[name]
        file = self.files.get(name)
        if file is not None and file.name != name:
            return self.module(file.name)
        tree = self._parse(file) if file is not None else None
        module = None
        if file is not None and tree is not None:
            module = Module.of(name, file.path, file.shown, tree, file.is_package)
        self._modules[name] = module
        if len(self._modules) > _MOST_PARSED:
            self._modules.popitem(last=False)
        return module

    def meaning(self, module: Module, name: str) -> Meaning | None:
        """What a dotted name stands for, read in a module; None when nobody can tell."""
        first, *rest = name.split(".")
        found = self._named(module, first, _MOST_STEPS)
        for attribute in rest:
            found = self._attribute(found, attribute, _MOST_STEPS)
        return found

    def _named(self, module: Module, name: str, steps: int) -> Meaning | None:
        if steps <= 0:
            return None
        binding = module.bindings.get(name)
        if binding is not None:
            return self._bound(module, name, binding, steps - 1)
        for source in reversed(module.stars):
            found = self._member(source, name, steps - 1)
            if found is not None and not isinstance(found, External):
                return found
        return None

    def _bound(self, module: Module, name: str, binding: Binding, steps: int) -> Meaning | None:
        if isinstance(binding, Import):
            if binding.attribute:
                return self._member(binding.module, binding.attribute, steps)
            return self.module(binding.module) or External(binding.module)
        alias = dotted(binding) if isinstance(binding, (ast.Name, ast.Attribute)) else ""
        if alias and alias.partition(".")[0] != name:
            first, *rest = alias.split(".")
            found = self._named(module, first, steps)
            for attribute in rest:
                found = self._attribute(found, attribute, steps)
            if found is not None:
                return found
        return Defined(module, binding)

    def _member(self, module_name: str, name: str, steps: int) -> Meaning | None:
        """A name of a module, or a module of a package."""
        module = self.module(module_name)
        if module is not None:
            found = self._named(module, name, steps)
            if found is not None:
                return found
        return self.module(f"{module_name}.{name}") or External(f"{module_name}.{name}")

    def _attribute(self, owner: Meaning | None, name: str, steps: int) -> Meaning | None:
        if isinstance(owner, Module):
            return self._member(owner.name, name, steps)
        if isinstance(owner, External):
            return self.module(f"{owner.name}.{name}") or External(f"{owner.name}.{name}")
        if isinstance(owner, Defined) and isinstance(owner.node, ast.ClassDef):
            inner = Module("", owner.module.path, owner.module.file, owner.module.tree)
            for statement in owner.node.body:
                inner._bind(statement)
            binding = inner.bindings.get(name)
            if binding is not None and not isinstance(binding, Import):
                return Defined(owner.module, binding)
        return None


def dotted(node: ast.expr) -> str:
    """`a.b.c` of names and attributes; empty for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])
