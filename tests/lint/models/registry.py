"""What Django's registry says of the models of a project: `python -m` it with settings."""

from __future__ import annotations

import inspect
import json
import sys

import django
from django.apps import apps
from django.db.models import NOT_PROVIDED, Manager, Model

from querylens.django.related import reading_facts
from querylens.django.shapes import _cause_of_descriptor, _is_to_one, _relation_kind
from querylens.django.shapes import label as label_of
from querylens.django.source_models import loaded_models
from querylens.django.writing import relation_facts, write_facts
from tests.lint.models import described
from tests.lint.models.described import WRITES
from tests.lint.models.reading import models_of


def describe() -> dict:
    """Every model by its label."""
    return {model._meta.label: _model(model) for model in apps.get_models()}


def _model(model: type[Model]) -> dict:
    options = model._meta
    return {
        "parents": [] if options.proxy else sorted(p._meta.label for p in options.parents),
        "concrete": options.concrete_model._meta.label,
        "primary_key": options.pk.name,
        "default_manager": model._default_manager.name,
        "managers": {m.name: dict(_methods(type(m), dir(Manager))) for m in options.managers},
        "methods": dict(_methods(model)),
        "has_ordering": bool(options.ordering),
        "is_proxy": options.proxy,
        "fields": {field.name: _field(field) for field in options.fields},
        "relations": dict(_relations(model)),
        "lookups": sorted(_lookups(model)),
        "writes": {
            f"{kind} {access}": _named(write_facts(kind, access, model)) for kind, access in WRITES
        },
    }


def _field(field) -> dict:
    default = field.default is not NOT_PROVIDED and field.default is not None
    return {
        "attname": field.attname,
        "kind": type(field).__name__.removeprefix("Big"),
        "owner": field.model._meta.label,
        "null": field.null,
        "unique": field.unique,
        "primary_key": field.primary_key,
        "has_default": default or field.has_db_default(),
        "auto_now": getattr(field, "auto_now", False),
        "auto_now_add": getattr(field, "auto_now_add", False),
    }


def _relations(model):
    for field in model._meta.get_fields(include_hidden=True):
        accessor = _accessor(model, field)
        if accessor:
            yield accessor, _relation(model, accessor, field)


def _accessor(model, field) -> str:
    if not field.is_relation:
        return ""
    is_reverse = hasattr(field, "get_accessor_name")
    name = field.get_accessor_name() if is_reverse else field.name
    if not name or name.endswith("+") or type(field).__name__ == "GenericRel":
        return ""
    # That of a relation to a proxy is no attribute of the model whose table it is.
    return name if hasattr(model, name) else ""


def _relation(model, accessor, field) -> dict:
    kind = _relation_kind(model, accessor)
    owner = field.model
    target = field.related_model
    keys = set()
    if kind == "forward":
        keys = _cause_of_descriptor(inspect.getattr_static(field.model, accessor)).facts
    return {
        "owner": label_of(owner),
        "kind": kind,
        "to_one": _is_to_one(model, accessor),
        "target": label_of(target),
        "lookup": "" if hasattr(field, "ct_field") else field.name,
        "attname": getattr(field, "attname", "") if kind == "forward" else "",
        "null": bool(getattr(field, "null", False)) if kind == "forward" else None,
        "keys": _named(keys),
        "reading": []
        if _is_to_one(model, accessor)
        else _named(reading_facts(model, accessor, field)),
        "writing": _named(relation_facts(field)),
    }


def _lookups(model):
    for field in model._meta.get_fields(include_hidden=True):
        if field.is_relation and not field.name.endswith("+") and not hasattr(field, "ct_field"):
            yield field.name


def _methods(owner: type, but=()):
    """The project's own functions of a class that Django's class has not got."""
    for name in dir(owner):
        found = inspect.getattr_static(owner, name)
        for inner in ("fget", "func", "__func__"):
            found = getattr(found, inner, found)
        function = inspect.unwrap(found) if inspect.isfunction(found) else None
        is_own = function is not None and not function.__module__.startswith("django.")
        if is_own and name not in but:
            yield name, function.__qualname__


def _named(facts) -> list[str]:
    """Without names that only Python and Django use, and what the version of Django tells."""
    return sorted(fact for fact in facts if not fact.startswith("owner has: _") and fact != "peers")


if __name__ == "__main__":
    django.setup()
    loaded = loaded_models(models_of(*sys.argv[1:]))
    json.dump([describe(), described.describe(loaded)], sys.stdout)
