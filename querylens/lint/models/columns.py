"""Columns of a model, and what a key to its rows names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from querylens.lint.models.declared import Declared, is_required
from querylens.lint.models.drafts import Draft, Drafts
from querylens.lint.models.kinds import TEXTS
from querylens.lint.models.references import Labelled
from querylens.lint.models.values import Field
from querylens.lint.models.written import Written


@dataclass(frozen=True, slots=True)
class Key:
    """A column that tells rows from one another."""

    name: str
    attname: str
    is_primary: bool


_ID = Key("id", "id", is_primary=True)


def primary_key(drafts: Drafts, draft: Draft) -> Key:
    """The column that is the model's primary key."""
    concrete = drafts.concrete(draft)
    local = drafts.declarations.local(concrete.ref)
    for declared in local:
        if declared.written.is_true("primary_key"):
            return Key(declared.name, declared.attname, is_primary=True)
    if drafts.parents(concrete):
        for declared in local:
            if declared.parent is not None or declared.written.is_true("parent_link"):
                return Key(declared.name, declared.attname, is_primary=True)
    return _ID


def key_of(drafts: Drafts, declared: Declared, target: Draft | Labelled) -> Key:
    """The column of the related row that a key names."""
    if isinstance(target, Labelled):
        return _ID
    primary = primary_key(drafts, target)
    name = declared.written.string("to_field")
    if not name or name == primary.name:
        return primary
    for _, other in drafts.declarations.all(drafts.concrete(target).ref):
        if other.name == name:
            return Key(other.name, other.attname, is_primary=other.written.is_true("primary_key"))
    return Key(name, name, is_primary=False)


def fields_of(drafts: Drafts, draft: Draft) -> dict[str, Field]:
    """Every column of a model's rows by the field's name, those of parents first."""
    concrete = draft if draft.is_abstract else drafts.concrete(draft)
    found: dict[str, Field] = {}
    for owner in (*_above(drafts, concrete), concrete):
        key = _ID if owner.is_abstract else primary_key(drafts, owner)
        declared = drafts.declarations.local(owner.ref)
        if key.name == "id" and not owner.is_abstract and all(d.name != "id" for d in declared):
            kind = "AutoField"
            found["id"] = Field(
                *("id", "id", kind, kind, owner.full_name), unique=True, primary_key=True
            )
        for item in declared:
            if item.has_column:
                found[item.name] = _field(owner, item, is_primary=item.name == key.name)
    return found


def _above(drafts: Drafts, draft: Draft) -> Iterator[Draft]:
    for parent in drafts.parents(draft):
        yield from _above(drafts, parent)
        yield parent


def _field(owner: Draft, declared: Declared, *, is_primary: bool) -> Field:
    written = declared.written
    default = written.keyword("default")
    return Field(
        name=declared.name,
        attname=declared.attname,
        kind=declared.kind,
        django_kind=declared.django_kind,
        owner=owner.full_name,
        null=written.is_true("null"),
        unique=is_primary or written.is_true("unique") or declared.shape == "one_to_one",
        primary_key=is_primary,
        has_default=(default is not None and default != Written("constant"))
        or written.keyword("db_default") is not None,
        auto_now=written.is_true("auto_now"),
        auto_now_add=written.is_true("auto_now_add"),
        made_on_save=declared.made_on_save,
        is_required=is_required(declared, TEXTS),
        line=written.line,
    )
