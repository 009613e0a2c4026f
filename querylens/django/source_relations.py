"""The relations of loaded models as `querylens lint` knows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from querylens.lint.models import Relation

if TYPE_CHECKING:
    from django.db import models


def relations_of(model: type[models.Model]) -> Iterator[tuple[str, Relation]]:
    """A model's relations by their names in filters, those without an attribute among them."""
    for field in model._meta.get_fields(include_hidden=True):
        if field.is_relation:
            relation = _relation(model, field)
            if relation.accessor or relation.lookup:
                yield field.name, relation


def _relation(model: type[models.Model], field: Any) -> Relation:
    if hasattr(field, "ct_field"):
        return _plain(field, "generic", to_one=True, accessor=field.name, lookup="")
    if hasattr(field, "object_id_field_name"):
        return _generic_rows(model, field)
    if field.concrete and not field.many_to_many:
        return _forward(field)
    if field.many_to_many:
        return _many_to_many(model, field)
    if field.field.many_to_one or field.field.one_to_one:
        return _reverse(model, field)
    # The other end of generic rows: a name for filters.
    return _plain(field, "reverse", to_one=False, accessor="", lookup=_visible(field.name))


def _plain(field: Any, kind: Any, *, to_one: bool, accessor: str, lookup: str) -> Relation:
    target = field.related_model
    return Relation(
        owner=field.model._meta.label,
        accessor=accessor,
        kind=kind,
        to_one=to_one,
        target=target._meta.label if target is not None else "",
        lookup=lookup,
        field=getattr(field, "field", field).name,
        is_own=not hasattr(field, "field"),
        generic_ends=_ends(field),
    )


def _ends(field: Any) -> tuple[str, str]:
    if hasattr(field, "ct_field"):
        return field.ct_field, field.fk_field
    of = getattr(field, "field", field)
    return getattr(of, "content_type_field_name", ""), getattr(of, "object_id_field_name", "")


def _generic_rows(model: type[models.Model], field: Any) -> Relation:
    named = model._meta.concrete_model if field.for_concrete_model else model
    plain = _plain(field, "generic", to_one=False, accessor=field.name, lookup=field.name)
    return replace(plain, generic_type=(named or model)._meta.label_lower)


def _forward(field: Any) -> Relation:
    plain = _plain(field, "forward", to_one=True, accessor=field.name, lookup=field.name)
    return replace(
        _with_key(plain, field),
        null=field.null,
        back=_visible(field.related_query_name()),
    )


def _reverse(model: type[models.Model], field: Any) -> Relation:
    plain = _plain(
        field,
        "reverse",
        to_one=bool(field.one_to_one),
        accessor=_accessor(model, field),
        lookup=_visible(field.name),
    )
    return replace(_with_key(plain, field.field), null=True, back=field.field.name)


def _with_key(relation: Relation, field: Any) -> Relation:
    key = field.target_field
    return replace(
        relation,
        attname=field.attname,
        target_key=key.name,
        target_attname=key.attname,
        target_is_primary=key.primary_key,
        is_parent_link=bool(field.remote_field.parent_link),
    )


def _many_to_many(model: type[models.Model], field: Any) -> Relation:
    is_reverse = field.auto_created
    key = field.field if is_reverse else field
    through = key.remote_field.through
    lookup = _visible(field.name)
    accessor = _accessor(model, field) if is_reverse else field.name
    back = field.field.name if is_reverse else _visible(field.related_query_name())
    ends = tuple(
        name() if (name := getattr(key, end, None)) else ""
        for end in ("m2m_field_name", "m2m_reverse_field_name")
    )
    keys = [other for other in through._meta.fields if other.is_relation]
    return replace(
        _plain(field, "many_to_many", to_one=False, accessor=accessor, lookup=lookup),
        back=back,
        through=through._meta.label,
        through_keys=(ends[1], ends[0]) if is_reverse else (ends[0], ends[1]),
        through_is_own=not through._meta.auto_created,
        through_is_by_primary=all(other.target_field.primary_key for other in keys),
        symmetrical=bool(key.remote_field.symmetrical),
    )


def _accessor(model: type[models.Model], relation: Any) -> str:
    """The attribute; none where only a proxy of the model has it."""
    name = _visible(relation.get_accessor_name() or "+")
    return name if name and hasattr(model, name) else ""


def _visible(name: str) -> str:
    """A name that code can use: Django's inner ones end so."""
    return "" if name.endswith("+") else name
