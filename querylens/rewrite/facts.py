"""What the ORM told of a group's cause, as the rewriting asks for it."""

from __future__ import annotations

from querylens.model import QueryGroup


def known(group: QueryGroup, name: str) -> bool:
    """Whether the ORM told this."""
    return group.cause is not None and name in group.cause.facts


def details(group: QueryGroup, name: str) -> tuple[str, ...]:
    """Of every `name: detail` the detail, sorted."""
    prefix = f"{name}: "
    facts = group.cause.facts if group.cause else ()
    return tuple(sorted(item.removeprefix(prefix) for item in facts if item.startswith(prefix)))


def detail(group: QueryGroup, name: str) -> str:
    """The one detail under a name; empty when there is none."""
    return next(iter(details(group, name)), "")


def model_of(group: QueryGroup) -> str:
    """`Book` of `library.Book`."""
    return group.cause.model.rpartition(".")[2] if group.cause else ""
