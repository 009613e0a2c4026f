"""What a fix must know of a relation to many rows, as facts of a cause."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db.models.manager import BaseManager

if TYPE_CHECKING:
    from django.db.models import Model


def reading_facts(owner: type[Model], accessor: str, field: Any) -> frozenset[str]:
    """How code names the related rows' model, and how queries lead there and back.

    `manager: objects`, `module: shop.models` and `foreign: author` are about the related model;
    `lookup: books`, `back: author` and `matches: pk` about the way between both (`type: …` and
    `key: …` for generic rows); `owner has: …` and `owner ordering` about the model whose attribute
    the relation is.
    """
    target = getattr(field, "related_model", None)
    if target is None or isinstance(target, str):
        return frozenset()
    way = _of_generic(owner, field) if hasattr(field, "object_id_field_name") else _of_way(field)
    return frozenset((*_of_target(target), *way, *_of_owner(owner, accessor)))


def _of_target(target: type[Model]) -> Iterator[str]:
    manager = target._default_manager
    yield f"manager: {manager.name}"
    if type(manager).get_queryset is not BaseManager.get_queryset:
        yield "own get_queryset"
    if getattr(sys.modules.get(target.__module__), target.__name__, None) is target:
        yield f"module: {target.__module__}"
    for field in target._meta.get_fields():
        # Whether many-to-many is `concrete` depends on the version of Django.
        if field.is_relation and (
            field.concrete or (field.many_to_many and not field.auto_created)
        ):
            yield f"foreign: {field.name}"


def _of_way(field: Any) -> Iterator[str]:
    yield f"lookup: {field.name}"
    if field.many_to_many:
        back = field.field.name if field.auto_created else field.related_query_name()
        keys = {"pk" if key.target_field.primary_key else "" for key in _keys_of_through(field)}
    else:
        key = field.field
        back = key.name
        keys = {"pk" if key.target_field.primary_key else key.target_field.name}
    if not back.endswith("+"):
        yield f"back: {back}"
        yield from (f"matches: {name}" for name in keys if name and len(keys) == 1)


def _of_generic(owner: type[Model], field: Any) -> Iterator[str]:
    """What leads back from generic rows: no relation, but a type and a key."""
    yield f"lookup: {field.name}"
    meta = owner._meta
    if field.for_concrete_model and meta.concrete_model is not None:
        meta = meta.concrete_model._meta
    yield f"type: {field.content_type_field_name} = {meta.label_lower}"
    yield f"key: {field.object_id_field_name}"


def _keys_of_through(field: Any) -> list[Any]:
    through = (field if hasattr(field, "through") else field.remote_field).through
    return [key for key in through._meta.fields if key.is_relation]


def _of_owner(owner: type[Model], accessor: str) -> Iterator[str]:
    if owner._meta.ordering:
        yield "owner ordering"
    stem = accessor.removesuffix("_set").removesuffix("ies").rstrip("s")
    yield from (f"owner has: {name}" for name in dir(owner) if stem in name)
