"""What is read from the texts of fingerprints: less where it is unsure, and never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querylens.sql import fingerprint
from querylens.sql.shapes import Shape, shape_of


def read(sql, vendor="postgresql"):
    return shape_of(fingerprint(sql, vendor).text)


def told(sql, vendor="postgresql"):
    """What differs from a shape of which nothing is known; columns as `table.name`."""
    shape = vars(read(sql, vendor))
    return {
        name: [".".join(item) if isinstance(item, tuple) else item for item in value]
        if isinstance(value, tuple)
        else value
        for name, value in shape.items()
        if value != getattr(Shape, name)
    }


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "?",
        "(",
        ")",
        "SELECT (",
        "SELECT 1; SELECT 2",
        "BEGIN",
        "COMMIT",
        'SAVEPOINT "s1"',
        "SET search_path = 'a'",
        'FETCH FORWARD 10 FROM "c"',
        "CREATE TABLE t (id int)",
        "EXPLAIN SELECT 1",
        "INSERT INTO t (a",
        "select",
        "\x00",
    ],
)
def test_tells_nothing(sql):
    shape = read(sql)

    assert (shape.table, shape.equals, shape.in_list, shape.is_simple) == ("", (), (), False)


@pytest.mark.parametrize(
    "where",
    [
        '"t"."a" = 1 OR "t"."b" = 2',
        'NOT ("t"."a" = 1)',
        '"t"."a" > 1',
        '"t"."a" = (SELECT 1)',
        '"t"."a" IN (SELECT 1)',
        '"t"."a" = "t"."b" + 1',
        'UPPER("t"."a") = \'A\'',
        '"t"."a" BETWEEN 1 AND 2',
        '"t"."a" LIKE \'x\'',
        'EXISTS(SELECT 1 AS "a" FROM "u" WHERE "u"."a" = 1)',
        '("t"."a", "t"."b") IN ((1, 2))',
    ],
)
def test_a_condition_that_is_not_plain_is_not_taken_for_one(where):
    shape = read(f'SELECT "t"."a" FROM "t" WHERE {where}')

    assert (shape.equals, shape.in_list, shape.is_simple) == ((), (), False)


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ('SELECT "a"."x" FROM "a" UNION SELECT "b"."x" FROM "b" WHERE "b"."x" = 1', ""),
        ('(SELECT "a"."x" FROM "a") LIMIT 1', ""),
        ('SELECT COUNT(*) FROM (SELECT "a"."x" FROM "a" WHERE "a"."x" = 1) "b"', ""),
        ("SELECT generate_series(1, 2)", ""),
        ("SELECT * FROM generate_series(1, 2)", ""),
        ('DELETE "a" FROM "a" INNER JOIN "b" ON ("a"."x" = "b"."x")', ""),
        ('UPDATE "a" SET "x" = 1 FROM "b" WHERE "b"."x" = 1', ""),
    ],
)
def test_a_table_is_told_only_of_one_plain_statement(sql, table):
    assert (read(sql).table, read(sql).equals) == (table, ())


TEXTS = [
    pytest.param(
        "postgresql",
        'SELECT "shop_book"."id", "shop_book"."author_id" FROM "shop_book" '
        'WHERE "shop_book"."id" = 3 LIMIT 21',
        {
            "verb": "select",
            "table": "shop_book",
            "tables": ["shop_book"],
            "columns": ["shop_book.id", "shop_book.author_id"],
            "equals": ["shop_book.id"],
            "is_limited": True,
            "is_simple": True,
            "is_quoted": True,
        },
        id="get",
    ),
    pytest.param(
        "mysql",
        "SELECT `shop_book`.`id`, T3.`name` AS `n` FROM `shop_book` "
        "INNER JOIN `shop_author` T3 ON (`shop_book`.`author_id` = T3.`id`) "
        "WHERE (`shop_book`.`shop_id` = 3 AND NOT `shop_book`.`gone` AND T3.`name` = 'x' "
        "AND `shop_book`.`sold` IS NULL) ORDER BY `shop_book`.`id` ASC LIMIT 9 FOR UPDATE",
        {
            "verb": "select",
            "table": "shop_book",
            "tables": ["shop_author", "shop_book"],
            "columns": ["shop_book.id", "shop_author.name"],
            "equals": ["shop_book.shop_id", "shop_author.name"],
            "joins": ["shop_author"],
            "is_limited": True,
            "is_ordered": True,
            "for_update": True,
            "is_simple": True,
            "is_quoted": True,
        },
        id="joined, filtered and locked",
    ),
    pytest.param(
        "sqlite",
        'SELECT 1 AS "a" FROM "shop_book" WHERE "shop_book"."id" = %s LIMIT 1',
        {
            "verb": "select",
            "table": "shop_book",
            "tables": ["shop_book"],
            "equals": ["shop_book.id"],
            "is_limited": True,
            "is_exists": True,
            "is_simple": True,
            "is_quoted": True,
        },
        id="exists",
    ),
    pytest.param(
        "mysql",
        "SELECT COUNT(*) AS `__count` FROM `shop_book` WHERE `shop_book`.`id` IN (1, 2)",
        {
            "verb": "select",
            "table": "shop_book",
            "tables": ["shop_book"],
            "in_list": ["shop_book.id"],
            "aggregate": "count",
            "is_simple": True,
            "is_quoted": True,
        },
        id="count",
    ),
    pytest.param(
        "postgresql",
        'INSERT INTO "shop_tag" ("name", "shop_id") VALUES (%s, %s) ON CONFLICT DO NOTHING',
        {
            "verb": "insert",
            "table": "shop_tag",
            "tables": ["shop_tag"],
            "columns": ["shop_tag.name", "shop_tag.shop_id"],
            "is_simple": True,
            "is_quoted": True,
            "ignores_conflicts": True,
        },
        id="insert",
    ),
    pytest.param(
        "postgresql",
        'INSERT INTO "shop_tag" ("name") SELECT * FROM UNNEST((%s)::varchar[]) RETURNING "id"',
        {
            "verb": "insert",
            "table": "shop_tag",
            "tables": ["shop_tag"],
            "columns": ["shop_tag.name"],
            "is_quoted": True,
        },
        id="insert of columns",
    ),
    pytest.param(
        "postgresql",
        'UPDATE "shop_tag" SET "name" = \'a\', "n" = "shop_tag"."n" + 1 '
        'WHERE "shop_tag"."id" = \'b\'::uuid',
        {
            "verb": "update",
            "table": "shop_tag",
            "tables": ["shop_tag"],
            "columns": ["shop_tag.name", "shop_tag.n"],
            "equals": ["shop_tag.id"],
            "is_simple": True,
            "is_quoted": True,
        },
        id="update",
    ),
    pytest.param(
        "mysql",
        "DELETE FROM `shop_tag` WHERE `shop_tag`.`id` IN (1)",
        {
            "verb": "delete",
            "table": "shop_tag",
            "tables": ["shop_tag"],
            "in_list": ["shop_tag.id"],
            "is_simple": True,
            "is_quoted": True,
        },
        id="delete",
    ),
    pytest.param(
        "postgresql",
        "select id, name from shop_book where author_id = 3",
        {
            "verb": "select",
            "table": "shop_book",
            "tables": ["shop_book"],
            "columns": ["shop_book.id", "shop_book.name"],
            "equals": ["shop_book.author_id"],
            "is_simple": True,
        },
        id="SQL of the project's own",
    ),
    pytest.param(
        "postgresql",
        'SELECT EXTRACT(YEAR FROM "a"."d") FROM "public"."a", "b" WHERE "a"."x" = 1 '
        "LIMIT 9 OFFSET 9",
        {
            "verb": "select",
            "table": "a",
            "tables": ["a", "b"],
            "equals": ["a.x"],
            "joins": ["b"],
            "is_limited": True,
            "is_page": True,
            "is_simple": True,
            "is_quoted": True,
        },
        id="a FROM that names no table",
    ),
]


@pytest.mark.parametrize(("vendor", "sql", "expected"), TEXTS)
def test_reads_what_django_writes(vendor, sql, expected):
    assert told(sql, vendor) == expected


def test_names_are_unquoted():
    [column] = read('SELECT "a""b"."c.d" FROM "a""b"').columns

    assert column == ('a"b', "c.d")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 500_000,
        "SELECT " * 150_000,
        "SELECT a FROM t WHERE " + "(a = ? AND " * 80_000 + "b = ?" + ")" * 80_000,
        "SELECT a FROM " + "t, " * 300_000,
        "SELECT " + "COUNT(a), " * 100_000 + "FROM t",
        '"' * 1_000_000,
        '""' * 500_000 + "x",
        "a." * 500_000,
        "<=>" * 300_000,
        "INSERT INTO t (" + "a, " * 300_000 + "b) VALUES (?)",
    ],
    ids=["open", "verbs", "nested", "tables", "numbers", "quotes", "pairs", "dots", "signs", "row"],
)
def test_hostile_texts_end(text):
    """Were any of them read in more than linear time, the run would not end."""
    assert shape_of(text).verb in ("select", "insert", "other")


WORDS = [
    *("SELECT", "INSERT", "UPDATE", "DELETE", "INTO", "FROM", "WHERE", "AND", "OR", "NOT", "IN"),
    *("ANY", "=", "?", "(", ")", ",", ";", "::", '"a"', '"b"."c"', "`d`", "VALUES", "SET", "JOIN"),
    *("ON", "AS", "LIMIT", "OFFSET", "ORDER", "GROUP", "FOR", "UNION", "COUNT", "NULL", "IS"),
    *("ONLY", "LATERAL", "DISTINCT"),
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)))
def test_any_text_is_read(text):
    shape = shape_of(text)

    assert {column.table for column in shape.columns} <= {"", *shape.tables, shape.table}
    assert not shape.is_simple or shape.table


@given(st.lists(st.sampled_from(WORDS), max_size=20), st.sampled_from(["(", ")", ";"]))
def test_what_is_cut_or_joined_is_no_plain_statement(words, mark):
    text = " ".join(['SELECT "a"."b" FROM "a" WHERE "a"."b" = ?', mark, *words])

    assert shape_of(text).equals == () or text.count("(") == text.count(")")
