"""What is said of requests of which only the SQL is known: silence first."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querylens.codes import RULE_NAMES
from querylens.inferred import Asked, as_models, infer, with_model
from querylens.sql.batches import carries_several, row_written
from querylens.sql.shapes import shape_of
from tests.log_readings import BY_VERSION, READ_AS, REPEATS_ON_PURPOSE
from tests.reading_sql import codes_of_log, inferred_from
from tests.shapes.comparing import captured
from tests.shapes.corpus import all_shapes
from tests.shapes.sending import ALIASES

#: The SQL of a coroutine is that of its twin.
SHAPES = [shape for shape in all_shapes() if not shape.is_async]
SILENT = [s for s in SHAPES if s.is_silent and s.name not in REPEATS_ON_PURPOSE]
LOUD = [s for s in SHAPES if not s.is_silent and s.name not in BY_VERSION]
CODES = {name: codes.split() for codes, names in READ_AS.items() for name in names.split()}

BOOKS = 'SELECT "shop_book"."id", "shop_book"."author_id" FROM "shop_book"'
AUTHOR = 'SELECT "shop_author"."id", "shop_author"."name" FROM "shop_author" WHERE {} LIMIT 21'
AUTHOR_BY_ID = AUTHOR.format('"shop_author"."id" = {}')
AUTHORS = 'SELECT "shop_author"."id" FROM "shop_author"'
COUNT = 'SELECT COUNT(*) AS "__count" FROM "shop_book" WHERE "shop_book"."{}" = {}'


def of_each(text, values, *before, after=()):
    """A request that sends a text with each value."""
    sent = [*before, *(text.replace("{}", str(value)) for value in values), *after]
    return [
        SimpleNamespace(sql=sql, params=None, vendor="postgresql", alias="default", scope="")
        for sql in sent
    ]


@pytest.mark.parametrize("shape", SILENT, ids=lambda shape: shape.name)
@pytest.mark.django_db(databases=ALIASES)
def test_is_silent_where_the_library_is(shape):
    trace = captured(shape, rows=6)

    assert [f"{r.code} {r.message(a.count, a.distinct)}" for r, a in inferred_from(trace)] == []


@pytest.mark.parametrize("shape", LOUD, ids=lambda shape: shape.name)
@pytest.mark.django_db(databases=ALIASES)
def test_reads_what_the_library_finds(shape):
    found = {expectation.rule for expectation in shape.expectations}

    assert set(codes_of_log(captured(shape, rows=6))) == set(CODES.get(shape.name, found))


def test_readings_name_shapes_that_there_are():
    assert {*CODES, *REPEATS_ON_PURPOSE, *BY_VERSION} <= {shape.name for shape in SHAPES}


@pytest.mark.parametrize(
    "queries",
    [
        pytest.param([], id="nothing"),
        pytest.param(of_each(AUTHOR_BY_ID, [1]), id="one lookup"),
        pytest.param(of_each(AUTHOR_BY_ID, [1, 2], BOOKS), id="two rows, or two lines"),
        pytest.param(
            of_each(
                AUTHOR_BY_ID,
                [1, 2, 3],
                'SELECT "shop_book"."id", "shop_book"."author_id", "shop_book"."editor_id", '
                '"shop_book"."reader_id" FROM "shop_book" WHERE "shop_book"."id" = 3 LIMIT 21',
            ),
            id="three relations of one row",
        ),
        pytest.param(
            of_each(COUNT.replace("{}", "state", 1), ["'open'", "'lent'", "'lost'"]),
            id="three counts written out",
        ),
        pytest.param(
            of_each('INSERT INTO "shop_entry" ("text") VALUES ({})', "1234"), id="four rows by hand"
        ),
        pytest.param(
            of_each('UPDATE "shop_job" SET "done" = {} WHERE "shop_job"."id" = 7', range(9)),
            id="one row updated again and again",
        ),
        pytest.param(
            of_each('UPDATE "shop_job" SET "done" = 1 WHERE "shop_job"."id" = 7', range(9)),
            id="equal writes",
        ),
        pytest.param(
            of_each(BOOKS + ' WHERE "shop_book"."author_id" IN ({}1, {}2)', range(1, 9)),
            id="lists of several",
        ),
        pytest.param(
            of_each('INSERT INTO "shop_tag" ("n") VALUES ({}), (2)', range(9)), id="rows of several"
        ),
        pytest.param(
            of_each('DELETE FROM "shop_tag" WHERE "shop_tag"."id" IN ({}1, {}2)', range(1, 9)),
            id="deletions of several",
        ),
        pytest.param(
            of_each(BOOKS + ' WHERE "shop_book"."shop_id" = 1 LIMIT 9 OFFSET {}', range(9)),
            id="pages",
        ),
        pytest.param(
            of_each(
                BOOKS + ' WHERE ("shop_book"."shop_id" = 1 AND "shop_book"."id" > {}) '
                'ORDER BY "shop_book"."id" ASC LIMIT 9',
                range(9),
            ),
            id="pages from a key on",
        ),
        pytest.param(
            of_each(BOOKS + ' WHERE "shop_book"."sold" BETWEEN {} AND 99', range(9)), id="stretches"
        ),
        pytest.param(of_each('FETCH FORWARD 100 FROM "cursor_{}"', range(9)), id="a cursor"),
        pytest.param(of_each('SAVEPOINT "s{}"', range(9)), id="savepoints"),
        pytest.param(of_each("SET search_path = {}", range(9)), id="settings"),
        pytest.param(of_each("SELECT pg_advisory_lock({})", range(9)), id="no table"),
        pytest.param(
            of_each('CREATE TABLE "t{}" ("id" integer NOT NULL)', range(9)), id="definitions"
        ),
        pytest.param(
            of_each('INSERT INTO "django_migrations" ("name") VALUES ({})', range(9)),
            id="migrations",
        ),
        pytest.param(
            of_each("SELECT relname FROM pg_catalog.pg_class WHERE oid = {}", range(9)),
            id="the catalogue",
        ),
        pytest.param(
            of_each("UPDATE shop_book SET pages = 1 WHERE id = {}", range(9)), id="executemany"
        ),
        pytest.param(
            of_each(AUTHORS, [0], after=['UPDATE "shop_author" SET "name" = 1', AUTHORS]),
            id="read again after a write",
        ),
        pytest.param(of_each(AUTHORS + " FOR UPDATE", range(3)), id="locked again"),
        pytest.param(
            of_each(
                BOOKS.replace("author", "parent") + ' WHERE "shop_book"."id" = {} LIMIT 21',
                range(5),
                BOOKS.replace("author", "parent") + ' WHERE "shop_book"."slug" = 1 LIMIT 21',
            ),
            id="a chain of parents",
        ),
        pytest.param(
            of_each(BOOKS + ' WHERE "shop_book"."author_id" = {} AND (', range(9)), id="cut off"
        ),
    ],
)
def test_is_silent(queries):
    assert codes_of_log(queries) == []


@pytest.mark.parametrize(
    ("queries", "code", "message", "fix"),
    [
        pytest.param(
            of_each(AUTHOR_BY_ID, [1, 2, 3], BOOKS),
            "QL101",
            "shop_book.author: shop_author is asked for by id 3 times in one request, "
            "each time with another value",
            '.select_related("author")',
            id="relation",
        ),
        pytest.param(
            of_each(AUTHOR_BY_ID, [1, 2, 1, 2], BOOKS),
            "QL101",
            "shop_book.author: shop_author is asked for by id 4 times in one request, "
            "with 2 different values",
            '.select_related("author")',
            id="two authors of many books",
        ),
        pytest.param(
            of_each(AUTHOR_BY_ID, [1, 2, 3]),
            "QL104",
            "shop_author is asked for by id 3 times in one request, each time with another value",
            "rows = ….objects.filter(id__in=values)",
            id="lookup",
        ),
        pytest.param(
            of_each(AUTHOR_BY_ID, [1, 1]),
            "QL301",
            "shop_author is asked for by id 2 times in one request, with the same values",
            "",
            id="duplicate",
        ),
        pytest.param(
            of_each(BOOKS + ' WHERE "shop_book"."author_id" = {}', [1, 2, 3], AUTHORS),
            "QL102",
            "shop_book.author: shop_book is asked for by author_id 3 times in one request, "
            "each time with another value",
            '.prefetch_related("book_set")',
            id="related set",
        ),
        pytest.param(
            of_each(COUNT.replace("{}", "author_id", 1), [1, 2, 3]),
            "QL105",
            "shop_book is asked count() by author_id 3 times in one request, "
            "each time with another value",
            "numbers = dict(….objects.filter(author_id__in=values)"
            '.values_list("author_id").annotate(Count("pk")))',
            id="count",
        ),
        pytest.param(
            of_each("SELECT * FROM shop_book WHERE author_id = {}", [1, 2, 3]),
            "QL108",
            "shop_book is asked by raw SQL by author_id 3 times in one request, "
            "each time with another value",
            "",
            id="raw",
        ),
        pytest.param(
            of_each('INSERT INTO "shop_tag" ("name") VALUES ({}) RETURNING "id"', range(5)),
            "QL201",
            "shop_tag is inserted one row at a time, 5 times in one request",
            "….objects.bulk_create(rows)",
            id="insert",
        ),
        pytest.param(
            of_each('UPDATE "shop_tag" SET "n" = 1 WHERE "shop_tag"."id" = {}', [1, 2, 3]),
            "QL202",
            "shop_tag is updated by id 3 times in one request, each time with another value",
            '….objects.bulk_update(rows, ["n"])',
            id="update",
        ),
        pytest.param(
            of_each('DELETE FROM "shop_tag" WHERE "shop_tag"."id" IN ({})', [1, 2, 3]),
            "QL203",
            "shop_tag is deleted by id 3 times in one request, each time with another value",
            "….objects.filter(id__in=values).delete()",
            id="delete",
        ),
    ],
)
def test_says_what_was_seen(queries, code, message, fix):
    [(inferred, asked)] = inferred_from(queries)

    assert (inferred.code, inferred.message(asked.count, asked.distinct)) == (code, message)
    assert inferred.fix.code == fix
    assert any("A log does not tell the line" in caveat for caveat in inferred.fix.caveats)
    assert (inferred.code, inferred.name) in RULE_NAMES


def test_two_relations_that_may_be_meant_are_told_as_such():
    reviews = BOOKS.replace("shop_book", "shop_review")

    [(inferred, _)] = inferred_from(of_each(AUTHOR_BY_ID, [1, 2, 3], BOOKS, reviews))

    assert inferred.code == "QL104"
    assert "shop_book.author or shop_review.author" in inferred.fix.caveats[-1]


def test_duplicates_leave_one_query_for_each_value():
    [(inferred, asked)] = inferred_from(of_each(AUTHOR_BY_ID, [1, 1, 2]))

    assert (inferred.code, asked.count - inferred.remaining(asked.distinct)) == ("QL301", 1)


def test_tables_become_models():
    [(inferred, _)] = inferred_from(of_each(AUTHOR_BY_ID, [1, 2, 3], BOOKS))

    cause = as_models(inferred.cause, {"shop_author": "shop.Author", "shop_book": "shop.Book"})

    assert (cause.model, cause.relation) == ("shop.Author", "shop.Book.author")
    assert as_models(inferred.cause, {}) == inferred.cause


def test_code_has_the_model_where_its_table_is_known():
    [(lookup, _)] = inferred_from(of_each(AUTHOR_BY_ID, [1, 2, 3]))
    [(relation, _)] = inferred_from(of_each(AUTHOR_BY_ID, [1, 2, 3], BOOKS))
    tables = {"shop_author": "shop.Author"}

    code = with_model(lookup.fix, "shop_author", tables).code

    assert code == "rows = Author.objects.filter(id__in=values)"
    assert with_model(lookup.fix, "shop_book", tables) == lookup.fix
    assert with_model(relation.fix, "shop_author", tables) == relation.fix


@pytest.mark.parametrize(
    ("sql", "several"),
    [
        ("SELECT 1 FROM t WHERE a = 3", False),
        ("DELETE FROM t WHERE a IN (3)", False),
        ("DELETE FROM t WHERE a IN ('b''c')", True),
        ("DELETE FROM t WHERE a IN ($1)", False),
        ("DELETE FROM t WHERE a IN (%s)", False),
        ("DELETE FROM t WHERE a IN ('3'::uuid)", False),
        ("DELETE FROM t WHERE a IN (3, 4)", True),
        ("DELETE FROM t WHERE a IN (SELECT 1)", True),
        ("DELETE FROM t WHERE a = ANY('{1,2}')", True),
        ("DELETE FROM t WHERE a IN (?)", True),
        ("DELETE FROM t WHERE a IN (3", True),
        ("INSERT INTO t (a) VALUES (3)", False),
        ("INSERT INTO t (a) VALUES ('x, (y')", False),
        ("INSERT INTO t (a) VALUES (3), (4)", True),
        ("INSERT INTO t (a) SELECT * FROM UNNEST(('{1}')::int[])", True),
    ],
)
def test_tells_what_may_carry_several(sql, several):
    assert carries_several(sql) is several


def test_tells_the_row_that_is_written():
    update = "UPDATE t SET a = {} WHERE id = {}"

    assert row_written(update.format(1, 7)) == row_written(update.format(2, 7))
    assert row_written(update.format(1, 7)) != row_written(update.format(1, 8))
    assert row_written(update, "$1 = '1', $2 = '7'") == row_written(update, "$1 = '2', $2 = '7'")
    assert row_written(update, "('1', 7)") != row_written(update, "('1', 8)")


@given(st.lists(st.text(max_size=60), max_size=4), st.integers(0, 9), st.integers(0, 9))
def test_any_text_is_taken(texts, count, distinct):
    asked = [Asked(shape_of(text), count, distinct) for text in texts]

    assert [item for item in asked if infer(item, asked) and not item.shape.table] == []
    assert all(carries_several(text) in (True, False) for text in texts)
