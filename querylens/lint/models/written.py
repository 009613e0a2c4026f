"""What one file says that the models of a project depend on: plain data, made once a content."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

WrittenKind = Literal["name", "constant", "call", "items", "other"]
Constant = str | int | bool | None
#: `module` and `attribute` of an import, as `modules.Import` has them.
Imported = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Written:
    """An expression as far as it matters.

    `text` is the dotted name of a "name"; `value` that of a "constant"; `parts` are the items of
    a list, or what is called and its positional arguments. "other" is anything else.
    """

    kind: WrittenKind
    text: str = ""
    value: Constant = None
    parts: tuple[Written, ...] = ()
    keywords: tuple[tuple[str, Written], ...] = ()
    line: int = 0

    def keyword(self, name: str) -> Written | None:
        """The argument that a call gives by this name."""
        return next((value for key, value in self.keywords if key == name), None)

    def argument(self, position: int, name: str) -> Written | None:
        """The argument that a call gives by position (from 0) or by name."""
        given = self.parts[1 + position] if len(self.parts) > 1 + position else None
        return given or self.keyword(name)

    def is_true(self, name: str) -> bool:
        """Whether a call gives an argument by this name that is not plainly false."""
        given = self.keyword(name)
        return given is not None and not (given.kind == "constant" and not given.value)

    def string(self, name: str) -> str:
        """The text that a call gives by this name; empty for anything else."""
        given = self.keyword(name)
        return given.value if given is not None and isinstance(given.value, str) else ""


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """A function of a class body."""

    line: int
    kind: str


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """A class at the top level of a file.

    `values` are the calls, names and texts assigned in its body, `names` every other name that
    the body binds. `meta` is its inner class `Meta`.
    """

    name: str
    line: int
    bases: tuple[Written, ...] = ()
    members: dict[str, MemberFacts] = field(default_factory=dict)
    values: dict[str, Written] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    meta: ClassFacts | None = None


@dataclass(frozen=True, slots=True)
class ReceiverFacts:
    """A function connected to signals. `imports` are those of the function that connects it."""

    signals: tuple[str, ...]
    function: str
    sender: Written | None = None
    imports: dict[str, Imported] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModuleFacts:
    """All that the models depend on in one file."""

    name: str
    is_package: bool = False
    imports: dict[str, Imported] = field(default_factory=dict)
    stars: tuple[str, ...] = ()
    values: dict[str, Written] = field(default_factory=dict)
    functions: tuple[str, ...] = ()
    classes: dict[str, ClassFacts] = field(default_factory=dict)
    receivers: tuple[ReceiverFacts, ...] = ()
    #: Values given to `AUTH_USER_MODEL`.
    user_models: tuple[str, ...] = ()
    #: Texts in `INSTALLED_APPS`.
    installed: tuple[str, ...] = ()
