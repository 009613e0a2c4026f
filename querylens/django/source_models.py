"""The models of `querylens lint` from a loaded registry: surer than what source alone tells."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save

from querylens.django.source_relations import relations_of
from querylens.django.writing import receiver_names, required_names, unique_sets
from querylens.lint.models import ClassRef, Field, Manager, Member, Model, Models

_SIGNALS = {
    "pre_save": pre_save,
    "post_save": post_save,
    "pre_delete": pre_delete,
    "post_delete": post_delete,
    "m2m_changed": m2m_changed,
}


@dataclass(frozen=True, slots=True)
class LoadedRegistry:
    """Asks the registry in whichever process reads the source."""

    settings: str

    def __call__(self, read: Models) -> Models:
        """The models of a project with these settings, which it loads where that is not done."""
        if not apps.ready:
            os.environ["DJANGO_SETTINGS_MODULE"] = self.settings
            django.setup()
        return loaded_models(read)


def loaded_models(read: Models) -> Models:
    """The models of Django's registry; methods are where the read ones have them.

    Django must be set up.
    """
    files = {file.path: name for name, file in read.project.files.items()}
    found = [_model(model, _ref(model, files), read) for model in apps.get_models()]
    return read.with_loaded(found, dict(_receivers()), settings.AUTH_USER_MODEL)


def _ref(model: type, files: Mapping[str, str]) -> ClassRef:
    """The class by the name that the project has for its file."""
    path = getattr(sys.modules.get(model.__module__), "__file__", None) or ""
    return ClassRef(files.get(path, model.__module__), model.__name__)


def _model(model: type[models.Model], ref: ClassRef, read: Models) -> Model:
    options = model._meta
    known = read.of_class(*ref)
    relations = [relation for _, relation in relations_of(model)]
    concrete = options.concrete_model or model
    return Model(
        label=options.label,
        name=model.__name__,
        app_label=options.app_label,
        ref=ref,
        line=known.line if known else 0,
        fields=_fields(model),
        relations={r.accessor: r for r in relations if r.accessor},
        lookups={r.lookup: r for r in relations if r.lookup},
        managers={m.name: _manager(m, known) for m in options.managers},
        default_manager=model._default_manager.name,
        has_ordering=bool(options.ordering),
        is_proxy=options.proxy,
        parents=() if options.proxy else tuple(p._meta.label for p in options.parents),
        concrete=concrete._meta.label,
        primary_key=options.pk.name,
        methods=known.methods if known else dict(_methods(model)),
        attributes=frozenset(dir(model)),
        unique_sets=frozenset(unique_sets(model)),
    )


def _fields(model: type[models.Model]) -> dict[str, Field]:
    required = set(required_names(model))
    return {field.name: _field(field, field.name in required) for field in model._meta.fields}


def _field(field: Any, is_required: bool) -> Field:
    kinds = [kind for kind in type(field).__mro__ if kind.__module__.startswith("django.")]
    default = field.default is not models.NOT_PROVIDED and field.default is not None
    return Field(
        name=field.name,
        attname=field.attname,
        kind=type(field).__name__,
        django_kind=kinds[0].__name__,
        owner=field.model._meta.label,
        null=field.null,
        unique=field.unique,
        primary_key=field.primary_key,
        has_default=default or field.has_db_default(),
        auto_now=getattr(field, "auto_now", False),
        auto_now_add=getattr(field, "auto_now_add", False),
        made_on_save=type(field).pre_save is not models.Field.pre_save,
        is_required=is_required,
    )


def _manager(manager: Any, known: Model | None) -> Manager:
    """What source knows of a manager; of one from elsewhere what its class has."""
    read = known.managers.get(manager.name) if known else None
    if read is not None and read.is_known:
        return read
    queryset = getattr(manager, "_queryset_class", models.QuerySet)
    return Manager(
        manager.name,
        methods=dict(_methods(type(manager))),
        queryset_methods=dict(_methods(queryset)),
    )


def _methods(owner: type) -> Iterator[tuple[str, Member]]:
    """Methods of a class that are none of the ORM's own."""
    for name, found in inspect.getmembers(owner, inspect.isfunction):
        function = inspect.unwrap(found)
        if not function.__module__.startswith("django.db."):
            within = function.__qualname__.rpartition(".")[0]
            ref = ClassRef(function.__module__, within)
            yield name, Member(name, ref, function.__code__.co_firstlineno, "method")


def _receivers() -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    for model in apps.get_models(include_auto_created=True):
        for name, signal in _SIGNALS.items():
            heard = tuple(receiver_names(signal, model))
            if heard:
                yield (name, model._meta.label), heard
