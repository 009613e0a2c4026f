"""What Django models a project has, read from source alone."""

from __future__ import annotations

from querylens.lint.models.index import Models
from querylens.lint.models.reading import facts_of
from querylens.lint.models.stored import FACTS_VERSION, as_data, of_data
from querylens.lint.models.values import ClassRef, Field, Manager, Member, Model, Relation
from querylens.lint.models.written import ModuleFacts

__all__ = [
    "FACTS_VERSION",
    "ClassRef",
    "Field",
    "Manager",
    "Member",
    "Model",
    "Models",
    "ModuleFacts",
    "Relation",
    "as_data",
    "facts_of",
    "of_data",
]
