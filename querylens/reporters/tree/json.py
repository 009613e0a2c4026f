"""Recorded traces as other programs read them: see `querylens.schema_commands`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from querylens.model import Trace
from querylens.reporters._json_numbers import json_text, milliseconds
from querylens.reporters.json import cause_as_dict, place_as_dict, version
from querylens.reporters.tree.nodes import Node, Recorded, tree
from querylens.schema import ToolDict
from querylens.schema_commands import (
    SHOW_VERSION,
    NodeDict,
    RecordedDict,
    SentDict,
    ShownTraceDict,
    TraceListDict,
)


@dataclass(frozen=True, slots=True)
class JsonTree:
    """Writes JSON: ASCII only, and equal bytes for equal traces. Values are never in it."""

    def render(self, recorded: Recorded, trace: Trace) -> str:
        """One trace."""
        return _document(trace_as_dict(recorded, trace))

    def render_list(self, traces: Sequence[Recorded], more: int, _example: str) -> str:
        """Many traces, without their queries."""
        return _document(
            TraceListDict(
                version=SHOW_VERSION,
                tool=_tool(),
                traces=[_recorded(each) for each in traces],
                more=more,
            )
        )


def trace_as_dict(recorded: Recorded, trace: Trace) -> ShownTraceDict:
    """A trace as plain dicts, lists, strings and numbers."""
    return {
        "version": SHOW_VERSION,
        "tool": _tool(),
        "trace": _recorded(recorded),
        "nodes": list(_nodes(trace)),
    }


def _document(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, indent=2, allow_nan=False)
    return text.replace("<", "\\u003c") + "\n"


def _tool() -> ToolDict:
    return {"name": "querylens", "version": version()}


def _recorded(recorded: Recorded) -> RecordedDict:
    totals = recorded.totals
    return {
        "id": json_text(recorded.id),
        "file": json_text(recorded.file),
        "line": recorded.line,
        "name": json_text(recorded.name),
        "kind": json_text(recorded.kind),
        "started_at": recorded.started_at or None,
        "pid": recorded.pid,
        "sample_rate": recorded.sample_rate,
        "meta": {
            json_text(name): json_text(value) if isinstance(value, str) else value
            for name, value in recorded.meta
        },
        "queries": totals.queries,
        "transactions": totals.transactions,
        "setup": totals.setup,
        "similar": totals.similar,
        "duplicated": totals.duplicated,
        "duration_ms": milliseconds(totals.duration_ns),
        "gaps": [json_text(gap) for gap in recorded.gaps],
    }


def _nodes(trace: Trace) -> Iterable[NodeDict]:
    began = trace.queries[0].started_ns if trace.queries else 0
    numbers: dict[int, int] = {}
    for number, node in enumerate(tree(trace)):
        numbers[node.positions[0]] = number
        parent = numbers[node.parent.positions[0]] if node.parent else None
        yield _node(node, parent, began)


def _node(node: Node, parent: int | None, began_ns: int) -> NodeDict:
    query, group = node.first, node.group
    return {
        "parent": parent,
        "kind": query.kind,
        "is_counted": query.is_counted,
        "scope": json_text(node.scope),
        "alias": json_text(query.alias),
        "sql": json_text(node.sql),
        "fingerprint": str(query.fingerprint),
        "similar": group.similar,
        "duplicated": group.duplicated,
        "distinct": group.distinct,
        "duration_ms": milliseconds(group.duration_ns),
        "cause": cause_as_dict(query.cause) if query.cause else None,
        "call_site": place_as_dict(group.call_site),
        "loop": place_as_dict(group.loop),
        "origin": place_as_dict(group.origin),
        "statements": [
            SentDict(
                position=position,
                offset_ms=milliseconds(each.started_ns - began_ns),
                duration_ms=milliseconds(each.duration_ns),
                error=json_text(each.error),
            )
            for position, each in zip(node.positions, group.queries, strict=True)
        ],
    }
