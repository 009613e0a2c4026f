"""Classes that a framework drives: generic views, API views, the admin, choice fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querylens.lint import classes, querysets, serializers
from querylens.lint.registrations import admin_model
from querylens.lint.scope import Where
from querylens.lint.values import (
    ClassValue,
    Literal,
    ManagerValue,
    MappingValue,
    ModelValue,
    ObjectValue,
    QuerySetValue,
    Row,
    Value,
    choices,
    text_of,
)

if TYPE_CHECKING:
    from querylens.lint.models import Model
    from querylens.lint.reader import Reader

LISTS = (*("ListView", "BaseListView", "MultipleObjectMixin", "ArchiveIndexView", "FilterView"),)
DETAILS = ("DetailView", "UpdateView", "DeleteView", "SingleObjectMixin")
API_LISTS = (
    *("ListAPIView", "ListCreateAPIView", "ListModelMixin", "ModelViewSet"),
    *("ReadOnlyModelViewSet",),
)


def inherited(
    reader: Reader,
    receiver: ObjectValue,
    name: str,
    arguments: list[Value],
    keywords: dict[str, Value],
    where: Where,
) -> Value:
    """What a method gives that a class inherits from a library."""
    if name in ("get_queryset", "get_object", "filter_queryset", "paginate_queryset"):
        if name in ("filter_queryset", "paginate_queryset") and arguments:
            return arguments[0]
        rows = default_rows(reader, receiver, where)
        if rows is None:
            return Value()
        if name == "get_object":
            from querylens.lint.fetching import fetch_one

            return fetch_one(reader, rows, "get", where)
        return rows
    if name == "get_serializer" and arguments:
        kind = reader.attribute(receiver, "serializer_class", where)
        if isinstance(kind, ClassValue):
            return reader.call(kind, arguments, keywords, where)
    if name == "get_context_data":
        found = MappingValue(key=Value(), element=Value())
        found.known.update(_names_shown(reader, receiver, where))
        found.known.update(keywords)
        return found
    return Value()


def default_rows(reader: Reader, receiver: ObjectValue, where: Where) -> QuerySetValue | None:
    """The queryset of a view that names one, or a model."""
    for name in ("queryset", "model"):
        value = reader.attribute(receiver, name, where)
        for item in choices(value):
            if isinstance(item, ManagerValue):
                return querysets.rows_of(reader, item, where)
            if isinstance(item, QuerySetValue):
                return item.but()
            if isinstance(item, ModelValue):
                return _all_of(reader, item.model, where)
    model = admin_model(reader, receiver.of)
    return _all_of(reader, model, where) if model is not None else None


def _all_of(reader: Reader, model: Model, where: Where) -> QuerySetValue:
    manager = ManagerValue(model=model, name=model.default_manager)
    return querysets.rows_of(reader, manager, where).but(built=None)


def rows_of_view(reader: Reader, view: ObjectValue, where: Where) -> QuerySetValue | None:
    """What the view's own `get_queryset` gives, or the one that it inherits."""
    method = classes.find(reader, view.of, "get_queryset")
    if method is not None:
        function = classes.bound_function(reader, *method, view)
        given = [Value()] if len(function.node.args.args) > 1 else []
        found = reader.call(function, given, {}, where)
        return next((item for item in choices(found) if isinstance(item, QuerySetValue)), None)
    return default_rows(reader, view, where)


def read_list_view(reader: Reader, kind: ClassValue, where: Where) -> None:
    """A page of a generic view: its template reads what the view gives it."""
    from querylens.lint import rendering

    view = ObjectValue(of=kind)
    rows = rows_of_view(reader, view, where)
    if rows is None:
        return
    is_list = classes.is_a(reader, kind, *LISTS)
    shown: Value = rows
    if not is_list:
        from querylens.lint.fetching import fetch_one

        shown = fetch_one(reader, rows, "get", where)
    view.kept["object_list" if is_list else "object"] = shown
    context = MappingValue(known=_names_shown(reader, view, where))
    own = classes.find(reader, kind, "get_context_data")
    if own is not None:
        function = classes.bound_function(reader, *own, view)
        found = reader.call(function, [], {"": Value()}, where)
        for item in choices(found):
            if isinstance(item, MappingValue):
                context.known |= item.known
    for name in _template_names(reader, view, rows.model, is_list, where):
        rendering.show(reader, Literal(value=name), context, where)


def _names_shown(reader: Reader, view: ObjectValue, where: Where) -> dict[object, Value]:
    """The names that a generic view gives its rows (django/views/generic/list.py)."""
    is_list = "object_list" in view.kept
    shown = view.kept.get("object_list" if is_list else "object")
    if not isinstance(shown, (QuerySetValue, Row)):
        return {}
    name = text_of(reader.attribute(view, "context_object_name", where))
    model = shown.model.name.lower()
    names = ["object_list", "page_obj", f"{model}_list"] if is_list else ["object", model]
    return {**dict.fromkeys([*names, *([name] if name else [])], shown), "view": view}


def _template_names(
    reader: Reader, view: ObjectValue, model: Model, is_list: bool, where: Where
) -> list[str]:
    own = text_of(reader.attribute(view, "template_name", where))
    if own:
        return [own]
    suffix = text_of(reader.attribute(view, "template_name_suffix", where))
    suffix = suffix or ("_list" if is_list else "_detail")
    return [f"{model.app_label}/{model.name.lower()}{suffix}.html"]


def read_api_view(reader: Reader, kind: ClassValue, where: Where) -> None:
    """A list of an API: its serializer reads each row."""
    view = ObjectValue(of=kind)
    rows = rows_of_view(reader, view, where)
    serializer = reader.attribute(view, "serializer_class", where)
    if rows is None:
        return
    for item in choices(serializer):
        if isinstance(item, ClassValue):
            serializers.serialize_many(reader, item, rows, where)
