"""What proves nothing is one clear error, and never passes."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.db import connection

from querylens.testing import MisuseError, aassert_constant, assert_constant
from tests.project.library.models import Author
from tests.testing.rows import authors

pytestmark = pytest.mark.django_db


def count():
    return Author.objects.count()


def misuse(run=count, populate=authors, **options):
    with pytest.raises(MisuseError) as error:
        assert_constant(run, populate=populate, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_populate_that_makes_no_rows():
    assert misuse(populate=lambda n: Author.objects.count()) == (
        "populate(2) made no rows: it has to insert 2 rows, and sent no INSERT"
    )


def test_populate_that_makes_rows_the_first_time_only():
    message = misuse(populate=lambda n: authors(n) if n == 2 else None)

    assert message.startswith("populate(3) made no rows")


def test_populate_whose_rows_are_refused():
    def populate(count):
        author = Author(name="nobody's", publisher_id=None)
        with pytest.raises(Exception, match="NOT NULL"):
            author.save()

    assert "made no rows" in misuse(populate=populate, sizes=(1, 2))


def test_run_that_sends_no_query():
    assert misuse(run=lambda: Author.objects.all()) == (
        "run sent no query for any size, which proves nothing: "
        "does it evaluate its querysets, and miss the cache?"
    )


@pytest.mark.django_db(databases=["default", "other"])
def test_run_that_sends_no_query_to_the_named_database():
    assert misuse(using="other").startswith("run sent no query to 'other' for any size")


@pytest.mark.parametrize("sizes", [(), (2,), (3, 2), (2, 2), (0, 1), (-1, 2), (1.5, 2), (True, 2)])
def test_wrong_sizes(sizes):
    assert misuse(sizes=sizes).startswith(f"sizes={sizes!r}: ")


@pytest.mark.parametrize("slope", [-1, "1", True, None, float("nan")])
def test_wrong_slopes(slope):
    assert misuse(slope=slope).startswith(f"slope={slope!r}: ")


def test_an_unknown_database():
    message = misuse(using="nowhere")

    assert message.startswith("using='nowhere': no such database. DATABASES has 'default'")


def test_a_database_that_is_not_allowed():
    message = "assert_constant: database 'other' is not allowed for this test. Add it to the"

    assert misuse(using="other").startswith(message)
    assert misuse(run=lambda: list(Author.objects.using("other"))).startswith(message)
    assert "`databases`" in misuse(populate=lambda n: authors(n, "other"))
    assert not connection.needs_rollback


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_no_test_database_is_not_emptied(monkeypatch):
    authors(1)
    monkeypatch.setitem(connection.settings_dict, "NAME", "production")

    message = misuse()

    assert message.startswith("database 'default' would be emptied, but it is no test database")
    assert Author.objects.count() == 1


async def in_loop():
    assert_constant(count, populate=authors)


def test_a_running_event_loop():
    with pytest.raises(MisuseError, match=r"write `await aassert_constant\(…\)`"):
        async_to_sync(in_loop)()


def test_an_event_loop_awaits_it():
    async def proof():
        return await aassert_constant(count, populate=authors)

    assert async_to_sync(proof)().counts == (1, 1)
    assert Author.objects.count() == 0
