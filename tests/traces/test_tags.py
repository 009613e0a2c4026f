"""Tags in the comments of SQL: sqlcommenter's and Marginalia's."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querylens.traces.tags import request_of, request_told, tags_in, without_comments

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def tags_of(sql):
    return tags_in(without_comments(sql)[1])


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("SELECT 1", id="no comment"),
        pytest.param("SELECT '/*route=''a''*/'", id="string at the end"),
        pytest.param("SELECT '/*controller:a*/' AS x", id="string"),
        pytest.param("SELECT 'cut off /*controller:a*/", id="string that was cut off"),
        pytest.param("SELECT 'it''s /*controller:a*/", id="string with a quote, cut off"),
        pytest.param('SELECT "cut off /*controller:a*/', id="name that was cut off"),
        pytest.param("SELECT 1 -- /*controller:a*/", id="line comment"),
        pytest.param("SELECT /*controller:a*/ 1", id="inside"),
        pytest.param("SELECT 1 /* outer /*controller:a*/ */", id="comment in a comment"),
        pytest.param("/*+ INDEX(a) */ SELECT 1", id="hint"),
        pytest.param("/*!50000 SELECT 1 */", id="executed"),
        pytest.param("SELECT 1 /* view: all of it */", id="prose"),
        pytest.param("SELECT 1 /* see ticket 12, please */", id="more prose"),
        pytest.param("SELECT 1 /*route='a', and prose*/", id="tags and prose"),
        pytest.param("SELECT 1 /*route='a", id="not closed"),
        pytest.param("SELECT 1 /*route='a*/", id="value not closed"),
        pytest.param("SELECT 1 /*/", id="half a comment"),
        pytest.param("/*/ SELECT 1", id="half a comment before"),
        pytest.param("SELECT 1 /**/", id="empty"),
        pytest.param("/**/", id="nothing else"),
    ],
)
def test_is_not_taken_for_tags(sql):
    assert tags_of(sql) == {}


@pytest.mark.parametrize(
    "comment",
    [
        pytest.param("/*controller='media%3Amovie',route='movies%2F%3Cint:pk%3E/'*/", id="single"),
        pytest.param("/*controller='media%%3Amovie',route='movies%%2F%%3Cint:pk%%3E/'*/", id="%%"),
        pytest.param("/* controller = 'media%3Amovie' , route='movies/<int:pk>/' */", id="spaces"),
    ],
)
@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("SELECT 1 {}", id="behind"),
        pytest.param("SELECT 1{};", id="before ;"),
        pytest.param("SELECT 1; {}\n", id="behind ;"),
        pytest.param("SELECT 'it''s' {}", id="behind a string"),
        pytest.param(r"SELECT 'it\'s' {}", id="behind an escaped quote"),
        pytest.param("SELECT 1 -- why\n {}", id="behind a line comment"),
        pytest.param("{} SELECT 1", id="in front"),
        pytest.param("SELECT 1 {} /* by a proxy */", id="in front of another"),
        pytest.param("{}", id="alone"),
    ],
)
def test_sqlcommenter(sql, comment):
    tags = tags_of(sql.replace("{}", comment))

    assert tags == {"controller": "media:movie", "route": "movies/<int:pk>/"}


@pytest.mark.parametrize("form", ["{} SELECT 1", "SELECT 1 {}", "SELECT 1 {};"])
def test_marginalia(form):
    comment = "/*application:BCX,controller:project_imports,action:show,line:/app/a.rb:12*/"

    tags = tags_of(form.format(comment))

    assert tags == {
        "application": "BCX",
        "controller": "project_imports",
        "action": "show",
        "line": "/app/a.rb:12",
    }


def test_the_end_counts_more_than_the_beginning():
    assert tags_of("/*route='a',db='x'*/ SELECT 1 /*route='b'*/") == {"route": "b", "db": "x"}


def test_values_keep_what_was_quoted():
    sql = r"SELECT 1 /*a='it%27s',b='it\'s',c='100%25',d='%%25',e='%C3%A9',f=''*/"

    expected = {"a": "it's", "b": "it's", "c": "100%", "d": "%", "e": "é", "f": ""}
    assert tags_of(sql) == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        pytest.param({}, ("", ""), id="nothing"),
        pytest.param({"traceparent": PARENT}, (TRACE, ""), id="trace"),
        pytest.param({"traceparent": f"00-{'0' * 32}-{'0' * 16}-00"}, ("", ""), id="no trace"),
        pytest.param({"traceparent": "' OR 1=1"}, ("", ""), id="no traceparent"),
        pytest.param({"route": "a/", "controller": "b"}, ("", "a/"), id="route first"),
        pytest.param({"route": "", "controller": "b"}, ("", "b"), id="empty route"),
        pytest.param({"route": "a/", "action": "show"}, ("", "a/"), id="route needs no action"),
        pytest.param({"controller": "b", "action": "show"}, ("", "b#show"), id="action"),
        pytest.param({"view": "c"}, ("", "c"), id="view"),
        pytest.param({"action": "show"}, ("", ""), id="action alone"),
        pytest.param({"application": "shop"}, ("", ""), id="application"),
    ],
)
def test_request(tags, expected):
    assert request_of(tags) == expected


@given(st.text())
def test_any_text(sql):
    tags = tags_of(f"/*{sql}*/")

    assert all(isinstance(part, str) for part in (*tags, *tags.values(), *request_of(tags)))


WORDS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(WORDS.filter(bool), WORDS, min_size=1))
def test_what_the_instrumentation_writes_is_read(tags):
    """As `_generate_sql_comment` of opentelemetry-instrumentation writes it."""
    written = {
        quote(key, safe="").replace("%", "%%"): quote(value).replace("%", "%%")
        for key, value in tags.items()
    }
    comment = ",".join(f"{key}={value!r}" for key, value in sorted(written.items()))

    assert tags_of(f"SELECT 1 /*{comment}*/;") == tags


@pytest.mark.parametrize(
    ("sql", "bare"),
    [
        ("SELECT 1 /*a='b'*/", "SELECT 1"),
        ("SELECT 1 /*a='b'*/;", "SELECT 1"),
        ("/*a='b'*/ SELECT 1", "SELECT 1"),
        ("/*a='b'*/ /*c:d*/\nSELECT 1 /*e:f*/\t/*g:h*/ ", "SELECT 1"),
        ("/*+ hint */ SELECT 1", "SELECT 1"),
        ("SELECT 'a -- b' /*a='b'*/", "SELECT 'a -- b'"),
        ("SELECT 'it''s', \"--\" /*it's*/", "SELECT 'it''s', \"--\""),
        ("SELECT 1 -- why\n/*a='b'*/", "SELECT 1 -- why"),
    ],
)
def test_comments_at_the_ends_are_taken_off(sql, bare):
    found, comments = without_comments(sql)

    assert found == bare
    assert comments.split() == sql.replace(bare, " ").split()
    assert request_told(comments) == request_of(tags_of(sql))


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "SELECT 1",
        "SELECT 1;",
        "SELECT /* within */ 1",
        "SELECT 1 /*! AND 2 */",
        "SELECT 1 /*M!100100 AND 2 */",
        "/*!50000 SELECT 1 */",
        "SELECT 'cut off /* a */",
        'SELECT "cut off /* a */',
        "SELECT 1 -- /* a */",
        "SELECT 1 /* a /* b */ */",
        "/* a /* b */ */ SELECT 1",
        "/* open SELECT 1",
        "SELECT 1 /*/",
        "*/",
    ],
)
def test_what_may_be_no_comment_stays(sql):
    assert without_comments(sql) == (sql, "")


@given(
    st.text("ab'\"-/*!;\n ", max_size=30),
    st.lists(st.sampled_from(["/*a='b'*/", "/*c:d*/ ", "/* it's */", "/**/"]), max_size=3),
    st.booleans(),
)
def test_nothing_is_lost(text, comments, is_before):
    sql = "".join((*comments, text) if is_before else (text, *comments))

    bare, told = without_comments(sql)

    assert bare in sql
    if bare != sql:
        assert sorted("".join(f"{bare}{told}".split())) == sorted("".join(sql.split()))


@pytest.mark.parametrize("sql", ["/*route='a'*/", "/*b:c*/ /*route='a'*/"])
def test_comments_alone_are_the_statement(sql):
    bare, comments = without_comments(sql)

    assert (bare, request_told(comments)) == (sql, ("", "a"))


def test_statements_of_one_trace_have_one_comment():
    told = {
        without_comments(f"SELECT 1 /*route='a',traceparent='00-{TRACE}-{span:016x}-01'*/")
        for span in range(3)
    }

    [(bare, comments)] = told
    assert bare == "SELECT 1"
    assert request_told(comments) == (TRACE, "a")


@pytest.mark.parametrize(
    "part",
    ["/*", "*/", "/**/", "a='", "a='b',", r"\'", "a:", ",", "--/*a:b*/", " ", "'/*a:b*/;", "--"],
)
def test_hostile_text_is_read_in_linear_time(part):
    """A megabyte that a quadratic reader would need minutes for."""
    for text in (part * (1_000_000 // len(part)), f"SELECT 1 /*{part * 200_000}*/ 'open"):
        assert tags_of(text).keys() <= {"a"}
        without_comments(text)
    assert tags_of(f"/*a:b*/ SELECT '{part * 200_000}") == {"a": "b"}
