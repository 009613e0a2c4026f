"""Reads what one file says of models: `facts_of(module)`, a pure function of its tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from querylens.lint.models.signals import receivers_of
from querylens.lint.models.syntax import written
from querylens.lint.models.written import ClassFacts, MemberFacts, ModuleFacts, Written
from querylens.lint.modules import Import, Module, assigned, top_level

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SIMPLE = (ast.Call, ast.Name, ast.Attribute, ast.Constant)
_PROPERTIES = {"property", "cached_property", "classproperty"}
#: Libraries whose classes have fields of their own that look like a model's.
_OTHER_FIELDS = (
    *("django.forms", "rest_framework", "django_filters", "factory", "graphene", "wtforms"),
    *("marshmallow", "import_export"),
)
#: Calls at the top level of a file that stand for a class or a model.
_MAKERS = ("from_queryset", "as_manager", "get_user_model", "get_model", "getattr")


def facts_of(module: Module) -> ModuleFacts:
    """What this file says of models."""
    imports = {
        name: (binding.module, binding.attribute)
        for name, binding in module.bindings.items()
        if isinstance(binding, Import)
    }
    return ModuleFacts(
        name=module.name,
        is_package=module.is_package,
        imports=imports,
        stars=tuple(module.stars),
        values=dict(_values(module)),
        functions=tuple(n for n, b in module.bindings.items() if isinstance(b, _FUNCTIONS)),
        classes={
            name: _class(binding, imports)
            for name, binding in module.bindings.items()
            if isinstance(binding, ast.ClassDef)
        },
        receivers=tuple(receivers_of(module)),
        user_models=tuple(_settings(module.tree.body, "AUTH_USER_MODEL")),
        installed=tuple(_settings(module.tree.body, "_APPS")),
    )


def _values(module: Module) -> Iterator[tuple[str, Written]]:
    """Names that stand for another name, a text, or what makes a class or a model."""
    for name, binding in module.bindings.items():
        if isinstance(binding, _SIMPLE):
            value = written(binding)
            if value.kind in ("name", "constant") or _is_made(value):
                yield name, value


def _is_made(value: Written) -> bool:
    called = value
    while called.kind == "call":
        called = called.parts[0]
    return called.text.rpartition(".")[2] in _MAKERS


def _class(node: ast.ClassDef, imports: dict[str, tuple[str, str]]) -> ClassFacts:
    is_meta = node.name == "Meta"
    members: dict[str, MemberFacts] = {}
    values: dict[str, Written] = {}
    names: list[str] = []
    meta: ClassFacts | None = None
    for statement in top_level(node.body):
        if isinstance(statement, _FUNCTIONS):
            kind = _kind(statement)
            if kind:
                members[statement.name] = MemberFacts(statement.lineno, kind)
        elif isinstance(statement, ast.ClassDef):
            names.append(statement.name)
            if statement.name == "Meta":
                meta = _class(statement, imports)
        else:
            for name, expression in assigned(statement):
                names.append(name)
                if is_meta or isinstance(expression, _SIMPLE):
                    value = written(expression)
                    if value.kind != "other" and not _is_other_field(value, imports):
                        values[name] = value
    bases = tuple(written(base, generic=True) for base in node.bases)
    return ClassFacts(node.name, node.lineno, bases, members, values, tuple(names), meta)


def _is_other_field(value: Written, imports: dict[str, tuple[str, str]]) -> bool:
    if value.kind != "call" or not value.parts[0].text:
        return False
    module, attribute = imports.get(value.parts[0].text.partition(".")[0], ("", ""))
    return f"{module}.{attribute}".startswith(_OTHER_FIELDS)


def _kind(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """What it is to its class; empty for the half of a property that only writes."""
    for decorator in function.decorator_list:
        name = written(decorator)
        text = (name.parts[0] if name.kind == "call" else name).text.rpartition(".")[2]
        if text in _PROPERTIES:
            return "property"
        if text in ("classmethod", "staticmethod"):
            return text
        if text in ("setter", "deleter"):
            return ""
    return "method"


def _settings(body: Iterable[ast.stmt], end: str) -> Iterator[str]:
    """The texts given to settings whose names end so, also in a class of settings, or added."""
    for statement in top_level(body):
        if isinstance(statement, ast.ClassDef):
            yield from _settings(statement.body, end)
        elif isinstance(statement, ast.AugAssign):
            if isinstance(statement.target, ast.Name) and statement.target.id.endswith(end):
                yield from _texts(statement.value)
        else:
            for target, value in assigned(statement):
                if target.endswith(end):
                    yield from _texts(value)


def _texts(node: ast.expr) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
