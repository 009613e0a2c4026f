"""Where the numbers differ: bugs of the toolbar's, each by name.

When the toolbar mends one of them its test fails here, and the deviation can go.
"""

from __future__ import annotations

import datetime
from contextlib import suppress

import pytest
from debug_toolbar.panels.sql import tracking
from django.db import DatabaseError

from tests.capture.sending import send, send_many
from tests.differential.toolbar import both, ours, theirs
from tests.shapes.corpus import all_shapes

pytestmark = pytest.mark.django_db(databases=["default", "other"])


def duplicates(stats, trace):
    """How often each query is a duplicate: for the toolbar, and for querylens."""
    return [query[3] for query in theirs(stats)], trace.duplicated_counts()


def test_of_named_parameters_it_compares_only_the_names():
    def workload():
        for number in (1, 2, 2):
            send("SELECT %(number)s", {"number": number})

    assert duplicates(*both(workload)) == ([3, 3, 3], [1, 2, 2])


def test_the_shape_that_is_left_out_differs_for_its_named_parameters_only(rows):
    [shape] = [item for item in all_shapes() if item.name == "raw_execute_named_parameters"]

    stats, trace = both(shape.run)

    assert [query[:3] for query in theirs(stats)] == [query[:3] for query in ours(trace)]
    assert all(isinstance(query.params, dict) for query in trace.queries if "%(" in query.sql)


@pytest.mark.usefixtures("_readable")
def test_a_text_of_parameters_is_taken_apart_into_its_letters():
    def workload():
        for params in ("ab", ["a", "b"], "ab"):
            send("SELECT %s, %s", params)

    assert duplicates(*both(workload)) == ([3, 3, 3], [2, 1, 2])


def test_an_executemany_on_sqlite_breaks_the_host():
    insert = "INSERT INTO library_tag (name) VALUES (%s)"

    def workload():
        for rows in ([("one",)], [("two",)]):
            with suppress(Exception):
                send_many(insert, rows)

    stats, trace = both(workload)

    assert theirs(stats) == []
    assert ours(trace) == [("default", insert, 2, 1)] * 2


@pytest.mark.parametrize(
    ("sql", "params"),
    [
        ("SELECT %s", [datetime.timedelta(1)]),
        ("SELECT %s", [[1]]),
        ("SELECT %s", [1, 2]),
    ],
    ids=["value that SQLite cannot take", "list", "one value too many"],
)
def test_a_failing_statement_whose_text_it_cannot_show_is_lost(sql, params):
    def workload():
        for _ in range(2):
            # The toolbar's error comes in place of the host's own.
            with suppress(Exception):
                send(sql, params)

    stats, trace = both(workload)

    assert theirs(stats) == []
    assert [query[2:] for query in ours(trace)] == [(2, 2), (2, 2)]


def test_statements_that_only_mention_its_own_table_are_left_out(monkeypatch):
    """Where the toolbar keeps its history in the database."""
    monkeypatch.setattr(tracking, "DDT_MODELS", {"debug_toolbar_historyentry"})

    def workload():
        send("SELECT 'debug_toolbar_historyentry'")
        send("SELECT 1")

    stats, trace = both(workload)

    assert [query[1] for query in theirs(stats)] == ["SELECT 1"]
    assert len(trace) == 2


@pytest.mark.usefixtures("_readable")
def test_a_number_as_parameters_breaks_the_panel():
    def workload():
        with suppress(DatabaseError, TypeError):
            send("SELECT 1", 5)

    with pytest.raises(TypeError, match="'int' object is not iterable"):
        both(workload)
