"""What a name of a file stands for across the project, from facts alone: no file is parsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from querylens.lint.models.values import ClassRef
from querylens.lint.models.written import Imported, ModuleFacts, Written
from querylens.lint.project import External

_MOST_STEPS = 20


@dataclass(frozen=True, slots=True)
class Value:
    """A value assigned at the top level of a module."""

    module: str
    written: Written


@dataclass(frozen=True, slots=True)
class FunctionRef:
    """A function at the top level of a module."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Within:
    """A module, or an attribute of a class: what only its own attributes can make sense of."""

    module: str
    owner: ClassRef | None = None
    path: tuple[str, ...] = ()


Found = ClassRef | External | Value | FunctionRef | Within


class Names:
    """Finds what dotted names stand for."""

    def __init__(self, modules: Mapping[str, ModuleFacts]) -> None:
        self.modules = modules
        self._known: dict[tuple[str, str], Found | None] = {}

    def meaning(
        self, module: str, name: str, imports: Mapping[str, Imported] | None = None
    ) -> Found | None:
        """What a dotted name stands for, read in a module; `imports` are a function's own."""
        if imports:
            return self._dotted(module, name, imports)
        key = (module, name)
        if key not in self._known:
            # Asked again while it is looked for, a name stands for nothing.
            self._known[key] = None
            self._known[key] = self._dotted(module, name, {})
        return self._known[key]

    def _dotted(self, module: str, name: str, imports: Mapping[str, Imported]) -> Found | None:
        first, *rest = name.split(".")
        if first in imports:
            found = self._imported(imports[first], _MOST_STEPS)
        else:
            found = self._named(module, first, _MOST_STEPS)
        for attribute in rest:
            found = self._attribute(found, attribute, _MOST_STEPS)
        return found

    def _named(self, module: str, name: str, steps: int) -> Found | None:
        facts = self.modules.get(module)
        if facts is None or steps <= 0:
            return None
        if name in facts.classes:
            return ClassRef(module, name)
        if name in facts.functions:
            return FunctionRef(module, name)
        if name in facts.imports:
            return self._imported(facts.imports[name], steps - 1)
        if name in facts.values:
            return self._value(module, name, facts.values[name], steps - 1)
        for source in reversed(facts.stars):
            found = self._member(source, name, steps - 1)
            if found is not None and not isinstance(found, External):
                return found
        return None

    def _value(self, module: str, name: str, value: Written, steps: int) -> Found | None:
        """A name that stands for another one is that other one."""
        first, *rest = value.text.split(".") if value.kind == "name" else [name]
        if first == name:
            return Value(module, value)
        found = self._named(module, first, steps)
        for attribute in rest:
            found = self._attribute(found, attribute, steps)
        return found if found is not None else Value(module, value)

    def _imported(self, imported: Imported, steps: int) -> Found | None:
        module, attribute = imported
        return self._member(module, attribute, steps) if attribute else self._module(module)

    def _module(self, name: str) -> Found:
        return Within(name) if name in self.modules else External(name)

    def _member(self, module: str, name: str, steps: int) -> Found:
        found = self._named(module, name, steps) if module in self.modules else None
        return found if found is not None else self._module(f"{module}.{name}")

    def _attribute(self, owner: Found | None, name: str, steps: int) -> Found | None:
        if isinstance(owner, Within) and owner.owner is None:
            return self._member(owner.module, name, steps)
        if isinstance(owner, External):
            # A package of which only some modules are known.
            return self._member(owner.name, name, steps)
        if isinstance(owner, ClassRef):
            return Within(owner.module, owner, (name,))
        if isinstance(owner, Within):
            return Within(owner.module, owner.owner, (*owner.path, name))
        return None
