"""Names for what a fix must call something, and whether a name stands for a model."""

from __future__ import annotations

import ast
import re

from querylens.source import Module

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.Module)


def snake(name: str) -> str:
    """`streaming_offer` of `StreamingOffer`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def plural(name: str) -> str:
    """`libraries` of `library`; what is a plural already stays one."""
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    if name.endswith(("ss", "us", "is", "x", "z", "ch", "sh")):
        return f"{name}es"
    return name if name.endswith("s") else f"{name}s"


def scope_of(module: Module, node: ast.AST) -> ast.AST:
    """The function, class or module that a node's names belong to."""
    current = module.parents.get(node)
    while current is not None and not isinstance(current, _SCOPES):
        current = module.parents.get(current)
    return current or module.tree


def free_in(scope: ast.AST, wanted: str) -> str:
    """The name, or the name with a number behind it, that a function does not use yet."""
    used = {item.id for item in ast.walk(scope) if isinstance(item, ast.Name)}
    used |= {item.arg for item in ast.walk(scope) if isinstance(item, ast.arg)}
    name, number = wanted, 2
    while name in used:
        name, number = f"{wanted}_{number}", number + 1
    return name


def in_reach(module: Module, node: ast.AST, label: str) -> str:
    """The name of the model `app.Model` at a node; empty unless it is imported or defined there."""
    name = label.rpartition(".")[2]
    scope = scope_of(module, node)
    local = [item for item in ast.walk(scope) if scope is not module.tree and _binds(item, name)]
    if local:
        body = getattr(scope, "body", [])
        return name if all(_is_import(item, name) and item in body for item in local) else ""
    is_known = any(_is_import(item, name) or _defines(item, name) for item in module.tree.body)
    return name if is_known else ""


def import_of(module: Module, package: str, name: str) -> tuple[str, ...] | None:
    """What must be imported for a name to mean that of a package; None if it means another."""
    for item in module.tree.body:
        if isinstance(item, ast.ImportFrom) and item.module == package and _is_import(item, name):
            return ()
    is_taken = any(
        (isinstance(item, ast.Name) and item.id == name)
        or (isinstance(item, ast.alias) and (item.asname or item.name) == name)
        or (isinstance(item, ast.arg) and item.arg == name)
        for item in ast.walk(module.tree)
    )
    return None if is_taken else (f"from {package} import {name}",)


def _binds(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Name):
        return node.id == name and not isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.arg):
        return node.arg == name
    return _is_import(node, name) or _defines(node, name)


def _is_import(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.ImportFrom) and any(
        name == (item.asname or item.name) and name == item.name for item in node.names
    )


def _defines(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.ClassDef) and node.name == name
