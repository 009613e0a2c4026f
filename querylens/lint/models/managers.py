"""The managers of a model, and what classes of managers and querysets can do."""

from __future__ import annotations

from collections.abc import Iterator

from querylens.lint.models.classes import Base, Classes, Copied
from querylens.lint.models.drafts import Draft, Drafts
from querylens.lint.models.values import ClassRef, Manager
from querylens.lint.models.written import Written


def managers_of(drafts: Drafts, draft: Draft) -> tuple[dict[str, Manager], str]:
    """A model's managers by name, those of the nearest class first, and the default one's name."""
    bases = _models(drafts, draft.ref)
    found: dict[str, Manager] = {}
    for ref in bases:
        for name, made in _own(drafts, ref).items():
            found.setdefault(name, made)
    default = drafts.options.of(draft.ref).text("default_manager_name")
    if not default and len(bases) > 1 and not _own(drafts, draft.ref):
        default = drafts.options.of(bases[1]).text("default_manager_name")
    return found, default or next(iter(found), "objects")


def _models(drafts: Drafts, ref: ClassRef) -> list[ClassRef]:
    """The model and those it inherits from."""
    return [
        base
        for base in drafts.classes.order(ref)
        if isinstance(base, ClassRef) and drafts.classes.family(base) == "model"
    ]


def _own(drafts: Drafts, ref: ClassRef) -> dict[str, Manager]:
    """The managers that a model adds: written ones, else Django's where it inherits none."""
    written = dict(_local(drafts.classes, ref))
    if written or drafts.options.is_abstract(ref):
        return written
    has_some = any(
        not drafts.options.is_abstract(base) or any(_local(drafts.classes, base))
        for base in _models(drafts, ref)[1:]
    )
    return {} if has_some else {"objects": Manager("objects")}


def _local(classes: Classes, ref: ClassRef) -> Iterator[tuple[str, Manager]]:
    """The managers that a class body assigns."""
    facts = classes.facts(ref)
    for name, written in facts.values.items() if facts else ():
        made = _class_of(classes, ref.module, written) if written.kind == "call" else None
        if made is not None:
            yield name, manager(classes, made, name)


def _class_of(classes: Classes, module: str, call: Written) -> Base | None:
    """The class of the manager that a call makes."""
    called = call.parts[0]
    owner, _, maker = called.text.rpartition(".")
    if maker == "as_manager":
        queryset = classes.named(module, Written("name", owner))
        return Copied(None, queryset) if queryset is not None else None
    base = classes.named(module, called)
    return base if base is not None and classes.family(base) == "manager" else None


def manager(classes: Classes, base: Base, name: str = "") -> Manager:
    """What a class of managers or of querysets can do."""
    order = classes.order(base)
    copied = next((item for item in order if isinstance(item, Copied)), None)
    queryset = copied.queryset if copied else None
    if classes.family(base) == "queryset":
        queryset = base
    return Manager(
        name,
        base if isinstance(base, ClassRef) and base != queryset else None,
        queryset if isinstance(queryset, ClassRef) else None,
        classes.members(base),
        classes.members(queryset) if queryset else {},
        classes.is_known(base),
    )
