"""Related sets, read once for all rows: `prefetch_related` and `Prefetch`."""

from __future__ import annotations

import ast

from querylens.model import Fix, QueryGroup
from querylens.rewrite.attributes import (
    free_attribute,
    imports_of,
    number_of_reading,
    plural,
    singular,
)
from querylens.rewrite.facts import detail, known, model_of
from querylens.rewrite.flows import function_of, local_names, names_of_turns
from querylens.rewrite.managers import Read, is_walked, related_read
from querylens.rewrite.origins import Origin
from querylens.rewrite.readings import Reading, picked_by_key, reading_of
from querylens.rewrite.statements import names_read

_RAISES = (("get",), ("earliest",), ("latest",))
_ROW_BY_ROW = "What is asked for may differ from row to row: pick it in Python from all rows."
_IS_LIST = "A slice of prefetched rows is a list: the code around it takes a queryset, maybe."
_IN_OTHER_PLACE = "Then read `{code}` in place of the access, wherever such rows come from."
_ASKED_THERE = "Ask there for what the access asks for, and read `{attribute}` in its place."
#: How a queryset begins that asks for the same, where the source does not tell it.
_SHAPES = {"order_by": ".order_by(…)", "distinct": ".distinct()", "first": '.order_by("pk")[:1]'}
_ADJECTIVES = {"order_by": "sorted", "distinct": "distinct", "first": "first", "last": "last"}


def prefetched(origin: Origin) -> Fix:
    """`.prefetch_related("books")`: what `.all()` reads is there already."""
    assert origin.group.cause is not None
    return origin.typed(Fix("prefetch_related", _plain(origin.group)))


def loaded_once(origin: Origin) -> Fix:
    """What brings the rows of a related set along with the rows that it belongs to."""
    group = origin.group
    read = related_read(group)
    if _is_answered(group, read):
        fix = prefetched(origin)
        return fix if read is None or _stays_the_same(read) else _untyped(origin, fix, _IS_LIST)
    reading = reading_of(group, read) if read else None
    if read is None or reading is None:
        return _by_hand(origin)
    if reading.queryset:
        return _filled_attribute(origin, read, reading)
    return _through_all(origin, read, reading)


def _is_answered(group: QueryGroup, read: Read | None) -> bool:
    """Whether a prefetch answers the access as it stands."""
    cause = group.cause
    assert cause is not None
    if cause.access in ("all", "slice"):
        return read is None or read.is_plain
    if cause.access == "first" and known(group, "ordered"):
        # Of prefetched rows that have an order, `first()` is the first: no query.
        return read is None or set(read.methods[:-1]) <= {"all"}
    return False


def _stays_the_same(read: Read) -> bool:
    """Whether it makes no difference that a slice of prefetched rows is a list."""
    taken = read.module.parents.get(read.whole)
    if isinstance(taken, ast.Subscript) and isinstance(taken.slice, ast.Slice):
        return is_walked(read.module, taken)
    return True


def _plain(group: QueryGroup) -> str:
    return f'.prefetch_related("{group.cause.path if group.cause else ""}")'


def _through_all(origin: Origin, read: Read, reading: Reading) -> Fix:
    """The same made of `.all()`, which a prefetch answers."""
    code = reading.of(f"{ast.unparse(read.manager)}.all()")
    edit = read.replaced_by(code)
    if edit is None or not (reading.is_exact or read.is_only_walked):
        return _by_hand(origin)
    if known(origin.group, "prefetched"):
        return Fix("reuse_relation", edit.code, edit.at, caveats=reading.caveats)
    fix = Fix("prefetch_related", _plain(origin.group), edits=(edit,), caveats=reading.caveats)
    return origin.typed(fix)


