"""Templates and objects of frameworks: what they read of the values that they are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from querylens.lint import classes, serializers, views, writes
from querylens.lint.scope import At, Where
from querylens.lint.values import (
    Collection,
    ExternalValue,
    Literal,
    MappingValue,
    ObjectValue,
    Row,
    Value,
    choices,
    either,
    text_of,
    turns_of,
)
from querylens.model import Place

if TYPE_CHECKING:
    from querylens.lint.reader import Reader

_Arguments = list[Value]
_Keywords = dict[str, Value]


def made_object(
    reader: Reader, made: ObjectValue, arguments: _Arguments, keywords: _Keywords, where: Where
) -> Value:
    """What is done with an object of a project's class as soon as it is made."""
    if serializers.is_serializer(reader, made.of):
        serializers.serialize_argument(reader, made, arguments, keywords, where)
    if "instance" in keywords:
        made.kept["instance"] = keywords["instance"]
    return made


def method_called(
    reader: Reader,
    receiver: ObjectValue,
    name: str,
    arguments: _Arguments,
    keywords: _Keywords,
    where: Where,
) -> Value:
    """A method of an object that its class inherits from a library."""
    if name == "save" and classes.is_a(reader, receiver.of, "ModelForm", "BaseModelForm"):
        return _saved_form(reader, receiver, keywords, where)
    found = views.inherited(reader, receiver, name, arguments, keywords, where)
    if isinstance(found, (Row, ExternalValue)) or type(found) is not Value:
        return found
    return Value(turns_of([receiver, *arguments, *keywords.values()]))


def _saved_form(reader: Reader, form: ObjectValue, keywords: _Keywords, where: Where) -> Value:
    """`form.save()`: an INSERT, or an UPDATE of the instance that it was given."""
    model = serializers.model_of(reader, form.of)
    commit = keywords.get("commit")
    if model is None or isinstance(commit, Literal):
        return Value(form.turns)
    is_new = "instance" not in form.kept
    return writes.saved_object(reader, model, is_new, form.turns, where)


def _render(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    """`render(request, template, context)`, and `TemplateResponse` which takes the same."""
    return _shown(reader, arguments[1:], keywords, where)


def _shown(reader: Reader, arguments: _Arguments, keywords: _Keywords, where: Where) -> Value:
    names = ("template_name", "context")
    given = {**dict(zip(names, arguments, strict=False)), **keywords}
    template = given.get("template_name") or given.get("template") or Value()
    show(reader, template, given.get("context", Value()), where)
    return Value()


def show(reader: Reader, template: Value, context: Value, where: Where) -> None:
    """Reads what the templates that a value may name read of a context."""
    known: dict[str, Value] = {}
    for item in choices(context):
        if isinstance(item, MappingValue):
            for key, value in item.known.items():
                known[str(key)] = either([known[str(key)], value]) if key in known else value
    for item in choices(template):
        names = item.known or () if isinstance(item, Collection) else (item,)
        for name in filter(None, map(text_of, names)):
            reader.show(name, known, where, _python(reader, where))


def _python(reader: Reader, where: Where) -> Place | None:
    return reader.place(where) if isinstance(where, At) else None


FUNCTIONS: dict[str, Callable[[Reader, _Arguments, _Keywords, Where], Value]] = {
    "render": _render,
    "render_to_string": _shown,
    "TemplateResponse": _render,
    "SimpleTemplateResponse": _shown,
}
