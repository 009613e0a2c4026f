"""Properties of fingerprints over generated statements, and sqlparse's reading beside ours.

A statement is generated as tokens, so it can be written in many ways that must not matter: with
other literals, layout, lengths of lists and case. Every property is a function of the reader it
looks at, and the last test shows that each of them fails for a reader that is wrong.
"""

from __future__ import annotations

import re
from itertools import pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from sqlparse.lexer import tokenize
from sqlparse.tokens import Comment, Literal, Name, String

from querylens.sql import fingerprint, statement_kind
from querylens.sql.normaliser import Normaliser

VENDORS = ("postgresql", "mysql", "sqlite", "oracle", None)

# What a value may look like; sqlparse reads the plain ones as databases do.
PLAIN_VALUES = ["5", "0", "12.50", "'x'", "'it''s'", "'-- x'", "'a IN (1, 2)'", "%s", "?", ":name"]
VALUES = [*PLAIN_VALUES, ".5", "1e-3", "0x1F", "-5", "- 1.5", "+5", "''", "' WHERE '", "'/* x'"]
VALUES += ["'\"'", "'`'", "'\xe9\n'", "%(a)s", "$1"]
VALUES_OF = {
    "postgresql": [r"E'it\'s'", "$$it's$$", "$a$ -- $a$", "@p", "B'1'", "U&'x'", r"'\'"],
    "mysql": [r"'it\'s'", r"'\\'", '"x"', r'"\""', "_binary'x'", "N'x'", ":1"],
    "sqlite": ["X'1F'", "?1", "$name", "@p", r"'\'"],
    "oracle": [":1", "N'x'", r"'\'"],
    None: ["$$it's$$", r"E'\''", ":1", r"'\'"],
}
PLAIN_GAPS = [" ", "  ", "\n", "\t", "\r\n", " /* c */ ", " /* it's */ ", " -- it's\n"]
GAPS = [*PLAIN_GAPS, "/**/", "\f "]

quick = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
without_shrinking = settings(quick, phases=[Phase.generate])


randoms = st.randoms(use_true_random=True)


def words(text):
    return [("word", word) for word in text.split()]


def marks(text):
    return [("mark", mark) for mark in text.split()]


def separated(parts, separator):
    """Tokens of all parts, with the separator's between them."""
    joined = list(parts[0])
    for part in parts[1:]:
        joined += [*separator, *part]
    return joined


VALUE = [("value", "")]
LIST = [("list", "")]
ROWS = [("rows", "")]

OPERATORS = ["=", "<>", "<=", ">", "+", "-", "*", "||"]

# The angle brackets stand for the vendor's quotes.
NAMES = ["<a>", "<b>", "<B>", "<t>.<a>", "<t>.<a 1>", "<it's>", "u0", "d2"]
names = st.sampled_from(NAMES)
columns = names.map(lambda name: [("name", name)])
values = st.just(VALUE)


def operations(inner):
    return st.builds(
        lambda left, operator, right: marks("(") + left + marks(operator) + right + marks(")"),
        *(inner, st.sampled_from(OPERATORS[4:]), inner),
    )


def calls(inner):
    return st.builds(
        lambda name, arguments: (
            [("name", name), *marks("("), *separated(arguments, marks(",")), *marks(")")]
        ),
        st.sampled_from(["LOWER", "COALESCE"]),
        st.lists(inner, min_size=1, max_size=3),
    )


expressions = st.recursive(
    columns | values, lambda inner: operations(inner) | calls(inner), max_leaves=3
)
comparisons = st.builds(
    lambda column, operator, right: column + marks(operator) + right,
    *(columns, st.sampled_from(OPERATORS[:4]), expressions),
)
tests_of_columns = st.builds(
    lambda column, test: column + test,
    columns,
    st.sampled_from(
        [
            words("IN") + LIST,
            words("NOT IN") + LIST,
            words("IS NULL"),
            words("IS NOT NULL"),
            words("LIKE") + VALUE,
            words("BETWEEN") + VALUE + words("AND") + VALUE,
        ]
    ),
)
conditions = st.recursive(
    comparisons | tests_of_columns,
    lambda inner: st.builds(
        lambda left, word, right: marks("(") + left + words(word) + right + marks(")"),
        *(inner, st.sampled_from(["AND", "OR"]), inner),
    ),
    max_leaves=4,
)
# A run is written any number of times: the WHENs of a CASE, and conditions joined by OR.
choices = st.builds(
    lambda condition, result: (
        [
            *words("CASE"),
            ("whens", words("WHEN") + condition + words("THEN") + result),
            *words("END"),
        ]
    ),
    *(comparisons | tests_of_columns, values | columns),
)
alternatives = conditions.map(lambda condition: [*marks("("), ("ors", condition), *marks(")")])


