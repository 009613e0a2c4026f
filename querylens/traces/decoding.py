"""Reads a line back into a trace. Whatever the bytes are, it gives a trace or a clear error."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from itertools import repeat
from typing import Any, NamedTuple, cast

from querylens import source
from querylens.config import Config
from querylens.model import Cause, CauseKind, Place, Query
from querylens.parameters import NO_VALUES, RecordedParams, RecordedValue
from querylens.record import Ignored, Scope
from querylens.sql import fingerprint, statement_kind
from querylens.traces import layout
from querylens.traces.checked import item, list_of, number, optional, parsed, string
from querylens.traces.layout import NONE, RecordedTrace, Redacted, TraceFormatError
from querylens.traces.lists import More, longer, unfolded

_HIDDEN = RecordedValue()
#: In all queries of a line: a few bytes must not become gigabytes.
_MOST_VALUES = 5_000_000

#: What each query has of its own: to fill in what is there is faster than to add it.
_OF_EACH = dict.fromkeys(("params", "params_key", "started_ns", "duration_ns", "row", "parent"))


class Decoder:
    """Reads lines; files of places are looked for below the root of `config`."""

    def __init__(self, config: Config | None = None) -> None:
        self._given = config
        self._config = config if config is not None else Config()
        self._paths: dict[str, str] = {}

    def decode(self, line: bytes) -> RecordedTrace:
        """The trace of a line. Raises `TraceFormatError`."""
        document = parsed(line)
        try:
            trace = _Line(document, self).trace()
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise TraceFormatError(
                "keys are missing or have the wrong type: the line is damaged; record it again"
            ) from error
        except RecursionError:
            raise TraceFormatError("nested too deep: not a querylens trace") from None
        trace.config = self._given
        return trace

    def path(self, file: str) -> str:
        """Where a place's file is on this machine; empty for what cannot be read as source."""
        path = self._paths.get(file)
        if path is None:
            path = self._paths[file] = _regular_file(self._config, file)
        return path


def _regular_file(config: Config, file: str) -> str:
    """A recording may name anything: opening a pipe or a device would never end."""
    try:
        path = config.path_of(file)
        return str(path) if stat.S_ISREG(path.stat().st_mode) else ""
    except (OSError, ValueError):
        return ""


class _Group(NamedTuple):
    """What the queries of a group share."""

    fields: dict[str, Any]
    size: int
    has_lists: bool


class _Line:
    """The tables of one line, each checked as it is read."""

    def __init__(self, document: dict[str, Any], decoder: Decoder) -> None:
        self._document = document
        self._decoder = decoder
        self._room = layout.LONGEST_LINE
        self._strings = list_of(document["strings"], str)
        self._places = [self._place(row) for row in list_of(document["places"], list)]
        self._frames = [self._frame(row) for row in list_of(document["frames"], list)]
        self._stacks = [
            tuple(item(self._frames, each) for each in row)
            for row in list_of(document["stacks"], list)
        ]
        self._ignored = [
            tuple(
                Ignored(tuple(map(self._text, codes)), self._text(reason)) for codes, reason in row
            )
            for row in list_of(document["ignored"], list)
        ]
        self._scopes = [Scope(self._text(each)) for each in document["scopes"]]
        statements = list_of(document["statements"], list)
        self._statements = [self._statement(row) for row in statements]

    def trace(self) -> RecordedTrace:
        document = self._document
        at = number(document["at"])
        queries = self._queries(at)
        trace = RecordedTrace(string(document["name"]), string(document["kind"]), queries)
        trace.id = string(document["id"])
        trace.started_at_ns = at
        trace.pid = number(document["pid"])
        trace.gaps = list_of(document["gaps"], str)
        rate = document.get("rate", 1.0)
        if type(rate) not in (int, float) or not 0 <= rate <= 1:
            raise ValueError
        trace.sample_rate = float(rate)
        trace.meta = {
            name: value if type(value) is str else number(value, -layout.LARGEST)
            for name, value in document.get("meta", {}).items()
        }
        return trace

    def _queries(self, at: int) -> list[Query]:
        groups = [self._group(row) for row in _rows(self._document["groups"])]
        columns = _columns(self._document["queries"])
        made, started, room = [], at, _MOST_VALUES
        params: dict[Any, RecordedParams | tuple[()]] = {}
        for which, step, duration, digest, last, row, parent, values in columns:
            shared, size, has_lists = groups[which]
            key = (digest, last, which)
            sent = params.get(key) if values is None else None
            if sent is None:
                sent = params[key] = _params(digest, last, size, has_lists, values)
                room -= size
                if room < 0:
                    raise TraceFormatError("more values than a trace can have: it is damaged")
            started += step
            fields = shared.copy()
            fields["params"] = sent
            fields["params_key"] = digest if size else NO_VALUES
            fields["started_ns"] = started
            fields["duration_ns"] = duration
            fields["row"] = row if row != NONE else None
            fields["parent"] = parent if parent != NONE else None
            made.append(Query.of(fields))
        return made

    def _statement(self, row: list[Any]) -> dict[str, Any]:
        sql, alias, vendor, flags, cause, call_site = row[:6]
        flags = number(flags)
        return {
            "sql": string(sql),
            "alias": string(alias),
            "vendor": string(vendor),
            "many": bool(flags & layout.IS_MANY),
            "is_setup": bool(flags & layout.IS_SETUP),
            "cause": None if cause is None else _cause(cause),
            "call_site": None if call_site is None else self._place(call_site),
        }

    def _group(self, row: dict[str, Any]) -> _Group:
        shared = item(self._statements, row["statement"])
        sql, way = self._unfolded(shared["sql"], row["more"]), number(row["way"])
        text = number(row["text"], 0)
        fields = {
            **shared,
            "sql": Redacted(sql, text) if text else sql,
            "error": string(row["error"]),
            "frames": optional(self._stacks, row["stack"]) or (),
            "scope": optional(self._scopes, row["scope"]),
            "stack": way if way != NONE else None,
            "loop": optional(self._places, row["loop"]),
            "built_at": optional(self._places, row["built_at"]),
            "origin": optional(self._places, row["origin"]),
            "ignored": optional(self._ignored, row["ignored"]) or (),
            # What a query works out when it is asked is worked out once for all of a group.
            "fingerprint": fingerprint(sql, shared["vendor"]),
            "kind": statement_kind(sql),
            "alike": object(),
            **_OF_EACH,
        }
        fields["is_counted"] = Query.of(fields).is_counted
        size = number(row["size"], 0, layout.MOST_VALUES + 1)
        return _Group(fields, size, bool(number(row["lists"])))

    def _unfolded(self, sql: str, more: Any) -> str:
        if not more:
            return sql
        found = [More(*(number(each, 0) for each in row[:3])) for row in more]
        self._room -= longer(found)
        if self._room < 0:
            raise TraceFormatError("more text than a trace can have: it is damaged")
        return unfolded(sql, found)

    def _place(self, row: list[Any]) -> Place:
        file, line, end_line, function, code, template, tag, column, end_column, python = row[:10]
        name, line, code = string(file), number(line), string(code)
        return Place(
            file=name,
            line=line,
            end_line=number(end_line),
            function=string(function),
            code=code,
            template=string(template),
            tag=string(tag),
            column=None if column == NONE else number(column),
            end_column=None if end_column == NONE else number(end_column),
            python=None if python is None else self._place(python),
            path=_if_unchanged(self._decoder.path(name), line, code),
        )

    def _frame(self, row: list[Any]) -> tuple[str, int, str]:
        file, line, function = row[:3]
        name = self._text(file)
        return self._decoder.path(name) or name, number(line), self._text(function)

    def _text(self, position: Any) -> str:
        text: str = item(self._strings, position)
        return text


