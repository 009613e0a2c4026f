"""The tables that a statement names, as every vendor writes them."""

from __future__ import annotations

import pytest

from querylens.sql import table_names


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ('SELECT "a"."x" FROM "a" WHERE "a"."id" = %s', ("a",)),
        ("SELECT `a`.`x` FROM `a` INNER JOIN `b` ON (`a`.`id` = `b`.`a_id`)", ("a", "b")),
        ('SELECT 1 FROM "s"."a" LEFT OUTER JOIN s.b ON true', ("a", "b")),
        ("SELECT [a].[x] FROM [dbo].[a]", ("a",)),
        ('SELECT 1 FROM "a" WHERE EXISTS(SELECT 1 FROM "b" U0 JOIN "a" U1 ON true)', ("a", "b")),
        ('INSERT INTO "a" ("x") VALUES (%s)', ("a",)),
        ('UPDATE "a" SET "x" = %s', ("a",)),
        ('delete\nfrom  "a" where "id" in (%s)', ("a",)),
        ('SELECT "valid_from", "updated" FROM "a"', ("a",)),
        ("SELECT 1", ()),
        ("", ()),
    ],
)
def test_in_order_and_once(sql, names):
    assert table_names(sql) == names
