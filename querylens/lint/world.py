"""What all functions of a project share: its modules, models and templates."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from querylens.lint import template_values
from querylens.lint.models import ClassRef, Models
from querylens.lint.project import Defined, Project
from querylens.lint.templates import ParsedTemplate, TemplateFolders
from querylens.lint.values import FunctionValue

if TYPE_CHECKING:
    from querylens.lint.models import Model


@dataclass(frozen=True)
class World:
    """What all functions of a project share."""

    project: Project
    models: Models
    root: str
    #: Where templates are, and what reads one: its text by path and name, None where it can't.
    templates: TemplateFolders | None = None
    read_text: Callable[[str], str | None] = lambda _: None
    parsed: dict[str, ParsedTemplate | None] = field(default_factory=dict, compare=False)

    def tag(self, name: str, libraries: Sequence[str], kind: str) -> FunctionValue | None:
        """The function that a library of the project registers as a tag or a filter."""
        for library in libraries:
            for module_name in self.libraries.get(library, ()):
                module = self.project.module(module_name)
                node = template_values.registered(module, kind).get(name) if module else None
                if module and node:
                    return FunctionValue(module=module, node=node, name=node.name)
        return None

    @cached_property
    def around_requests(self) -> list[str]:
        """The modules whose functions run with every request, by convention of their names."""
        endings = ("context_processors", "middleware", "context_processor")
        return sorted(name for name in self.project.files if name.endswith(endings))

    @cached_property
    def libraries(self) -> dict[str, list[str]]:
        """The modules of template tags, by the name that a template loads."""
        found: dict[str, list[str]] = {}
        for name in sorted(self.project.files):
            folder, _, library = name.rpartition(".")
            if folder.rpartition(".")[2] == "templatetags":
                found.setdefault(library, []).append(name)
        return found

    def model_of_manager(self, defined: Defined) -> Model | None:
        """The model that a class of managers or querysets is for, when there is one such model."""
        manager = self.models.manager_of(defined)
        if manager is None or not isinstance(defined.node, ast.ClassDef):
            return None
        ref = ClassRef(defined.module.name, defined.node.name)
        found = [
            model
            for model in self.models
            if any(
                ref in (item.manager_class, item.queryset_class) for item in model.managers.values()
            )
        ]
        return found[0] if len(found) == 1 else None
