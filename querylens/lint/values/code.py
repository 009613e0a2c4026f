"""Values of code: functions, classes and their objects, modules, and what libraries give."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from querylens.lint.modules import Function, Module
from querylens.lint.project import Defined
from querylens.lint.values.basic import Value

if TYPE_CHECKING:
    from querylens.lint.scope import Scope


@dataclass(eq=False, slots=True, kw_only=True)
class FunctionValue(Value):
    """A function or method of the project, or a lambda."""

    module: Module
    node: Function | ast.Lambda
    name: str = ""
    #: The class that it is a method of, and what it is bound to.
    owner: ClassValue | None = None
    bound: Value | None = None
    #: The scope around it, for a function inside a function.
    around: Scope | None = None


@dataclass(eq=False, slots=True, kw_only=True)
class ClassValue(Value):
    """A class of the project that is no model."""

    defined: Defined


@dataclass(eq=False, slots=True, kw_only=True)
class ObjectValue(Value):
    """An object of a class of the project, with the attributes that it was given."""

    of: ClassValue
    kept: dict[str, Value] = field(default_factory=dict)


@dataclass(eq=False, slots=True, kw_only=True)
class ModuleValue(Value):
    """A module of the project."""

    module: Module


@dataclass(eq=False, slots=True)
class ExternalValue(Value):
    """Something of a library, by its dotted name, or what its call gives: `name()`."""

    name: str = ""


@dataclass(eq=False, slots=True, kw_only=True)
class MethodValue(Value):
    """A method of a value that is no function of the project."""

    receiver: Value
    name: str = ""


@dataclass(eq=False, slots=True, kw_only=True)
class CalledValue(Value):
    """What calls a function with some arguments, as `partial`, `sync_to_async` and `attrgetter`."""

    function: Value
    arguments: tuple[Value, ...] = ()
    keywords: dict[str, Value] = field(default_factory=dict)
