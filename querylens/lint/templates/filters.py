"""What the filters of both engines read of the values they are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from querylens.lint.templates.expressions import Expression, Filter, Literal

if TYPE_CHECKING:
    from querylens.lint.templates.evaluating import Evaluator


@dataclass(frozen=True, slots=True)
class Filtered:
    """A value and the arguments of a filter: `written` are those that stand there as constants."""

    on: Evaluator
    value: object
    values: Sequence[object]
    keywords: Mapping[str, object]
    written: Sequence[str]
    written_keywords: Mapping[str, str]

    def text(self, position: int, keyword: str = "") -> str:
        """An argument that is written out; empty when there is none."""
        found = self.written[position : position + 1]
        return found[0] if found else self.written_keywords.get(keyword, "")

    def argument(self, position: int, keyword: str) -> Sequence[object]:
        """An argument's value, or nothing."""
        if position < len(self.values):
            return (self.values[position],)
        return (self.keywords[keyword],) if keyword in self.keywords else ()

    def rows(self) -> object:
        """The value as a list."""
        return self.on.reader.collected(self.value, self.on.at)

    def each(self, rows: object, read: Callable[[object], object]) -> object:
        """What is read of a row, in one turn over the rows."""
        at = self.on.at
        with self.on.reader.turns(rows, at, at, 1) as turn:
            return read(turn[0] if turn else self.on.reader.unknown())

    def path(self, row: object, names: str) -> object:
        """`row.a.b`, for `a.b`; the row itself when no name is written."""
        reader, at = self.on.reader, self.on.at
        for name in names.split("."):
            if name.isdecimal():
                row = reader.item(row, reader.literal(int(name[:9])), at)
            elif name:
                row = reader.attribute(row, name, at)
        return row

    def show(self, value: object) -> object:
        """Makes a text of a value."""
        self.on.reader.shown(value, self.on.at)
        return self.on.reader.unknown(value)


Read = Callable[[Filtered], object]


def apply(on: Evaluator, value: object, step: Filter) -> object:
    """What a filter gives back for a value."""
    values, keywords = on.arguments(step.arguments)
    reads = _JINJA if on.frame.template.is_jinja else _DJANGO
    read = reads.get(step.name)
    if read is None:
        libraries = on.frame.template.libraries
        return on.reader.filtered(step.name, value, values, keywords, on.at, libraries)
    written = [_constant(argument) for argument in step.arguments.values]
    named = {name: _constant(argument) for name, argument in step.arguments.keywords}
    return read(Filtered(on, value, values, keywords, written, named))


def _constant(expression: Expression) -> str:
    return str(expression.value) if isinstance(expression, Literal) else ""


def _shown(call: Filtered) -> object:
    return call.show(call.value)


def _computed(call: Filtered) -> object:
    return call.on.reader.unknown(call.value, *call.values)


def _counted(call: Filtered) -> object:
    return call.on.reader.counted(call.value, call.on.at)


def _answer(call: Filtered) -> object:
    call.on.reader.tested(call.value, call.on.at)
    return call.on.reader.unknown(call.value, *call.values)


def _default(call: Filtered) -> object:
    call.on.reader.tested(call.value, call.on.at)
    return call.on.reader.either(call.value, *call.values)


def _either(call: Filtered) -> object:
    return call.on.reader.either(call.value, *call.argument(0, "default_value"))


def _first(call: Filtered) -> object:
    return call.on.reader.item(call.value, call.on.reader.literal(0), call.on.at)


def _last(call: Filtered) -> object:
    return call.on.reader.item(call.value, call.on.reader.literal(-1), call.on.at)


def _any_item(call: Filtered) -> object:
    rows = call.rows()
    return call.on.reader.item(rows, call.on.reader.unknown(), call.on.at)


def _first_of_list(call: Filtered) -> object:
    return call.on.reader.item(call.rows(), call.on.reader.literal(0), call.on.at)


def _last_of_list(call: Filtered) -> object:
    return call.on.reader.item(call.rows(), call.on.reader.literal(-1), call.on.at)


def _slice(call: Filtered) -> object:
    bounds: list[int | None] = []
    for bound in call.text(0).split(":"):
        sign = -1 if bound.startswith("-") else 1
        digits = bound.removeprefix("-")
        bounds.append(sign * int(digits) if digits.isdecimal() and len(digits) < 10 else None)
    start, stop = (bounds[0], bounds[1]) if len(bounds) > 1 else (None, bounds[0])
    return call.on.reader.sliced(call.value, start, stop, call.on.at)


def _join(call: Filtered) -> object:
    names = call.text(1, "attribute")
    call.each(call.value, lambda row: call.show(call.path(row, names)))
    return call.on.reader.unknown(call.value)


def _show_each(call: Filtered) -> object:
    rows = call.rows()
    call.each(rows, call.show)
    return call.on.reader.each(rows, call.on.reader.unknown())


