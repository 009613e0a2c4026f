"""Classes that a framework drives: generic views, API views, the admin, choice fields."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from querylens.lint import classes, collections_, iteration, querysets, serializers
from querylens.lint.loops import Loop
from querylens.lint.project import Defined, dotted
from querylens.lint.scope import At, Scope, Where
from querylens.lint.values import (
    ClassValue,
    Collection,
    ExternalValue,
    FunctionValue,
    Literal,
    ManagerValue,
    Mapping_,
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

LISTS = (
    *("ListView", "BaseListView", "MultipleObjectMixin", "ArchiveIndexView", "FilterView"),
)
_HINT = (
    "The admin fetches these rows: name a relation in `list_select_related` of {admin}, or give it "
    "a `get_queryset` that brings it along."
)
DETAILS = ("DetailView", "UpdateView", "DeleteView", "SingleObjectMixin")
API_LISTS = (
    *("ListAPIView", "ListCreateAPIView", "ListModelMixin", "ModelViewSet"),
    *("ReadOnlyModelViewSet",),
)
_ADMINS = ("ModelAdmin",)
_CHOICES = ("ModelChoiceField", "ModelMultipleChoiceField")
#: With these of its own, a choice field may show other rows, or none.
_OF_CHOICES = ("get_bound_field", "widget", "iterator", "choices", "queryset", "__init__")


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
        found = Mapping_(key=Value(), element=Value())
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
    context = Mapping_(known=_names_shown(reader, view, rows, shown, is_list, where))
    own = classes.find(reader, kind, "get_context_data")
    if own is not None:
        view.kept["object_list" if is_list else "object"] = shown
        function = classes.bound_function(reader, *own, view)
        found = reader.call(function, [], {"": Value()}, where)
        for item in choices(found):
            if isinstance(item, Mapping_):
                context.known |= item.known
    for name in _template_names(reader, view, rows.model, is_list, where):
        rendering.show(reader, Literal(value=name), context, where)


def _names_shown(
    reader: Reader,
    view: ObjectValue,
    rows: QuerySetValue,
    shown: Value,
    is_list: bool,
    where: Where,
) -> dict[object, Value]:
    """The names that a generic view gives its rows (django/views/generic/list.py)."""
    name = text_of(reader.attribute(view, "context_object_name", where))
    model = rows.model.name.lower()
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


def admin_model(reader: Reader, kind: ClassValue) -> Model | None:
    """The model that an admin class is registered for."""
    node = kind.defined.node
    assert isinstance(node, ast.ClassDef)
    module = kind.defined.module
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and dotted(decorator.func).endswith("register"):
            found = [reader.evaluate(item, Scope(module)) for item in decorator.args]
            for value in found:
                if isinstance(value, ModelValue):
                    return value.model
    for statement in module.tree.body:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call) and dotted(call.func).endswith("register"):
            if len(call.args) == 2 and dotted(call.args[1]) == node.name:
                value = reader.evaluate(call.args[0], Scope(module))
                return value.model if isinstance(value, ModelValue) else None
    return None


def read_admin(reader: Reader, kind: ClassValue, where: Where) -> None:
    """A list of the admin: each row's columns."""
    admin = ObjectValue(of=kind)
    model = admin_model(reader, kind)
    rows = rows_of_view(reader, admin, where)
    if model is None or rows is None:
        return
    found = classes.find(reader, kind, "list_display")
    columns = _columns(found[0]) if found is not None else []
    rows = _joined_by_admin(reader, admin, rows, columns, where)
    element = iteration.element_of(reader, rows, where)
    loop = Loop(None, "call")
    with reader.turning(loop):
        row = element.at(frozenset({loop}))
        if isinstance(row, Row) and rows.built is None:
            row.state.hint = _HINT.format(admin=classes.name_of(kind))
        for name, line in columns:
            owner = found[1].defined if found is not None else kind.defined
            place = serializers.declared_place(reader, owner, name, line)
            _read_column(reader, admin, row, name, place)
        if not columns:
            collections_.show(reader, row, where)


def _columns(defined: Defined) -> list[tuple[str, int]]:
    node = defined.node
    if not isinstance(node, (ast.List, ast.Tuple)):
        return []
    return [
        (item.value, item.lineno)
        for item in node.elts
        if isinstance(item, ast.Constant) and isinstance(item.value, str)
    ]