def selects(columns, conditions):
    return st.builds(
        lambda chosen, table, condition, order, limit: (
            words("SELECT")
            + separated(chosen, marks(","))
            + words("FROM")
            + table
            + (words("WHERE") + condition if condition else [])
            + (words("ORDER BY") + order + words("DESC") if order else [])
            + (words("LIMIT") + VALUE if limit else [])
        ),
        st.lists(columns, min_size=1, max_size=4),
        names.map(lambda name: [("name", name)]),
        *(st.none() | conditions, st.none() | expressions, st.booleans()),
    )


inserts = st.builds(
    lambda table, chosen, tail: (
        words("INSERT INTO")
        + table
        + marks("(")
        + separated(chosen, marks(","))
        + marks(")")
        + words("VALUES")
        + ROWS
        + (words("RETURNING") + tail if tail else [])
    ),
    *(columns, st.lists(columns, min_size=1, max_size=3), st.none() | columns),
)
plain_statements = selects(expressions, conditions) | inserts
statements = plain_statements | selects(expressions | choices, conditions | alternatives)


class Writing:
    """One way to write tokens: what `vary` does not name is written alike every time."""

    def __init__(self, vendor, random=None, vary=()):
        self.vendor = vendor
        self.random = random or Random(0)
        self.vary = set(vary)

    def sql(self, tokens):
        parts = list(self.parts(tokens))
        return parts[0] + "".join(self.gap(*pair) + pair[1] for pair in pairwise(parts))

    def parts(self, tokens):
        for kind, text in tokens:
            if kind == "whens":
                yield from self.parts(text * self.times(1))
            elif kind == "ors":
                yield from self.parts(separated([text] * self.times(2), words("OR")))
            else:
                yield getattr(self, kind)(text)

    def value(self, _=""):
        if "literals" in self.vary:
            return self.random.choice([*VALUES, *VALUES_OF[self.vendor]])
        return self.random.choice(PLAIN_VALUES) if "plain literals" in self.vary else "5"

    def list(self, _, width=1):
        return f"({', '.join(self.value() for _ in range(self.times(width)))})"

    def rows(self, _):
        return ", ".join(self.list("") for _ in range(self.times(1)))

    def name(self, text):
        quote = "`" if self.vendor == "mysql" else '"'
        return text.replace("<", quote).replace(">", quote)

    def word(self, text):
        if "case" not in self.vary:
            return text
        return "".join(self.random.choice([letter.lower(), letter]) for letter in text)

    def mark(self, text):
        return text

    def gap(self, left, right):
        gaps = GAPS if "layout" in self.vary else PLAIN_GAPS
        if not {"layout", "plain layout"} & self.vary:
            return " "
        return self.random.choice([*gaps, ""] if left in "()," or right in "()," else gaps)

    def times(self, least):
        return self.random.randint(least, 5) if "lengths" in self.vary else least


def written(tokens, vendor, random=None, vary=()):
    return Writing(vendor, random, vary).sql(tokens)


def two_texts(*vary):
    """The two texts of a statement differ only in what is named."""

    def check(read, how=quick):
        @how
        @given(statements, st.sampled_from(VENDORS), randoms)
        def equal(tokens, vendor, random):
            one = written(tokens, vendor)
            other = written(tokens, vendor, random, vary)

            assert read(one, vendor) == read(other, vendor), (one, other)

        equal()

    return check