def _filled_attribute(origin: Origin, read: Read, reading: Reading) -> Fix:
    """`Prefetch(…, to_attr=…)`, and the attribute in place of the access."""
    group, flow = origin.group, origin.flow
    if _varies(origin, read, reading):
        picked = picked_by_key(group, read)
        if picked is not None and not _is_caught(read):
            return _through_all(origin, read, picked)
        return _untyped(origin, _picked_in_python(origin, read))
    attribute = _attribute(origin, read, reading)
    code = reading.of(f"{ast.unparse(read.owner)}.{attribute}")
    edit, imports = read.replaced_by(code), _imports(origin)
    fix = Fix(
        "prefetch_object",
        _prefetch(group, reading.queryset, attribute),
        caveats=reading.caveats,
    )
    is_certain = (
        flow is not None
        and flow.holds(read.whole)
        and flow.carries(read.owner)
        and all(map(flow.knows_before, reading.arguments))
        and (reading.is_exact or read.is_only_walked)
        and not _is_caught(read)
    )
    if edit is None or imports is None or not is_certain:
        return _untyped(origin, fix, _IN_OTHER_PLACE.format(code=code))
    return origin.typed(Fix(fix.kind, fix.code, None, (edit,), imports, (), fix.caveats))


def _prefetch(group: QueryGroup, queryset: str, attribute: str) -> str:
    assert group.cause is not None
    rows = f"{model_of(group)}.{detail(group, 'manager') or 'objects'}{queryset}"
    prefetch = f'Prefetch("{group.cause.path}", queryset={rows}, to_attr="{attribute}")'
    return f".prefetch_related({prefetch})"


def _attribute(origin: Origin, read: Read, reading: Reading) -> str:
    """A name that tells what the rows are: `sorted_books`, `first_books`, `published_reviews`."""
    group = origin.group
    modules = [read.module, *(origin.node[:1] if origin.node else ())]
    number = number_of_reading(origin, read)
    wanted = f"{reading.adjective}_{plural(group)}{number}"
    one = f"{reading.adjective}_{singular(group)}_list{number}"
    return free_attribute(group, modules, wanted, one)


def _imports(origin: Origin) -> tuple[str, ...] | None:
    """The imports that the file of the queryset needs; None when a name is not free there."""
    group, flow = origin.group, origin.flow
    module = detail(group, "module")
    if flow is None or not module or not detail(group, "manager"):
        return None
    names = (("Prefetch", "django.db.models"), (model_of(group), module))
    return imports_of(flow.module, flow.function, names)


def _is_caught(read: Read) -> bool:
    """Whether the code around may wait for the exception that only a query raises."""
    if read.methods[-1:] not in _RAISES:
        return False
    parent: ast.AST | None = read.whole
    while parent is not None and not isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
        if isinstance(parent, ast.Try) and parent.handlers:
            return True
        parent = read.module.parents.get(parent)
    return False


def _untyped(origin: Origin, fix: Fix, *caveats: str) -> Fix:
    """Advice that the user writes; none where it would not help."""
    if not origin.is_lazy:
        return origin.typed(fix)
    return Fix(fix.kind, fix.code, imports=fix.imports, caveats=(*fix.caveats, *caveats))


def _varies(origin: Origin, read: Read, reading: Reading) -> bool:
    """Whether what is asked for can be another thing for each row."""
    flow = origin.flow
    names = set().union(*map(names_read, reading.arguments))
    if flow is not None and flow.holds(read.whole):
        return not names.isdisjoint(names_of_turns(read.module, read.whole))
    return not names.isdisjoint(local_names(function_of(read.module, read.whole)))


def _picked_in_python(origin: Origin, read: Read) -> Fix:
    """Every row of the sets, for code that asks each of them something else."""
    rows = f"{ast.unparse(read.manager)}.all()"
    if known(origin.group, "prefetched"):
        return Fix("reuse_relation", rows, caveats=(_ROW_BY_ROW,))
    return Fix("prefetch_related", _plain(origin.group), caveats=(_ROW_BY_ROW,))


def _by_hand(origin: Origin) -> Fix:
    """The advice where the source does not tell enough to write it out."""
    assert origin.group.cause is not None
    access = origin.group.cause.access
    shape = _SHAPES.get(access, ".filter(…)")
    attribute = f"{_ADJECTIVES.get(access, 'matching')}_{plural(origin.group)}"
    fix = Fix("prefetch_object", _prefetch(origin.group, shape, attribute))
    return _untyped(origin, fix, _ASKED_THERE.format(attribute=attribute))