def _joined_by_admin(
    reader: Reader,
    admin: ObjectValue,
    rows: QuerySetValue,
    columns: list[tuple[str, int]],
    where: Where,
) -> QuerySetValue:
    """As `ChangeList.apply_select_related` does (django/contrib/admin/views/main.py)."""
    wanted = reader.attribute(admin, "list_select_related", where)
    if isinstance(wanted, Collection) and wanted.known:
        names = {text_of(item) for item in wanted.known}
        return rows.but(loads=replace(rows.loads, joined=rows.loads.joined | names))
    relations = rows.model.relations
    shows_key = any(name in relations and relations[name].kind == "forward" for name, _ in columns)
    is_asked = isinstance(wanted, Literal) and wanted.value is True
    if shows_key or is_asked:
        return rows.but(loads=replace(rows.loads, joins_all=True))
    return rows


def _read_column(reader: Reader, admin: ObjectValue, row: Value, name: str, where: Where) -> None:
    own = classes.find(reader, admin.of, name)
    if own is not None:
        function = classes.bound_member(reader, *own, admin, where)
        if isinstance(function, FunctionValue):
            reader.call(function, [row], {}, where)
        return
    value = row
    for step in [name] if name == "__str__" else name.split("__"):
        value = reader.attribute(value, step, where)
    if isinstance(value, FunctionValue):
        reader.call(value, [], {}, where)
    collections_.show(reader, value, where)


def action_rows(reader: Reader, kind: ClassValue, function: FunctionValue) -> dict[str, Value]:
    """What the admin hands to an action: the rows that were chosen."""
    names = [item.arg for item in function.node.args.args]
    if "queryset" not in names:
        return {}
    model = admin_model(reader, kind)
    if model is None:
        return {}
    node = function.node
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    rows = rows_of_view(reader, ObjectValue(of=kind), At(Scope(function.module), node))
    return {"queryset": rows.but(built=None)} if rows is not None else {}


def is_admin(reader: Reader, kind: ClassValue) -> bool:
    """Whether a class describes a model for the admin."""
    return classes.is_a(reader, kind, *_ADMINS)


def read_choices(reader: Reader, kind: ClassValue, where: Where) -> None:
    """The choice fields of a form: each row of theirs is shown."""
    node = kind.defined.node
    assert isinstance(node, ast.ClassDef)
    for statement in node.body:
        if not (isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call)):
            continue
        call = statement.value
        text = dotted(call.func)
        if not text:
            continue
        field = reader.value_of(reader.world.project.meaning(kind.defined.module, text))
        is_own = isinstance(field, ClassValue) and _shows_all_rows(reader, field)
        if is_own or isinstance(field, ExternalValue) and field.name.endswith(_CHOICES):
            _read_choice(reader, kind, field if is_own else None, call)


def _shows_all_rows(reader: Reader, field: ClassValue) -> bool:
    """Whether a project's choice field shows every row, with a label of its own at most."""
    if not classes.is_a(reader, field, *_CHOICES):
        return False
    return classes.find(reader, field, "label_from_instance") is not None and not any(
        classes.find(reader, field, name) for name in _OF_CHOICES
    )


def _read_choice(reader: Reader, kind: ClassValue, field: Value | None, call: ast.Call) -> None:
    given = {item.arg: item.value for item in call.keywords if item.arg}
    node = call.args[0] if call.args else given.get("queryset")
    if node is None or "widget" in given:
        return
    scope = classes.class_scope(kind.defined.module, kind)
    where = At(scope, node)
    rows = reader.evaluate(node, scope)
    if isinstance(rows, ManagerValue):
        rows = querysets.rows_of(reader, rows, where)
    if not isinstance(rows, QuerySetValue):
        return
    element = iteration.element_of(reader, rows, where)
    loop = Loop(None, "call")
    with reader.turning(loop):
        row = element.at(frozenset({loop}))
        if isinstance(field, ClassValue):
            own = classes.find(reader, field, "label_from_instance")
            if own is not None:
                function = classes.bound_function(reader, *own, ObjectValue(of=field))
                reader.call(function, [row], {}, where)
                return
        collections_.show(reader, row, where)
