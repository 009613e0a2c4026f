"""What is expected of each family of causes, so that a shape names only what is its own."""

from __future__ import annotations

from dataclasses import replace

from tests.project.library import models
from tests.shapes.declare import Expectation, expect

#: What a prefetch makes free, and so the advice for each way to read a related set.
FREE_AFTER_PREFETCH = {"all", "slice"}


def to_one(relation: str, *, kind: str = "forward", path: str | None = "?", **more) -> Expectation:
    """A row that an attribute of another row loads."""
    expected = {"rule": "QL101", "fix": "select_related", "access": "attribute"}
    return expect(kind=kind, to_one=True, **(related(relation, path) | expected | more))


def related_set(
    relation: str, access: str = "all", *, kind: str = "reverse", path: str | None = "?", **more
) -> Expectation:
    """Rows that are read through a manager on another row."""
    fix = "prefetch_related" if access in FREE_AFTER_PREFETCH else "prefetch_object"
    expected = {"rule": "QL102", "fix": fix, "access": access}
    return expect(kind=kind, **(related(relation, path) | expected | more))


def past_prefetch(relation: str, access: str, *, kind: str = "reverse", **more) -> Expectation:
    """The same where the rows were prefetched and the access goes round them."""
    return related_set(
        relation, access, kind=kind, **({"rule": "QL103", "fix": "prefetch_object"} | more)
    )


def generic_row(**more) -> Expectation:
    """The row that a GenericForeignKey points to."""
    expected = {"kind": "generic", "rule": "QL107", "fix": "prefetch_related"}
    return to_one("Note.obj", **(expected | more))


def deferred(relation: str, *, path: str | None = "?", **more) -> Expectation:
    """A field that the queryset left out."""
    owner = {"model": f"library.{relation.partition('.')[0]}"}
    expected = {"rule": "QL106", "fix": "load_field", "access": "attribute"}
    return expect(kind="deferred", **(related(relation, path) | owner | expected | more))


def lookup(model: str, access: str, **more) -> Expectation:
    """Rows that a queryset of the project's own fetches."""
    return own("lookup", model, access, **({"rule": "QL104", "fix": "in_bulk"} | more))


def aggregate(model: str, access: str, **more) -> Expectation:
    """A number that a queryset of the project's own asks for."""
    return own("aggregate", model, access, **({"rule": "QL105", "fix": "annotate"} | more))


def related_aggregate(relation: str, access: str, *, path: str | None = "?", **more) -> Expectation:
    """A number that the manager on another row asks for."""
    expected = {"rule": "QL105", "fix": "annotate", "access": access}
    return expect(kind="aggregate", **(related(relation, path) | expected | more))


def insert(model: str, access: str = "create", **more) -> Expectation:
    return own("insert", model, access, **({"rule": "QL201", "fix": "bulk_create"} | more))


def get_or_create(model: str, access: str = "get_or_create", **more) -> Expectation:
    return insert(model, access, **({"rule": "QL204"} | more))


def update(model: str, access: str = "save", **more) -> Expectation:
    fix = "bulk_update" if access == "save" else "queryset_update"
    return own("update", model, access, **({"rule": "QL202", "fix": fix} | more))


def delete(model: str, **more) -> Expectation:
    return own("delete", model, "delete", **({"rule": "QL203", "fix": "queryset_delete"} | more))


def relation_write(relation: str, access: str, **more) -> Expectation:
    expected = {"rule": "QL205", "fix": "through_bulk_create", "access": access}
    return expect(kind="relation_write", **(related(relation, "?") | expected | more))


def prefetch(relation: str, **more) -> Expectation:
    expected = {"rule": "QL109", "fix": "prefetch_related", "access": "prefetch_related"}
    return expect(kind="prefetch", **(related(relation, "?") | expected | more))


def raw(access: str = "execute", model: str = "", **more) -> Expectation:
    return own("raw", model, access, **({"rule": "QL108", "fix": "single_query"} | more))


def own(kind: str, model: str, access: str, **more) -> Expectation:
    label = f"library.{model}" if model and "." not in model else model
    # What is written through a relation leads along it.
    path = more.get("relation", "").rpartition(".")[2]
    return expect(kind=kind, access=access, model=label, **({"path": path} | more))


def repeated(expectation: Expectation, **more) -> Expectation:
    """The same cause where the values repeat: the result is there already."""
    return replace(expectation, **({"rule": "QL301", "fix": "reuse_result"} | more))


def beside_relation(expectation: Expectation, **more) -> Expectation:
    """A lookup of a row that an attribute holds."""
    return replace(expectation, **({"rule": "QL302", "fix": "reuse_relation"} | more))


def related(relation: str, path: str | None) -> dict:
    name = relation.partition(".")[2]
    return {
        "model": target_of(relation),
        "relation": f"library.{relation}",
        "path": name if path == "?" else path,
    }


def target_of(relation: str) -> str:
    """The model that a relation leads to; nothing when each row leads to another one."""
    owner, _, name = relation.partition(".")
    for field in getattr(models, owner)._meta.get_fields(include_hidden=True):
        is_reverse = field.auto_created and not field.concrete
        if (field.get_accessor_name() if is_reverse else field.name) == name:
            return field.related_model._meta.label if field.related_model else ""
    raise LookupError(relation)
