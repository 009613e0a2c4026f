"""Texts whose shape is told by their mask have the fingerprint that reading them gives."""

from __future__ import annotations

import re
from itertools import islice

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from querylens.sql import fingerprint
from querylens.sql.literal_texts import LiteralTexts
from querylens.sql.masks import EIGHTS, names_with_digits, without_strings
from querylens.sql.shortening import lengthened, shortened

VENDORS = (None, "postgresql", "mysql", "sqlite")
quick = settings(
    max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), database=None
)

#: What a value in a log looks like, and what could be taken for the end of one.
STRINGS = (
    *("x", "", "it", "-- x", "/* c */", "/*", "*/", "a IN (1, 2)", " WHERE ", "), (", "$1", "$a$"),
    *('"', '"a"', "`", "naïve", "漢字", "\n", "#", ";", "1", "12", "8", "%s", "?", "\ud800"),
)
NUMBERS = ("0", "7", "12", "1000022", "1.5", "12.50", ".5", "5.", "1e5", "0x1F", "0b01", "1_000")
NUMBERS += ("-5", "1..2", "1.2.3", "007")
ESCAPED = {"mysql": ("\\'", "\\\\", '\\"', "\\n", "''"), None: ("''", "\\", "\\n")}
TOKENS = (
    *("SELECT", "FROM", "WHERE", "IN", "(", ")", ",", "=", "AND", "NULL", "LIMIT", "-", "--", "#"),
    *('"a1"', '"b2"."c3"', "a1", "t22.x5", "`c4`", "[d5]", ":p1", "@v1", "$1", "%s", "?", "12abc"),
    *("0x1F", "0b01", "1e5", "1.5", ".5", "5.", "-7", "7", "/*9*/", "'it''s'", "'x1'", "e'\\1'"),
    *("x'1F'", "N'5'", "/*+ 3 */", "::int4", "$$1$$", "$t1$ 2 $t1$", "x. IN (1, 2)", "IN (1, 2)"),
    *("'\\'", '"it\'s"', "`it's`", "\\", "'", '"', "$", "/*!5 x */", "_latin1 '5'", "IN (7)"),
    *("VALUES (1, 'a'), (2, 'b')", "E'", "SAVEPOINT s1", '"IN (1, 2)"', "[1:2]", "x IN (1, 2)"),
    *("CASE", "WHEN", "WHEN a = 1 THEN 2", "WHEN a = 1 THEN 2 WHEN a = 3 THEN 'x'", "THEN", "END"),
    *("ELSE", "WHEN (a = 1) THEN NULL WHEN (a = 2) THEN -7", "x ARRAY[1, 2]", "ARRAY[1, 'a']"),
    *("IN (%s, %s)", "IN ($1, $2)", "IN (-1, 'x', NULL)", " IN ('a'::uuid, 'b'::uuid) "),
)


def strings(vendor):
    pieces = st.sampled_from((*STRINGS, *ESCAPED.get(vendor, ESCAPED[None])))
    inside = st.lists(pieces, max_size=3).map("".join)
    prefixes = st.sampled_from(("", "", "", "E", "N", "x", "_binary ", "U&"))
    return st.builds("{}'{}'".format, prefixes, inside)


def values(vendor):
    return st.one_of(
        strings(vendor),
        st.sampled_from(NUMBERS),
        st.integers(0, 10**9).map(str),
        st.sampled_from(("NULL", "true", "-7", "7::int", "'7'::uuid", "'a''b'", "$3", "%s", "b")),
    )


