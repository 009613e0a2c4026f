"""What the ORM knows of a model or a relation that is written, and a fix must respect."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.models.manager import BaseManager
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save

_UPSERTS = {"get_or_create", "update_or_create"}
_WRITES_FIELDS = {"save", "bulk_update", "update_or_create"}


def write_facts(kind: str, access: str, model: type[models.Model]) -> frozenset[str]:
    """What writing many rows at once would skip for this very model, and how it can be done."""
    facts: set[str] = set()
    if kind == "insert" or (kind == "update" and access in _WRITES_FIELDS):
        facts |= insert_facts(model)
    if kind == "delete":
        facts |= _delete_facts(model)
    if access in _WRITES_FIELDS:
        facts.update(_fields_set_by_save(model))
    if access in _UPSERTS:
        facts.update(f"unique: {', '.join(names)}" for names in unique_sets(model))
        facts.update(f"required: {name}" for name in required_names(model))
        facts.add(f"primary key: {model._meta.pk.name}")
    return frozenset(facts | _manager_facts(model))


def insert_facts(model: type[models.Model]) -> frozenset[str]:
    """What `bulk_create` would skip for this very model, and whether it can be used at all."""
    facts = set()
    if model.save is not models.Model.save:
        facts.add(f"custom save: {model.save.__qualname__}")
    for name, signal in (("pre_save", pre_save), ("post_save", post_save)):
        facts.update(f"{name}: {receiver}" for receiver in receiver_names(signal, model))
    # A proxy has a parent too, but one of the same table.
    concrete = model._meta.concrete_model or model
    if any(not parent._meta.abstract for parent in concrete._meta.parents):
        facts.add("multi-table")
    facts.update(f"custom create: {name}" for name in _own_creates(model))
    return frozenset(facts)


def _delete_facts(model: type[models.Model]) -> set[str]:
    """A queryset's `delete()` sends the signals too, but never calls the model's own method."""
    facts = set()
    if model.delete is not models.Model.delete:
        facts.add(f"custom delete: {model.delete.__qualname__}")
    for name, signal in (("pre_delete", pre_delete), ("post_delete", post_delete)):
        facts.update(f"{name}: {receiver}" for receiver in receiver_names(signal, model))
    return facts


def _manager_facts(model: type[models.Model]) -> set[str]:
    """The default manager's name, and whether it may leave rows out."""
    manager, facts = model._default_manager, set()
    if manager.name != "objects":
        facts.add(f"manager: {manager.name}")
    find = getattr(type(manager), "get_queryset", BaseManager.get_queryset)
    if find is not BaseManager.get_queryset:
        facts.add(f"custom queryset: {find.__qualname__}")
    return facts


def _own_creates(model: type[models.Model]) -> Iterator[str]:
    """Managers whose `create` does more than Django's, which stays with the querysets' own."""
    for manager in model._meta.managers:
        for owner in (type(manager), getattr(manager, "_queryset_class", type(manager))):
            create = inspect.unwrap(owner.create)
            if create.__module__ != "django.db.models.query":
                yield create.__qualname__


def _fields_set_by_save(model: type[models.Model]) -> Iterator[str]:
    """Fields that `save` gives a value itself: this moment, this day, a file's place, anything."""
    for field in model._meta.concrete_fields:
        if isinstance(field, (models.DateField, models.TimeField)):
            if field.auto_now:
                is_moment = isinstance(field, models.DateTimeField)
                yield f"auto_now: {field.name}" if is_moment else f"auto_now of a day: {field.name}"
        elif isinstance(field, models.FileField):
            yield f"stored on save: {field.name}"
        elif type(field).pre_save is not models.Field.pre_save:
            yield f"made on save: {field.name}"


def unique_sets(model: type[models.Model]) -> Iterator[tuple[str, ...]]:
    """The fields, or the fields together, of which the database keeps every value once."""
    options = model._meta
    yield from ((field.name,) for field in options.concrete_fields if field.unique)
    yield from (tuple(names) for names in options.unique_together)
    for constraint in options.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            is_plain = constraint.condition is None and not constraint.expressions
            # Of another one only is known that there is something more to break.
            yield tuple(constraint.fields) if is_plain else (f"({constraint.name})",)


def required_names(model: type[models.Model]) -> Iterator[str]:
    """Fields that a new row can't do without."""
    for field in model._meta.concrete_fields:
        # A text without a default is an empty text.
        has_default = field.has_db_default() or field.get_default() is not None
        is_made = isinstance(field, models.AutoField) or field.generated
        sets_itself = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
        if not (field.null or has_default or is_made or sets_itself):
            yield field.name


def relation_facts(field: Any) -> frozenset[str]:
    """The names by which rows are tied to the row that a related manager belongs to."""
    if field is None:
        return frozenset()
    if hasattr(field, "object_id_field_name"):
        ends = (field.content_type_field_name, field.object_id_field_name)
        return frozenset({f"generic: {', '.join(ends)}"}).union(
            f"foreign key: {other.name}"
            for other in field.related_model._meta.private_fields
            if (getattr(other, "ct_field", ""), getattr(other, "fk_field", "")) == ends
        )
    if field.many_to_many:
        return frozenset(_through_facts(field))
    if field.one_to_many:
        return frozenset({f"foreign key: {field.field.name}"})
    return frozenset()


def _through_facts(relation: Any) -> Iterator[str]:
    """`through: book, tag`: the row's own key in the table between, and the other row's."""
    is_forward = not relation.auto_created
    field = relation if is_forward else relation.field
    ends = field.m2m_field_name(), field.m2m_reverse_field_name()
    yield f"through: {', '.join(ends if is_forward else ends[::-1])}"
    through = field.remote_field.through
    if not through._meta.auto_created:
        yield f"through model: {through._meta.app_label}.{through.__name__}"
    if field.remote_field.symmetrical:
        yield "symmetrical"
    for receiver in receiver_names(m2m_changed, through):
        yield f"m2m_changed: {receiver}"


def receiver_names(signal: Any, model: type[models.Model]) -> list[str]:
    """The dotted names of the functions that hear a signal of a model."""
    live = signal._live_receivers(model)
    # Sync and async receivers apart, in every supported Django.
    receivers = [receiver for part in live for receiver in part]
    return [
        f"{receiver.__module__}.{receiver.__qualname__}"
        for receiver in receivers
        if hasattr(receiver, "__qualname__")
    ]
