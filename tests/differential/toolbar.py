"""Django Debug Toolbar and querylens over the same statements, at the same time."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from itertools import repeat

from debug_toolbar.panels.sql.panel import (
    _duplicate_query_key,
    _process_query_groups,
    _similar_query_key,
)
from debug_toolbar.toolbar import DebugToolbar
from django.db import connections
from django.http import HttpResponse
from django.test import RequestFactory

import querylens


def both(run):
    """The toolbar's numbers and querylens' trace of what a function sends."""
    request = RequestFactory().get("/")
    panel = DebugToolbar(request, lambda request: HttpResponse()).get_panel_by_id("SQLPanel")
    with instrumented(panel), querylens.capture() as trace:
        run()
    panel.generate_stats(request, HttpResponse())
    return panel.get_stats(), trace


@contextmanager
def instrumented(panel):
    """The panel at work; it would leave its cursors on the connections."""
    panel.enable_instrumentation()
    try:
        yield
    finally:
        panel.disable_instrumentation()
        restore_cursors()


def restore_cursors():
    for connection in connections.all():
        for name in ("cursor", "chunked_cursor", "_djdt_cursor", "_djdt_chunked_cursor"):
            vars(connection).pop(name, None)


def assert_equal(stats, trace):
    """The same queries, and the same two numbers for each of them and for each alias."""
    assert ours(trace) == theirs(stats)
    assert ours_by_alias(trace) == theirs_by_alias(stats)


def assert_equal_in_each_scope(stats, trace):
    """The same when requests were sent inside, each of which the toolbar counts by itself."""
    assert [query[:2] for query in ours(trace)] == [query[:2] for query in theirs(stats)]
    scopes = [query.scope for query in trace.queries]
    for scope in set(scopes):
        inside = zip(stats["queries"], scopes, strict=True)
        regroup([query for query, place in inside if place is scope])
    assert ours(trace) == theirs(stats)


def regroup(queries):
    """The toolbar's own grouping of these queries alone."""
    for name, key in (("similar", _similar_query_key), ("duplicate", _duplicate_query_key)):
        groups = defaultdict(list)
        for query in queries:
            query.pop(f"{name}_count", None)
            groups[query["alias"], key(query)].append(query)
        _process_query_groups(groups, {}, repeat("black"), name)


def ours(trace):
    counts = zip(trace.queries, trace.similar_counts(), trace.duplicated_counts(), strict=True)
    return [(query.alias, query.sql, similar, same) for query, similar, same in counts]


def theirs(stats):
    return [
        (
            query["alias"],
            query["raw_sql"],
            query.get("similar_count", 1),
            query.get("duplicate_count", 1),
        )
        for query in stats["queries"]
    ]


def ours_by_alias(trace):
    aliases = [query.alias for query in trace.queries]
    return {
        alias: (aliases.count(alias), trace.similar_count(alias), trace.duplicated_count(alias))
        for alias in aliases
    }


def theirs_by_alias(stats):
    return {
        alias: (numbers["num_queries"], numbers["similar_count"], numbers["duplicate_count"])
        for alias, numbers in stats["databases"]
    }