#: `{}` stands for a value, `[]` for a list of them.
TEMPLATES = (
    'SELECT "t"."a" FROM "t" WHERE "t"."id" = {} LIMIT 21',
    "SELECT a FROM t WHERE b IN ([]) AND c = {}",
    'INSERT INTO "t" ("a1", "b") VALUES ({}, {}), ({}, {}) RETURNING "t"."id"',
    'UPDATE "t" SET "a" = {}, "b2" = {} WHERE "t"."address1" = {}',
    "SELECT (SELECT COUNT(*) FROM x U0 WHERE U0.a = {}) AS n FROM t T3 WHERE T3.a = {}::date",
    "SELECT * FROM `t` WHERE `a` LIKE {} AND x. IN ([]) /*route='a%2F{}'*/",
    "SAVEPOINT s{}_x{}",
    'DECLARE "_django_curs_139_sync_{}" NO SCROLL CURSOR WITH HOLD FOR SELECT 1',
    "SELECT {} -{} FROM t WHERE a <{} OR b={} /* it's */",
    "SELECT {}, $1, %s FROM t{} WHERE 'x' = {} -- {}",
    "SELECT a FROM t WHERE a = ANY(ARRAY[[]]) AND b[1] = {}",
    'UPDATE "t" SET "a" = CASE WHEN ("t"."id" = {}) THEN {} WHEN ("t"."id" = {}) THEN {} '
    'WHEN ("t"."id" = {}) THEN {} ELSE NULL END WHERE "t"."id" IN ([])',
    "SELECT CASE WHEN a = 1 THEN {} WHEN a = 1 THEN {} WHEN b IN ([]) THEN {} END",
)


def masked(text):
    return text.encode("utf-8", "surrogatepass").translate(EIGHTS)


def text_of(mask):
    return mask.decode("utf-8", "surrogatepass")


def filled(template, chosen):
    pieces = re.split(r"(\{\}|\[\])", template)
    return "".join(
        next(chosen)
        if piece == "{}"
        else ", ".join(islice(chosen, len(next(chosen)) % 3 + 1))
        if piece == "[]"
        else piece
        for piece in pieces
    )


@quick
@given(st.data(), st.sampled_from(VENDORS))
def test_texts_that_differ_in_values(data, vendor):
    texts = LiteralTexts(vendor, lambda shape, _: shape)
    templates = data.draw(st.lists(st.sampled_from(TEMPLATES), min_size=1, max_size=2))
    for _ in range(3):
        for template in templates:
            chosen = data.draw(st.lists(values(vendor), min_size=16, max_size=16))
            sql = filled(template, iter(chosen))

            assert texts.of(sql) == fingerprint(sql, vendor), sql


WORDS = st.one_of(
    st.sampled_from(TOKENS),
    st.integers(0, 10**12).map(str),
    st.text("0123456789abx_.'\"` -\\$", max_size=6),
)


@quick
@given(
    st.lists(st.lists(WORDS, max_size=16), min_size=1, max_size=4),
    st.sampled_from(VENDORS),
    st.randoms(),
    st.sampled_from((" ", "")),
)
def test_texts_that_differ_in_digits_and_in_strings(soups, vendor, random, gap):
    """Whatever they are made of: what is remembered of one is not said of another."""
    texts = LiteralTexts(vendor, lambda shape, _: shape)
    for words in soups:
        sql = gap.join(words)
        for _ in range(3):
            assert texts.of(sql) == fingerprint(sql, vendor), sql
            sql = "".join(random.choice("0189") if each.isdigit() else each for each in sql)
            sql = re.sub(r"'[^']*'", lambda _: f"'{random.choice(STRINGS)}'", sql)


@quick
@given(st.lists(WORDS, max_size=12).map(" ".join), st.sampled_from(VENDORS[:3]))
@example("x. IN (1, 2)", None)
def test_mask_that_is_sure_has_the_fingerprint_of_its_text(sql, vendor):
    """But for names with digits, and where a list is none that may be shortened."""
    text = without_strings(sql, vendor)
    if text is None or names_with_digits(text_of(masked(text)), vendor) != ():
        return
    short = text_of(shortened(masked(text), vendor))
    if fingerprint(short, vendor) == fingerprint(lengthened(short), vendor):
        assert fingerprint(short, vendor) == fingerprint(sql, vendor)