def _sorted_by(position: int) -> Read:
    """Goes through the rows by an attribute, and gives the rows back."""

    def read(call: Filtered) -> object:
        rows = call.rows()
        names = [name for name in call.text(position, "attribute").split(",") if name]
        if names:
            call.each(rows, lambda row: [call.path(row, name.strip()) for name in names])
        return rows

    return read


def _picked_by(position: int) -> Read:
    """One of the rows, chosen by an attribute."""

    def read(call: Filtered) -> object:
        rows = _sorted_by(position)(call)
        return call.on.reader.item(rows, call.on.reader.unknown(), call.on.at)

    return read


def _sum(call: Filtered) -> object:
    names = call.text(0, "attribute")
    total = call.each(call.value, lambda row: call.path(row, names))
    return call.on.reader.unknown(total)


def _map(call: Filtered) -> object:
    rows = call.rows()
    names, name = call.written_keywords.get("attribute", ""), call.text(0)
    inner = Filter(name)
    if name and not names:
        value = call.each(rows, lambda row: apply(call.on, row, inner))
    else:
        value = call.each(rows, lambda row: call.path(row, names))
    return call.on.reader.each(rows, value)


def _chosen(call: Filtered) -> object:
    rows = call.rows()
    if not call.values:
        call.each(rows, lambda row: call.on.reader.tested(row, call.on.at))
    return rows


def _chosen_by(call: Filtered) -> object:
    rows = call.rows()

    def read(row: object) -> None:
        value = call.path(row, call.text(0))
        if len(call.values) < 2:
            call.on.reader.tested(value, call.on.at)

    call.each(rows, read)
    return rows


def _grouped(call: Filtered) -> object:
    rows = call.rows()
    names = call.text(0, "attribute")
    key = call.each(rows, lambda row: call.path(row, names))
    return call.on.reader.each(rows, call.on.reader.mapped({"grouper": key, "list": rows}))


def _parts(call: Filtered) -> object:
    rows = call.rows()
    return call.on.reader.each(rows, rows)


def _items(call: Filtered) -> object:
    reader, at = call.on.reader, call.on.at
    return reader.called(reader.attribute(call.value, "items", at), (), {}, at)


def _attribute(call: Filtered) -> object:
    return call.on.reader.attribute(call.value, call.text(0), call.on.at)


_DJANGO_TEXTS = """
    addslashes capfirst center cut escape escapejs force_escape iriencode linebreaks linebreaksbr
    linenumbers ljust lower make_list phone2numeric rjust safe slugify stringformat striptags title
    truncatechars truncatechars_html truncatewords truncatewords_html upper urlencode urlize
    urlizetrunc wordcount wordwrap
"""
_DJANGO_COMPUTED = """
    add date divisibleby filesizeformat floatformat get_digit json_script language_bidi
    language_name language_name_local language_name_translated localize localtime pprint time
    timesince timeuntil timezone unlocalize utc
"""
_DJANGO: dict[str, Read] = {
    **dict.fromkeys(_DJANGO_TEXTS.split(), _shown),
    **dict.fromkeys(_DJANGO_COMPUTED.split(), _computed),
    "length": _counted,
    "pluralize": _counted,
    "yesno": _answer,
    "default": _default,
    "default_if_none": _either,
    "first": _first,
    "last": _last,
    "random": _any_item,
    "slice": _slice,
    "join": _join,
    **dict.fromkeys(["safeseq", "escapeseq", "unordered_list"], _show_each),
    **dict.fromkeys(["dictsort", "dictsortreversed"], _sorted_by(0)),
}
_JINJA_TEXTS = """
    capitalize center e escape forceescape format indent lower replace safe string striptags title
    trim truncate upper urlencode urlize wordcount wordwrap
"""
_JINJA_COMPUTED = "abs filesizeformat float int pprint round tojson xmlattr"
_JINJA: dict[str, Read] = {
    **dict.fromkeys(_JINJA_TEXTS.split(), _shown),
    **dict.fromkeys(_JINJA_COMPUTED.split(), _computed),
    **dict.fromkeys(["length", "count"], _counted),
    **dict.fromkeys(["default", "d"], _either),
    **dict.fromkeys(["dictsort", "items"], _items),
    **dict.fromkeys(["batch", "slice"], _parts),
    **dict.fromkeys(["select", "reject"], _chosen),
    **dict.fromkeys(["selectattr", "rejectattr"], _chosen_by),
    **dict.fromkeys(["list", "reverse"], Filtered.rows),
    **dict.fromkeys(["min", "max"], _picked_by(1)),
    "first": _first_of_list,
    "last": _last_of_list,
    "random": _any_item,
    "join": _join,
    "sort": _sorted_by(2),
    "unique": _sorted_by(1),
    "sum": _sum,
    "map": _map,
    "groupby": _grouped,
    "attr": _attribute,
}
