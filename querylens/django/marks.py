"""Places that are no Python lines: a template's tag, a serializer's field, an admin's column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any

from querylens.stack import Declaration, Tag

_Reader = Callable[[Mapping[str, Any]], Any]


def _node(variables: Mapping[str, Any]) -> Any:
    return variables["self"]


def _for_node(variables: Mapping[str, Any]) -> Any:
    return (variables["self"],)


def _serializer_field(variables: Mapping[str, Any]) -> Any:
    field = variables.get("field")
    return Declaration(type(variables["self"]), getattr(field, "field_name", None) or "")


def _form_field(variables: Mapping[str, Any]) -> Any:
    return Declaration(type(variables["self"]), variables.get("name") or "")


def _admin_column(variables: Mapping[str, Any]) -> Any:
    column = variables.get("field_name")
    return Declaration(
        type(variables["cl"].model_admin), column if isinstance(column, str) else "list_display"
    )


def _bound_field(variables: Mapping[str, Any]) -> Any:
    bound = variables["self"]
    return Declaration(type(bound.form), bound.name)


def _view(variables: Mapping[str, Any]) -> Any:
    return Declaration(type(variables["self"]))


#: By file and function: classes of the project that work through a library's frames.
_DECLARING: dict[tuple[str, str], _Reader] = {
    ("rest_framework/serializers.py", "Serializer.to_representation"): _serializer_field,
    ("rest_framework/serializers.py", "Serializer.to_internal_value"): _serializer_field,
    ("admin/templatetags/admin_list.py", "items_for_result"): _admin_column,
    ("django/forms/forms.py", "BaseForm._clean_fields"): _form_field,
    ("django/forms/boundfield.py", "BoundField.as_widget"): _bound_field,
    ("django/forms/boundfield.py", "BoundField.subwidgets"): _bound_field,
    ("django/views/generic/base.py", "View.dispatch"): _view,
    ("rest_framework/views.py", "APIView.dispatch"): _view,
}
_DECLARING_FUNCTIONS = {function for _, function in _DECLARING}


def find(frames: Sequence[FrameType]) -> tuple[tuple[int, _Reader], ...]:
    """The depths to read at each query, and how: the innermost tag and each loop around it."""
    found: list[tuple[int, _Reader]] = []
    in_tag = False
    for depth, frame in enumerate(frames):
        code = frame.f_code
        name = code.co_qualname
        if name == "Node.render_annotated":
            if not in_tag:
                found.append((depth, _node))
            in_tag = True
        elif name == "ForNode.render":
            # Without a tag inside, the loop's own list is being fetched: once, before the loop.
            if in_tag:
                found.append((depth, _for_node))
        elif name in _DECLARING_FUNCTIONS:
            file = code.co_filename.replace("\\", "/")
            found += [
                (depth, read)
                for (ending, function), read in _DECLARING.items()
                if function == name and file.endswith(ending)
            ]
    return tuple(found)


def sites(marks: tuple[Any, ...]) -> Sequence[Tag | Declaration | None]:
    """What was read at each depth, as a site."""
    return [
        mark
        if isinstance(mark, Declaration)
        else _tag(mark[0], loops=True)
        if isinstance(mark, tuple)
        else _tag(mark, loops=False)
        for mark in marks
    ]


def _tag(node: Any, loops: bool) -> Tag | None:
    token, origin = getattr(node, "token", None), getattr(node, "origin", None)
    if token is None or origin is None:
        return None
    contents = token.split_contents() if loops else [token.contents]
    shown = " ".join(contents)
    text = f"{{{{ {shown} }}}}" if token.token_type.name == "VAR" else f"{{% {shown} %}}"
    name = str(origin.template_name or origin.name)
    return Tag(name, str(origin.name), token.lineno, text, loops)


def compiled_templates(
    frames: Sequence[FrameType],
) -> dict[int, tuple[str, str, Callable[[int], int]]]:
    """Frames of Jinja templates, which are Python with lines of its own."""
    found: dict[int, tuple[str, str, Callable[[int], int]]] = {}
    for depth, frame in enumerate(frames):
        if frame.f_code.co_filename.endswith(".py"):
            continue
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            file = str(template.filename or template.name)
            found[depth] = (str(template.name), file, template.get_corresponding_lineno)
    return found
