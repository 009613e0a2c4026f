"""What Django models a project has, read from source alone."""

from __future__ import annotations

from querylens.lint.models.index import Models
from querylens.lint.models.reading import facts_of
from querylens.lint.models.values import ClassRef, Field, Manager, Member, Model, Relation
from querylens.lint.models.written import ModuleFacts

__all__ = [
    "ClassRef",
    "Field",
    "Manager",
    "Member",
    "Model",
    "Models",
    "ModuleFacts",
    "Relation",
    "facts_of",
]
