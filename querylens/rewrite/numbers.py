"""Numbers of related sets, brought along with the rows: `annotate` in place of a query each."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from querylens.model import Edit, Fix
from querylens.rewrite.annotations import Annotation, annotation_of
from querylens.rewrite.attributes import (
    free_attribute,
    imports_of,
    number_of_reading,
    plural,
    singular,
)
from querylens.rewrite.facts import detail, known, model_of
from querylens.rewrite.flows import Flow
from querylens.rewrite.managers import Read, related_read
from querylens.rewrite.nodes import place_of
from querylens.rewrite.origins import Origin
from querylens.rewrite.relations import prefetched

#: What shows in SQL that the rows are joined, grouped or combined already.
_SHAPED = re.compile(r"\b(JOIN|GROUP BY|DISTINCT|UNION|INTERSECT|EXCEPT)\b")
_ANSWERED = {"count", "exists", "contains"}
_READ_IT = "Then read `{attribute}` in place of the access, wherever such rows come from."
_SAY_IT = "Say there what the access asks for, and read `{attribute}` in its place."
_NESTED = "The number belongs to the rows of `{path}`, so that their queryset must bring it along."
_LOOSE = "The rows have no order of their own, and may come in another one."
_JOINED = "annotate() joins and groups: another join changes the number, a default order is lost."


def number_with_rows(origin: Origin) -> Fix:
    """What brings the number along with the rows, or makes it free."""
    group = origin.group
    assert group.cause is not None
    if not origin.is_lazy:
        return origin.typed(Fix("none"))
    read = related_read(group)
    if read is not None and read.methods[-1:] != (group.cause.access,):
        read = None
    is_whole = read is None or set(read.methods[:-1]) <= {"all"}
    is_free = group.cause.access in _ANSWERED and is_whole and not known(group, "prefetched")
    annotation = annotation_of(group, read, _joins_others(origin)) if read is not None else None
    is_safe = annotation is None or not annotation.joins or _may_join(origin)
    fix = _typed(origin, read, annotation) if read and annotation and is_safe else None
    if fix is None:
        fix = _by_hand(origin, annotation)
        fix = fix if is_safe else replace(fix, caveats=(_JOINED, *fix.caveats))
    if not is_free:
        return fix
    free = prefetched(origin)
    # A prefetch is right whatever the rows are joined with.
    return replace(fix, alternatives=(free,)) if is_safe else replace(free, alternatives=(fix,))


def _joins_others(origin: Origin) -> bool:
    """Whether another number of the same rows is asked for, which would join as well."""
    cause = origin.group.cause
    return any(
        other.cause is not None
        and cause is not None
        and other.cause.kind == "aggregate"
        and other.cause.relation not in ("", cause.relation)
        and other.origin == origin.place
        for other in origin.trace.groups()
    )


def _may_join(origin: Origin) -> bool:
    """Whether the rows can be joined with their sets and stay the rows that they are, in order."""
    group = origin.group
    if known(group, "own get_queryset") or known(group, "rows from raw"):
        return False
    if not origin.fetched_by or any(_SHAPED.search(query.sql) for query in origin.fetched_by):
        return False
    # Grouped rows have no default order.
    return not known(group, "owner ordering") or _is_sorted(origin)


def _is_sorted(origin: Origin) -> bool:
    node: ast.expr | None = origin.node[1] if origin.node else None
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "order_by":
            return True
        node = node.func.value
    return False


def _typed(origin: Origin, read: Read, annotation: Annotation) -> Fix | None:
    """`annotate` at the queryset and the attribute in place of the access; None when uncertain."""
    flow, group = origin.flow, origin.group
    is_certain = (
        flow is not None
        and flow.holds(read.whole)
        and flow.carries(read.owner)
        and all(map(flow.knows_before, annotation.arguments))
        and not known(group, "rows from raw")
        and group.cause is not None
        and "__" not in group.cause.path
    )
    if not is_certain or flow is None:
        return None
    imports = _imports(origin, flow, annotation)
    attributes = _attributes(origin, annotation, read)
    edit = _edit(read, annotation, attributes)
    if imports is None or edit is None:
        return None
    is_loose = annotation.joins and not any("ORDER BY" in query.sql for query in origin.fetched_by)
    return origin.typed(
        Fix(
            "annotate",
            _code(annotation, attributes),
            edits=(edit,),
            imports=imports,
            caveats=(_LOOSE,) if is_loose else (),
        )
    )


def _imports(origin: Origin, flow: Flow, annotation: Annotation) -> tuple[str, ...] | None:
    places = [(name, "django.db.models") for name in annotation.names]
    if annotation.needs_model:
        places.append((model_of(origin.group), detail(origin.group, "module")))
    if not all(place for _, place in places):
        return None
    return imports_of(flow.module, flow.function, places)


def _attributes(origin: Origin, annotation: Annotation, read: Read | None) -> tuple[str, ...]:
    modules = [read.module] if read else []
    number = number_of_reading(origin, read) if read else ""
    return tuple(
        free_attribute(origin.group, modules, *(f"{name}{number}" for name in names))
        for names, _ in annotation.values
    )


def _code(annotation: Annotation, attributes: tuple[str, ...]) -> str:
    pairs = zip(attributes, annotation.values, strict=True)
    return f".annotate({', '.join(f'{name}={value}' for name, (_, value) in pairs)})"


def _edit(read: Read, annotation: Annotation, attributes: tuple[str, ...]) -> Edit | None:
    """The attribute in place of the access; a dict where `aggregate()` gave one."""
    row = ast.unparse(read.owner)
    if not annotation.keys:
        return read.replaced_by(f"{row}.{attributes[0]}")
    values = dict(zip(annotation.keys, attributes, strict=True))
    taken = read.module.parents.get(read.whole)
    if isinstance(taken, ast.Subscript) and isinstance(taken.slice, ast.Constant):
        where = place_of(taken, read.place)
        name = values.get(str(taken.slice.value))
        return Edit(f"{row}.{name}", where) if where and name else None
    pairs = ", ".join(f'"{key}": {row}.{name}' for key, name in values.items())
    return read.replaced_by(f"{{{pairs}}}")


def _by_hand(origin: Origin, annotation: Annotation | None) -> Fix:
    """The advice where the source does not make it certain."""
    group = origin.group
    cause = group.cause
    assert cause is not None
    if annotation is not None:
        attributes = _attributes(origin, annotation, None)
        code = _code(annotation, attributes)
        caveat = _READ_IT.format(attribute=attributes[0])
    else:
        names, value = _by_access(origin)
        attribute = free_attribute(group, [], *names)
        code = f".annotate({attribute}={value})"
        caveat = (_SAY_IT if "…" in code else _READ_IT).format(attribute=attribute)
    prefix = cause.path.rpartition("__")[0]
    if not prefix:
        return Fix("annotate", code, caveats=(caveat,))
    owner = cause.relation.split(".")[1]
    rows = f'Prefetch("{prefix}", queryset={owner}.objects{code})'
    caveats = (_NESTED.format(path=prefix), caveat)
    return Fix("annotate", f".prefetch_related({rows})", caveats=caveats)


def _by_access(origin: Origin) -> tuple[tuple[str, ...], str]:
    """Names and value of an annotation for an access that the source does not show."""
    group = origin.group
    assert group.cause is not None
    lookup, one, many = detail(group, "lookup") or "…", singular(group), plural(group)
    if group.cause.access == "count":
        return (f"{one}_count", f"{many}_count"), f'Count("{lookup}")'
    if group.cause.access == "aggregate":
        return (f"{many}_total",), f'Sum("{lookup}__…")'
    back, matches = detail(group, "back") or "…", detail(group, "matches") or "pk"
    rows = f'{model_of(group)}.objects.filter({back}=OuterRef("{matches}"))'
    return (f"has_{many}", f"any_{many}"), f"Exists({rows})"