def one_token(kind, replacements):
    """Another token of this kind makes another shape."""

    def check(read, how=quick):
        @how
        @given(statements, st.sampled_from(VENDORS), randoms)
        def different(tokens, vendor, random):
            places = [
                place
                for place, (own_kind, text) in enumerate(tokens)
                if own_kind == kind and (text in replacements or kind == "name")
            ]
            assume(places)
            place = random.choice(places)
            text = random.choice([text for text in replacements if text != tokens[place][1]])
            changed = [*tokens[:place], (kind, text), *tokens[place + 1 :]]

            one, other = written(tokens, vendor), written(changed, vendor)

            assert read(one, vendor) != read(other, vendor), (one, other)

        different()

    return check


def order_of_columns(read, how=quick):
    @how
    @given(st.lists(names, min_size=2, max_size=5, unique=True), st.sampled_from(VENDORS))
    def different(chosen, vendor):
        one, other = (
            written(
                [*words("SELECT"), *separated([[("name", name)] for name in order], marks(","))],
                vendor,
            )
            for order in (chosen, chosen[::-1])
        )

        assert read(one, vendor) != read(other, vendor), (one, other)

    different()


def second_reading(sql):
    """What sqlparse sees: its tokens in order, `?` for a value, and lists as short as ours."""
    seen = []
    for kind, text in tokenize(sql):
        if kind in String.Symbol or (kind in Name and kind is not Name.Placeholder):
            seen.append(text if text[0] == '"' else text.upper())
        elif kind in Literal or kind is Name.Placeholder:
            seen.append("?")
        elif kind not in Comment:
            seen += text.upper().split()
    text = " ".join(seen)
    text = re.sub(r"\b(IN|VALUES) \( \?(?: , \?)* \)", r"\1 ( ? )", text)
    return re.sub(r"\bVALUES \( \? \)(?: , \( \?(?: , \?)* \))*", "VALUES ( ? )", text)


def agreement_with_sqlparse(read, how=quick):
    """Two texts are equal to us if, and only if, they are equal to sqlparse."""

    @how
    @given(
        *(plain_statements, plain_statements, st.sampled_from(["", "name", "mark", "statement"])),
        st.sampled_from([vendor for vendor in VENDORS if vendor != "mysql"]),
        randoms,
    )
    def agrees(one, another, change, vendor, random):
        other = another if change == "statement" else [*one]
        known = {"name": NAMES, "mark": OPERATORS}.get(change, ())
        if places := [place for place, (_, text) in enumerate(other) if text in known]:
            other[random.choice(places)] = (change, random.choice(known))
        vary = ("plain literals", "plain layout", "lengths", "case")
        texts = [written(tokens, vendor, random, vary) for tokens in (one, other)]

        ours = [read(text, vendor) for text in texts]
        theirs = [second_reading(text) for text in texts]

        assert (ours[0] == ours[1]) is (theirs[0] == theirs[1]), (*texts, *ours, *theirs)

    agrees()


PROPERTIES = {
    "literals do not matter": two_texts("literals"),
    "layout does not matter": two_texts("layout"),
    "lengths do not matter": two_texts("lengths"),
    "case does not matter": two_texts("case"),
    "all of that together": two_texts("literals", "layout", "lengths", "case"),
    "names matter": one_token("name", NAMES),
    "operators matter": one_token("mark", OPERATORS),
    "keywords matter": one_token("word", ["AND", "OR", "LIKE", "IN"]),
    "the order of columns matters": order_of_columns,
    "sqlparse agrees": agreement_with_sqlparse,
}


def shape_text(sql, vendor):
    return fingerprint(sql, vendor).text


@pytest.mark.parametrize("property_", PROPERTIES.values(), ids=PROPERTIES)
def test_property(property_):
    property_(shape_text)


def keeps_a_number(sql, vendor):
    return shape_text(sql, vendor), re.findall(r"\b[1-9]", sql)[:1]


def keeps_layout(sql, vendor):
    return shape_text(sql, vendor), "\n" in sql


def keeps_lengths(sql, vendor):
    return shape_text(sql, vendor), sql.count(",")


def keeps_case(sql, vendor):
    return shape_text(sql, vendor), "select" in sql.swapcase()


