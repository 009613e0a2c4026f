"""The facts of causes, from models read in source, in the words of the running ORM.

`querylens.django` says the same of loaded classes: its `related`, `writing` and `shapes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from querylens.lint.models import Field, Manager, Member, Model, Models, Relation

_UPSERTS = {"get_or_create", "update_or_create"}
_WRITES_FIELDS = {"save", "bulk_update", "update_or_create"}
_DATES = {"DateField", "DateTimeField", "TimeField"}
_FILES = {"FileField", "ImageField"}


def reading_facts(models: Models, relation: Relation, owner: Model | None = None) -> frozenset[str]:
    """How code names the rows of a relation to many, and how queries lead there and back.

    `owner` is the model of the row at hand, where that is a child of the one that declares it.
    """
    owner = owner or models.by_label(relation.owner)
    target = models.by_label(relation.target)
    if owner is None or target is None:
        return frozenset()
    way = _of_generic(relation) if relation.kind == "generic" else _of_way(relation)
    return frozenset((*_of_target(target), *way, *_of_owner(owner, relation.accessor)))


def _of_target(target: Model) -> Iterator[str]:
    yield f"manager: {target.default_manager}"
    if _own_queryset(target):
        yield "own get_queryset"
    yield f"module: {target.ref.module}"
    for other in target.relations.values():
        if other.is_own and other.kind != "generic":
            yield f"foreign: {other.field}"


def _of_way(relation: Relation) -> Iterator[str]:
    yield f"lookup: {relation.lookup}"
    if not relation.back:
        return
    yield f"back: {relation.back}"
    if relation.kind == "many_to_many":
        if relation.through_is_by_primary:
            yield "matches: pk"
    else:
        yield f"matches: {'pk' if relation.target_is_primary else relation.target_key}"


def _of_generic(relation: Relation) -> Iterator[str]:
    kind, key = relation.generic_ends
    yield f"lookup: {relation.lookup}"
    yield f"type: {kind} = {relation.generic_type}"
    yield f"key: {key}"


def _of_owner(owner: Model, accessor: str) -> Iterator[str]:
    if owner.has_ordering:
        yield "owner ordering"
    stem = accessor.removesuffix("_set").removesuffix("ies").rstrip("s")
    yield from (f"owner has: {name}" for name in owner.attributes if stem in name)


def write_facts(models: Models, kind: str, access: str, model: Model) -> frozenset[str]:
    """What writing many rows at once would skip for this model, and how it can be done."""
    facts: set[str] = set()
    if kind == "insert" or (kind == "update" and access in _WRITES_FIELDS):
        facts.update(_insert_facts(models, model))
    if kind == "delete":
        facts.update(_skipped("delete", model.own_delete))
        facts.update(_heard(models, model.label, "pre_delete", "post_delete"))
    if access in _WRITES_FIELDS:
        facts.update(_set_by_save(model.fields.values()))
    if access in _UPSERTS:
        facts.update(f"unique: {', '.join(names)}" for names in model.unique_sets)
        facts.update(f"required: {f.name}" for f in model.fields.values() if f.is_required)
        facts.add(f"primary key: {model.primary_key}")
    return frozenset(facts | _manager_facts(model))


def _insert_facts(models: Models, model: Model) -> Iterator[str]:
    yield from _skipped("save", model.own_save)
    yield from _heard(models, model.label, "pre_save", "post_save")
    concrete = models.by_label(model.concrete)
    if concrete is not None and concrete.parents:
        yield "multi-table"
    for manager in model.managers.values():
        for methods in (manager.methods, manager.queryset_methods):
            yield from _skipped("create", methods.get("create"))


def _skipped(method: str, own: Member | None) -> Iterator[str]:
    if own is not None:
        yield f"custom {method}: {own.qualname}"


def _heard(models: Models, label: str, *signals: str) -> Iterator[str]:
    for signal in signals:
        yield from (f"{signal}: {receiver}" for receiver in models.receivers(signal, label))


def _manager_facts(model: Model) -> set[str]:
    facts = set()
    if model.default_manager != "objects":
        facts.add(f"manager: {model.default_manager}")
    find = _own_queryset(model)
    if find:
        facts.add(f"custom queryset: {find}")
    return facts


def _own_queryset(model: Model) -> str:
    """The function by which the default manager may leave rows out; empty for Django's own."""
    manager = model.managers.get(model.default_manager, Manager(model.default_manager))
    if manager.get_queryset is not None:
        return manager.get_queryset.qualname
    # Most managers of other packages that are no plain ones have one.
    return "" if manager.is_known else f"{manager.name}.get_queryset"


def _set_by_save(fields: Iterable[Field]) -> Iterator[str]:
    for field in fields:
        if field.django_kind in _DATES:
            if field.auto_now:
                is_moment = field.django_kind == "DateTimeField"
                yield f"auto_now: {field.name}" if is_moment else f"auto_now of a day: {field.name}"
        elif field.django_kind in _FILES:
            yield f"stored on save: {field.name}"
        elif field.made_on_save:
            yield f"made on save: {field.name}"


def relation_facts(models: Models, relation: Relation) -> frozenset[str]:
    """The names by which rows are tied to the row that a related manager belongs to."""
    if relation.kind == "generic" and not relation.to_one:
        return frozenset(_tied_by_type(models, relation))
    if relation.kind == "many_to_many":
        return frozenset(_tied_through(models, relation))
    if relation.kind == "reverse" and not relation.to_one:
        return frozenset({f"foreign key: {relation.field}"})
    return frozenset()


def _tied_by_type(models: Models, relation: Relation) -> Iterator[str]:
    yield f"generic: {', '.join(relation.generic_ends)}"
    target = models.by_label(relation.target)
    for other in target.relations.values() if target else ():
        is_back = other.kind == "generic" and other.to_one
        if is_back and other.generic_ends == relation.generic_ends:
            yield f"foreign key: {other.field}"


def _tied_through(models: Models, relation: Relation) -> Iterator[str]:
    yield f"through: {', '.join(relation.through_keys)}"
    if relation.through_is_own:
        yield f"through model: {relation.through}"
    if relation.symmetrical:
        yield "symmetrical"
    yield from _heard(models, relation.through, "m2m_changed")


def key_facts(relation: Relation) -> frozenset[str]:
    """Which attributes of the related row the row holds itself: `key: id = author_id`."""
    if relation.kind != "forward":
        return frozenset()
    names = {relation.target_key, relation.target_attname}
    if relation.target_is_primary:
        names.add("pk")
    facts = {f"key: {name} = {relation.attname}" for name in names}
    return frozenset(facts | ({"parent link"} if relation.is_parent_link else set()))


def lookup_facts(model: Model, fields: Iterable[str]) -> frozenset[str]:
    """Which of the compared fields are keys to other rows: `related: author`."""
    return frozenset(
        f"related: {name}"
        for name in fields
        if (found := model.relations.get(name)) is not None and found.kind == "forward"
    )