def _rows(columns: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What is told of each group."""
    found = {name: columns[name] for name in layout.GROUP_COLUMNS}
    statements = columns.get("statement")
    found["statement"] = range(len(found["way"])) if statements is None else statements
    for name, nothing in layout.OPTIONAL_GROUP_COLUMNS.items():
        column = columns.get(name)
        found[name] = [nothing] * len(found["way"]) if column is None else column
    for row in zip(*found.values(), strict=True):
        yield dict(zip(found, row, strict=True))


def _cause(row: list[Any]) -> Cause:
    kind, access, model, relation, path, to_one, names, facts = row[:8]
    return Cause(
        kind=cast("CauseKind", string(kind)),
        access=string(access),
        model=string(model),
        relation=string(relation),
        path=string(path),
        to_one=bool(number(to_one)),
        fields=tuple(list_of(names, str)),
        facts=frozenset(list_of(facts, str)),
    )


def _if_unchanged(path: str, line: int, code: str) -> str:
    """The path, unless the line is another one today: a fix must not be read from other code."""
    if not path or not code:
        return path
    lines = {item.strip() for item in code.splitlines()}
    return path if source.text(path, line, line).strip() in lines else ""


def _columns(columns: dict[str, Any]) -> Any:
    """The columns side by side, one query after the other."""
    count = len(columns["group"])
    found: dict[str, Any] = {
        name: list_of(columns[name], str if name == "params" else int) for name in layout.COLUMNS
    }
    for name, nothing in layout.OPTIONAL_COLUMNS.items():
        column = columns.get(name)
        if column is None:
            found[name] = repeat(nothing, count)
        else:
            found[name] = column if name == "values" else list_of(column, int)
    _check_ranges(found, count)
    order = ("group", "start", "duration", "params", "last", "row", "parent", "values")
    return zip(*(found[name] for name in order), strict=True)


def _check_ranges(columns: dict[str, Any], count: int) -> None:
    lowest = {"start": -layout.LARGEST, "duration": 0, "group": 0}
    for name, column in columns.items():
        if name in ("params", "values") or isinstance(column, repeat) or not column:
            continue
        end = count if name == "parent" else layout.LARGEST
        if min(column) < lowest.get(name, NONE) or max(column) >= end:
            raise TraceFormatError("a number is out of range: the line is damaged")


def _params(
    digest: str, last: int, size: int, has_lists: bool, values: Any
) -> RecordedParams | tuple[()]:
    """As many values as were sent, without telling them; an empty hash stands for none."""
    if not size:
        return ()
    if values is None and last == NONE and not has_lists:
        params = RecordedParams(repeat(_HIDDEN, size))
        params.key = digest
        return params
    shown = [] if values is None else [RecordedValue(text) for text in list_of(values, str)]
    if len(shown) > size:
        raise ValueError
    items: list[Any] = [*shown, *repeat(_HIDDEN, size - len(shown))]
    if last != NONE:
        items[-1] = RecordedValue(items[-1].text, last)
    if has_lists:
        items[0] = [_HIDDEN, _HIDDEN]
    params = RecordedParams(items)
    params.key = digest
    params.has_values = bool(shown)
    return params