def loses_names(sql, vendor):
    return re.sub(r"[\"`][^\"`]*[\"`]", "name", shape_text(sql, vendor))


def loses_operators(sql, vendor):
    return re.sub(r"<>|<=|>|\+|-|\*|\|\|", "=", shape_text(sql, vendor))


def loses_keywords(sql, vendor):
    return re.sub("AND|OR|LIKE|IN", "AND", shape_text(sql, vendor))


def loses_order(sql, vendor):
    return sorted(re.split("[ ,]+", shape_text(sql, vendor)))


@pytest.mark.parametrize(
    ("property_", "wrong_reader"),
    [
        ("literals do not matter", keeps_a_number),
        ("layout does not matter", keeps_layout),
        ("lengths do not matter", keeps_lengths),
        ("case does not matter", keeps_case),
        ("all of that together", keeps_a_number),
        ("names matter", loses_names),
        ("operators matter", loses_operators),
        ("keywords matter", loses_keywords),
        ("the order of columns matters", loses_order),
        ("sqlparse agrees", keeps_lengths),
        ("sqlparse agrees", keeps_layout),
        ("sqlparse agrees", loses_names),
        ("sqlparse agrees", loses_operators),
    ],
)
def test_a_property_fails_for_a_wrong_reader(property_, wrong_reader):
    with pytest.raises(AssertionError):
        PROPERTIES[property_](wrong_reader, without_shrinking)


FRAGMENTS = r"""
    SELECT FROM WHERE IN IN( ( ) , (1,2) (1,'x') (NULL,1) VALUES NULL TRUE CASE WHEN THEN ELSE END
    OR AND a "b" "a"."b" "a"."b", `x`.`y` `x`.`y`, [c] [ ] a.b . .. ... 5 -5 - 1.5 .5 1e5 0x1F 2fa
    5a 's' ' " ` E'a\'b' N'x' _utf8'x' $1 $$a$$ $t$ $ ? ?1 ?| ?& %s %(n)s % %% :n :1 :: ::int : @p
    ::varchar(10) @@x @ @> -> ->> #> # -- /* */ /*! /*!40001 /*+ * + / = <> <=> | ; SAVEPOINT FETCH
    CLOSE ARRAY[ ROW(1) DATE CAST( JSON_EXTRACT( U&"x" LIMIT \ {
"""
PIECES = [*FRAGMENTS.split(), " ", "\n", " WHERE ", " VALUES ", "\xe9", "\x00", "\ud800"]
garbage = st.builds(
    lambda gap, parts: gap.join(parts),
    *(st.sampled_from(["", " "]), st.lists(st.sampled_from(PIECES), max_size=14)),
)


@quick
@given(garbage | st.text(st.characters(exclude_categories=[])), st.sampled_from(VENDORS))
def test_any_text_has_a_shape(sql, vendor):
    assert fingerprint(sql, vendor).startswith("q1:")
    assert statement_kind(sql)


IN_ONE_GO = {vendor: Normaliser(vendor) for vendor in VENDORS}
TOKEN_BY_TOKEN = {vendor: Normaliser(vendor, shortcuts=False) for vendor in VENDORS}


@settings(quick, max_examples=1000)
@given(garbage, st.sampled_from(VENDORS))
def test_shortcuts_do_not_change_the_shape_of_anything(sql, vendor):
    assert IN_ONE_GO[vendor].text(sql) == TOKEN_BY_TOKEN[vendor].text(sql)


@settings(quick, max_examples=500)
@given(statements, st.sampled_from(VENDORS), randoms)
def test_shortcuts_do_not_change_the_shape_of_a_statement(tokens, vendor, random):
    sql = written(tokens, vendor, random, ("literals", "layout", "lengths", "case"))

    assert IN_ONE_GO[vendor].text(sql) == TOKEN_BY_TOKEN[vendor].text(sql)


@quick
@given(statements, st.sampled_from(VENDORS), randoms)
def test_the_text_of_a_shape_has_that_shape(tokens, vendor, random):
    shape = fingerprint(written(tokens, vendor, random, ("literals", "layout")), vendor)

    assert fingerprint(shape.text, vendor) == shape
