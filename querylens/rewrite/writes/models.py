"""Which class and which manager a write in source belongs to."""

from __future__ import annotations

import ast

from querylens.model import Cause
from querylens.rewrite.statements import source_of
from querylens.rewrite.writes.names import in_reach
from querylens.source import Module, name_of

_SAME_ROWS = {"using", "db_manager"}


def details(cause: Cause, name: str) -> list[str]:
    """The details that the ORM told under a name, sorted."""
    prefix = f"{name}: "
    return sorted(item.removeprefix(prefix) for item in cause.facts if item.startswith(prefix))


def detail(cause: Cause, name: str) -> str:
    """The detail of the one fact of a name: `book` of `foreign key: book`."""
    found = details(cause, name)
    return found[0] if len(found) == 1 else ""


def has(cause: Cause, *names: str) -> bool:
    """Whether the ORM told a fact of any of these names."""
    return any(item.partition(":")[0] in names for item in cause.facts)


def class_name(label: str) -> str:
    """`Book` of `library.Book`."""
    return label.rpartition(".")[2]


def manager_name(cause: Cause, *, finds_all: bool = False) -> str:
    """`Tag.objects`, for the model that is written; `finds_all` must not leave a row out."""
    manager = detail(cause, "manager") or "objects"
    if finds_all and has(cause, "custom queryset"):
        manager = "_base_manager"
    return f"{class_name(cause.model)}.{manager}"


def manager_in_reach(
    module: Module, node: ast.AST, cause: Cause, *, finds_all: bool = False
) -> str:
    """The same where the model's name is known at a node; else empty."""
    known = in_reach(module, node, cause.model)
    return manager_name(cause, finds_all=finds_all) if known else ""


def is_plain(node: ast.expr) -> bool:
    """Whether an expression is a name, or attributes of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def constructor_of(manager: ast.expr, cause: Cause, module: Module) -> str:
    """What makes an object of the manager's model, without saving it; empty when not sure."""
    chain = manager
    while isinstance(chain, ast.Call) and isinstance(chain.func, ast.Attribute):
        if chain.func.attr not in _SAME_ROWS:
            return ""
        chain = chain.func.value
    if not (isinstance(chain, ast.Attribute) and is_plain(chain)):
        return f"{source_of(module, manager)}.model" if is_plain(manager) else ""
    if name_of(chain.value) in (class_name(cause.model), "cls"):
        return source_of(module, chain.value)
    return f"{source_of(module, chain)}.model"


def row_with(manager: ast.expr, cause: Cause) -> ast.expr | None:
    """The row whose related manager it is: `book` of `book.chapters`."""
    accessor = cause.relation.rpartition(".")[2]
    if isinstance(manager, ast.Attribute) and manager.attr == accessor and is_plain(manager.value):
        return manager.value
    return None


def manager_of_built(node: ast.expr, cause: Cause, module: Module) -> str:
    """`models.Tag.objects`, where the object was built by `models.Tag(…)`; else empty."""
    if not isinstance(node, ast.Call) or not builds(node, cause) or not is_plain(node.func):
        return ""
    return f"{source_of(module, node.func)}.{detail(cause, 'manager') or 'objects'}"


def builds(node: ast.expr, cause: Cause) -> bool:
    """Whether an expression is a call of the model's own class: a new object."""
    return isinstance(node, ast.Call) and name_of(node.func) == class_name(cause.model)
