"""Which model an admin class is registered for."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from querylens.lint.project import dotted
from querylens.lint.scope import Scope
from querylens.lint.values import ClassValue, ModelValue

if TYPE_CHECKING:
    from querylens.lint.models import Model
    from querylens.lint.reader import Reader


def admin_model(reader: Reader, kind: ClassValue) -> Model | None:
    """The model that an admin class is registered for."""
    node = kind.defined.node
    assert isinstance(node, ast.ClassDef)
    module = kind.defined.module
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and dotted(decorator.func).endswith("register"):
            found = [reader.evaluate(item, Scope(module)) for item in decorator.args]
            for value in found:
                if isinstance(value, ModelValue):
                    return value.model
    for statement in module.tree.body:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not (isinstance(call, ast.Call) and dotted(call.func).endswith("register")):
            continue
        if len(call.args) == 2 and dotted(call.args[1]) == node.name:
            value = reader.evaluate(call.args[0], Scope(module))
            return value.model if isinstance(value, ModelValue) else None
    return None
