"""The same of models read from source, in the words of registry.py."""

from __future__ import annotations

from querylens.lint.facts import key_facts, reading_facts, relation_facts, write_facts
from querylens.lint.models import Model, Models

WRITES = [
    ("insert", "create"),
    ("insert", "get_or_create"),
    ("insert", "update_or_create"),
    ("update", "save"),
    ("update", "update"),
    ("update", "bulk_update"),
    ("delete", "delete"),
    ("relation_write", "add"),
]

_FIELD = (
    *("attname", "kind", "owner", "null", "unique", "primary_key", "has_default"),
    *("auto_now", "auto_now_add"),
)
#: Of the managers' methods those are compared that Django's have not.
_OF_EVERY_MANAGER = {"create", "get_queryset"}


def describe(models: Models) -> dict:
    return {model.label: _model(models, model) for model in models}


def _model(models: Models, model: Model) -> dict:
    return {
        "parents": sorted(model.parents),
        "concrete": model.concrete,
        "primary_key": model.primary_key,
        "default_manager": model.default_manager,
        "managers": {
            manager.name: _methods(manager.methods) for manager in model.managers.values()
        },
        "methods": _methods(model.methods),
        "has_ordering": model.has_ordering,
        "is_proxy": model.is_proxy,
        "fields": {
            name: {key: getattr(field, key) for key in _FIELD} | {"kind": _kind(field)}
            for name, field in model.fields.items()
        },
        "relations": {
            accessor: {
                "owner": relation.owner,
                "kind": relation.kind,
                "to_one": relation.to_one,
                "target": relation.target,
                "lookup": relation.lookup,
                "attname": relation.attname if relation.kind == "forward" else "",
                "null": relation.null if relation.kind == "forward" else None,
                "keys": _named(key_facts(relation)),
                "reading": []
                if relation.to_one
                else _named(reading_facts(models, relation, model)),
                "writing": _named(relation_facts(models, relation)),
            }
            for accessor, relation in model.relations.items()
        },
        "lookups": sorted(model.lookups),
        "writes": {
            f"{kind} {access}": _named(write_facts(models, kind, access, model))
            for kind, access in WRITES
        },
    }


def _kind(field) -> str:
    """How big the key is that Django makes, settings say."""
    return field.kind.removeprefix("Big")


def _methods(members) -> dict[str, str]:
    """The project's own."""
    return {
        name: member.qualname
        for name, member in members.items()
        if not member.owner.module.startswith("django.") and name not in _OF_EVERY_MANAGER
    }


def _named(facts) -> list[str]:
    return sorted(fact for fact in facts if not fact.startswith("owner has: _"))
