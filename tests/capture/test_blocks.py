"""What a block records: everything sent inside, nothing sent outside."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, connections, transaction

import querylens
from querylens.django import capturing
from querylens.errors import ConfigError
from querylens.recorder import recordings
from tests.capture.sending import send, texts
from tests.project.library.models import Author, Publisher, Tag

ALIASES = ["default", "other"]
pytestmark = pytest.mark.django_db(databases=ALIASES)


def test_an_empty_block_has_no_queries():
    with querylens.capture() as trace:
        pass

    assert (len(trace), trace.queries) == (0, [])


def test_a_trace_without_queries_is_true():
    with querylens.capture() as trace:
        pass

    assert trace


def test_what_is_sent_before_and_after_is_not_recorded():
    send("SELECT 1")
    with querylens.capture() as trace:
        send("SELECT 2")
    send("SELECT 3")

    assert texts(trace) == ["SELECT 2"]


def test_a_trace_has_the_name_and_kind_of_its_capture():
    with querylens.capture("checkout", kind="command") as trace:
        pass

    assert (trace.name, trace.kind) == ("checkout", "command")


def test_the_orm_and_raw_sql_are_recorded_in_order(rows):
    with querylens.capture() as trace:
        Author.objects.get(name="Author 1")
        list(Author.objects.raw("SELECT * FROM library_author"))
        send("SELECT 7")
        Tag.objects.filter(name="Tag 1").delete()

    words = [(query.sql.split()[0], query.sql.split()[-1]) for query in trace.queries]
    assert words[:3] == [("SELECT", "21"), ("SELECT", "library_author"), ("SELECT", "7")]
    assert words[-1][0] == "DELETE"


def test_every_alias_is_recorded_under_its_name():
    with querylens.capture() as trace:
        for alias in ALIASES:
            Publisher.objects.using(alias).count()

    assert [query.alias for query in trace.queries] == ALIASES


def test_a_query_knows_its_parameters_vendor_and_times():
    with querylens.capture() as trace:
        send("SELECT %s", [3])

    [query] = trace.queries
    assert (query.params, query.vendor, query.many) == ([3], "sqlite", False)
    assert query.started_ns > 0
    assert query.duration_ns > 0


def test_transaction_statements_are_recorded_and_not_counted():
    with querylens.capture() as trace, transaction.atomic(), transaction.atomic():
        send()

    assert (len(trace), len(trace.queries), trace.transaction_count) == (1, 5, 4)


def test_a_failing_statement_is_recorded_with_its_error():
    with querylens.capture() as trace, pytest.raises(OperationalError, match="no such table"):
        send("SELECT * FROM nowhere")

    [query] = trace.queries
    assert (query.sql, query.error) == ("SELECT * FROM nowhere", "OperationalError")
    assert len(trace) == 1


def test_a_failing_save_is_recorded_and_raises_what_it_raises():
    Tag.objects.create(name="new")
    with querylens.capture() as trace, pytest.raises(IntegrityError), transaction.atomic():
        Tag.objects.create(name="new")

    # SAVEPOINT, INSERT, ROLLBACK TO SAVEPOINT, RELEASE
    assert [query.error for query in trace.queries] == ["", "IntegrityError", "", ""]


def test_a_statement_that_a_wrapper_forbids_is_recorded_as_failed():
    def forbid(execute, sql, params, many, context):
        raise PermissionError(sql)

    forbidden = connection.execute_wrapper(forbid)
    with querylens.capture() as trace, forbidden, pytest.raises(PermissionError):
        send()

    assert [query.error for query in trace.queries] == ["PermissionError"]


def test_execute_gives_what_it_gave():
    with connection.cursor() as cursor:
        plain = cursor.execute("SELECT 5")
        with querylens.capture():
            recorded = cursor.execute("SELECT 5")

        assert recorded is plain


def test_an_error_leaves_the_block_and_the_trace_is_kept():
    capture = querylens.capture()
    with pytest.raises(OperationalError), capture as trace:
        send("SELECT * FROM nowhere")

    assert len(trace) == 1
    assert capture.trace is trace


def test_an_open_trace_can_be_read_and_grows():
    with querylens.capture() as trace:
        send()
        first = len(trace)
        send()
        second = len(trace)

    assert (first, second) == (1, 2)


def test_a_management_command_is_recorded():
    with querylens.capture("clearsessions", kind="command") as trace:
        call_command("clearsessions")

    assert [query.kind for query in trace.queries if query.is_counted] == ["delete"]


def test_a_view_is_recorded(rows, client):
    with querylens.capture() as trace:
        client.get("/library/menu/")

    assert [query.cause.model for query in trace.queries] == ["library.Tag", "library.Tag"]


def test_code_without_a_file_is_recorded(rows):
    """As typed into a shell."""
    names = {}
    code = (
        "import querylens\n"
        "from tests.project.library.models import Book\n"
        "with querylens.capture('shell') as trace:\n"
        "    found = [book.author.name for book in Book.objects.all()]\n"
    )

    exec(compile(code, "<console>", "exec"), names)

    assert len(names["trace"]) == 5
    assert "5 queries" in str(querylens.check(names["trace"]))


def test_a_connection_inside_a_wrapper_block_keeps_both_wrappers():
    seen = []

    def note(execute, sql, params, many, context):
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note), querylens.capture() as trace:
        send("SELECT 1")
    send("SELECT 2")

    assert (seen, texts(trace)) == (["SELECT 1"], ["SELECT 1"])
    assert note not in connection.execute_wrappers


def test_a_wrong_setting_is_told_and_leaves_nothing_open(monkeypatch):
    monkeypatch.setenv("QUERYLENS_THRESHOLD", "three")
    told = "environment: QUERYLENS_THRESHOLD must be a whole number of at least 2, not 'three'."
    with pytest.raises(ConfigError, match=told):
        querylens.capture().__enter__()

    assert recordings.get() == ()


def test_captures_put_one_wrapper_on_a_connection():
    for _ in range(3):
        with querylens.capture():
            send()

    for alias in ALIASES:
        assert connections[alias].execute_wrappers.count(capturing.record_query) == 1