@pytest.mark.parametrize(
    ("sql", "vendor"),
    [
        ("SELECT 1 -- it's", "postgresql"),
        ("SELECT '1\\' OR 2", "postgresql"),
        ("SELECT 1 /*! IN (1) */", "mysql"),
        ("SELECT $$1$$", "postgresql"),
        ("SELECT $a1$1$a1$", None),
        ('SELECT "it\'s", "it\'s"', "mysql"),
        ("SELECT 'x", "postgresql"),
        ('SELECT "x', "postgresql"),
        ("SELECT \\'a'", "mysql"),
    ],
)
def test_nothing_is_masked_where_a_quote_may_be_none(sql, vendor):
    text = without_strings(sql, vendor)

    assert text is None or names_with_digits(text_of(masked(text)), vendor) is None


def test_lists_and_numbers_are_shortened():
    assert shortened(b"a IN (88, 8, 888) AND b = 88.88 AND c88 = -888", None) == (
        b"a IN (8) AND b = 8 AND c88 = -8"
    )


@pytest.mark.parametrize(
    ("items", "shortest"),
    [
        (b"'', '''', ''", b"8"),
        (b"-8, 8,NULL", b"-8, 8,NULL"),
        (b"-8, 88.8, NULL, true, 8::int8", b"8"),
        (b"''::uuid,''::uuid", b"8"),
        (b"%s, %s, %s", b"%s"),
        (b"$8, $88", b"$8"),
        (b"''", b"''"),
        (b"%s, $8", b"%s, $8"),
    ],
)
def test_lists_of_values_are_shortened(items, shortest):
    for start, end in ((b" IN (", b")"), (b"ARRAY[", b"]")):
        mask = shortened(b"a" + start + items + end + b" AND b IN (c)", "postgresql")

        assert mask == b"a" + start + shortest + end + b" AND b IN (c)"


def test_the_branches_of_a_case_are_shortened():
    branch = b" WHEN (t.id = 88) THEN ''"
    mask = b"SET a = CASE" + branch * 30 + b" WHEN (t.id = 8) THEN NULL ELSE NULL END"

    assert shortened(mask, "postgresql") == (
        b"SET a = CASE WHEN (t.id = 8) THEN 8 WHEN (t.id = 8) THEN NULL ELSE NULL END"
    )


def test_rows_are_shortened():
    rows = b"VALUES (88, '', true, NULL), (-8.8, E'', false, ''::timestamptz), (8, '''', 8::int8)"

    assert shortened(b"INSERT INTO t " + rows + b" RETURNING id", "postgresql") == (
        b"INSERT INTO t VALUES (8) RETURNING id"
    )


@pytest.mark.parametrize(
    "mask", [b"a IN (8 8)", b"a IN (8, , 8)", b"a IN (8, b)", b"a IN (8, 8", b"t VALUES (8, b)"]
)
def test_what_is_no_list_of_values_stays(mask):
    assert shortened(mask, None) == mask


def test_made_of_each_text_once():
    made = []
    texts = LiteralTexts("postgresql", lambda shape, text: made.append(text) or shape)

    for number, name in ((5, "x"), (7, "o''x"), (8, "y")):
        texts.of(f"SELECT a FROM t WHERE b = {number} AND c = '{name}'")

    assert made == [
        "SELECT a FROM t WHERE b = 5 AND c = ''",
        "SELECT a FROM t WHERE b = 7 AND c = ''''",
    ]


def test_long_texts_and_names_with_digits_are_made_once_too():
    made = []
    texts = LiteralTexts("postgresql", lambda shape, text: made.append(text) or shape)
    columns = ", ".join(f'"t"."column_{chr(97 + number % 26)}"' for number in range(1_000))

    for number in (1, 2, 33):
        texts.of(f"SELECT {columns} FROM t WHERE a = {number}")
        texts.of(f"SELECT {columns} FROM t T3 WHERE T3.a = {number}")
        texts.of(f"SELECT {columns} FROM t T4 WHERE T4.a = {number}")

    assert [text.rpartition(" FROM ")[2] for text in made] == [
        *("t WHERE a = 1", "t T3 WHERE T3.a = 1", "t T4 WHERE T4.a = 1"),
        *("t T3 WHERE T3.a = 33", "t T4 WHERE T4.a = 33"),
    ]
