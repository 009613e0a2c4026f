"""QL108: what is silent, what is found, and how the code reads afterwards."""

from __future__ import annotations

import textwrap

import pytest

from querylens.rules.raw_query_in_loop import RawQueryInLoop
from tests.rules.traces import asked, cause, trace

SELECT = "SELECT title FROM book WHERE id = %s"
EXECUTE = cause("raw", "execute", model="")
MANY = cause("raw", "executemany", model="")
RAW = cause("raw", "raw")
CALL = cause("raw", "callproc", model="")
LIBRARY = cause("raw", "execute", model="", facts=["library: cachedb"])


def executed(*values, cause=EXECUTE, sql=SELECT, **more):
    return asked(cause, *values, sql=sql, **more)


@pytest.mark.parametrize(
    ("silent", "loud"),
    [
        pytest.param([], executed(1, 2), id="no queries"),
        pytest.param(executed(1), executed(1, 2), id="one value"),
        pytest.param(executed(1, 1), executed(1, 2), id="the same values again: QL301"),
        pytest.param(
            [*executed(1, line=1), *executed(2, line=2)],
            [*executed(1, line=1), *executed(2, line=1)],
            id="two lines",
        ),
        pytest.param(
            [*executed(1, stack="one way"), *executed(2, stack="another")],
            [*executed(1, stack="one way"), *executed(2, stack="one way")],
            id="one helper called from two lines",
        ),
        pytest.param(
            [*executed(1, scope="first"), *executed(2, scope="second")],
            [*executed(1, scope="first"), *executed(2, scope="first")],
            id="two requests",
        ),
        pytest.param(executed(1, 2, sql="SET work_mem = %s"), executed(1, 2), id="a setting"),
        pytest.param(executed(1, 2, sql="CREATE TABLE t (a int)"), executed(1, 2), id="a table"),
        pytest.param(executed(1, 2, sql="SAVEPOINT s"), executed(1, 2), id="a savepoint"),
        pytest.param(
            executed(1, 2, sql="SELECT a FROM pg_class WHERE relname = %s"),
            executed(1, 2, sql="SELECT a FROM class WHERE relname = %s"),
            id="the database's own tables",
        ),
        pytest.param(
            executed(1, 2, sql="SELECT a FROM t WHERE id IN (%s, %s)"),
            executed(1, 2, sql="SELECT a FROM t WHERE id IN (%s)"),
            id="chunks of values",
        ),
        pytest.param(
            executed(1, 2, sql="INSERT INTO t (a) VALUES (%s), (%s)"),
            executed(1, 2, sql="INSERT INTO t (a) VALUES (%s)"),
            id="chunks of rows",
        ),
        pytest.param(
            executed(1, 2, sql="SELECT a FROM t ORDER BY id LIMIT 10 OFFSET %s"),
            executed(1, 2, sql="SELECT a FROM t WHERE id > %s ORDER BY id LIMIT 10"),
            id="pages by number",
        ),
        pytest.param(
            asked(cause("lookup", "get"), 1, 2), executed(1, 2), id="a query of the ORM's: QL104"
        ),
    ],
)
def test_is_silent(silent, loud):
    assert list(RawQueryInLoop().check(trace(*silent))) == []
    assert len(list(RawQueryInLoop().check(trace(*loud)))) == 1


@pytest.mark.parametrize(
    ("queries", "what"),
    [
        (executed(1, 2, 3), "a raw SELECT of book"),
        (executed(1, 2, 3, sql="SELECT %s"), "a raw SELECT"),
        (executed(1, 2, 3, cause=RAW), "raw SQL for library.Book"),
        (executed(1, 2, 3, cause=CALL, sql="rank"), "the procedure rank"),
        (executed(1, 2, 3, cause=MANY, sql="UPDATE t SET a = %s"), "a raw UPDATE of t"),
    ],
)
def test_says_what_is_sent_how_often(queries, what):
    [finding] = RawQueryInLoop().check(trace(*queries))

    assert finding.rule.code == "QL108"
    assert finding.message == f"{what} is sent 3 times, each with other values"
    assert str(finding.call_site) == "shop/views.py:12"
    assert (finding.count, finding.evidence) == (3, "loop")


def test_threshold_is_a_number_of_values():
    queries = trace(*executed(1, 2, 3))

    assert list(RawQueryInLoop(threshold=4).check(queries)) == []
    assert len(list(RawQueryInLoop(threshold=3).check(queries))) == 1


@pytest.mark.parametrize(
    ("cause", "sql", "code"),
    [
        (EXECUTE, SELECT, 'cursor.execute("SELECT title FROM book WHERE id IN (…)", values)'),
        (RAW, SELECT, 'Book.objects.raw("SELECT title FROM book WHERE id IN (…)", values)'),
        (EXECUTE, "SELECT a FROM t WHERE b = %s AND c = %s", "cursor.execute(sql, values)"),
        (EXECUTE, f"SELECT {'a, ' * 99} b FROM t WHERE c = %s", "cursor.execute(sql, values)"),
        (EXECUTE, "DELETE FROM t WHERE a = %s", "cursor.executemany(sql, parameters)"),
    ],
)
def test_says_what_to_write(cause, sql, code):
    [finding] = RawQueryInLoop().check(trace(*executed(1, 2, cause=cause, sql=sql)))

    assert (finding.fix.kind, finding.fix.code) == ("single_query", code)
    assert finding.fix.caveats


@pytest.mark.parametrize(
    ("cause", "reason"),
    [(CALL, "A procedure takes one set of values"), (LIBRARY, "cachedb writes these rows itself")],
)
def test_says_why_there_is_nothing_to_write(cause, reason):
    [finding] = RawQueryInLoop().check(trace(*executed(1, 2, cause=cause)))

    assert (finding.fix.kind, finding.saved) == ("none", 0)
    assert finding.fix.caveats[0].startswith(reason)


def test_values_in_the_text_are_values_too(tried):
    found = tried(
        RawQueryInLoop(),
        """
        from django.db import connection
        with connection.cursor() as cursor:
            for key in ids(Book):
                cursor.execute(f"SELECT pages FROM library_book WHERE id = {key}")
                show(cursor.fetchone())
        """,
    )

    assert "Pass the values as parameters" in found.fix.caveats[-1]


def test_pages_of_a_table_are_read_on_purpose(tried):
    code = """
        from django.db import connection
        sql = "SELECT id FROM library_book WHERE id > %s ORDER BY id LIMIT 1"
        last = 0
        with connection.cursor() as cursor:
            {loop}
                cursor.execute(sql, [last])
                [last] = cursor.fetchone() or [None]
        """

    assert tried(RawQueryInLoop(), code.format(loop="while last is not None:")).findings == ()
    assert len(tried(RawQueryInLoop(), code.format(loop="for _ in range(4):")).findings) == 1


HEAD = """\
from django.db import connection
sql = "UPDATE library_book SET pages = %s WHERE id = %s"
with connection.cursor() as cursor:
"""
SHOW = "\nshow(list(Book.objects.values_list('pk', 'pages')))"
TYPED = {
    "a list in every turn": (
        """
        for key in ids(Book):
            cursor.execute(sql, [1, key])
        """,
        """
        parameters = []
        for key in ids(Book):
            parameters.append([1, key])
        if parameters:
            cursor.executemany(sql, parameters)
        """,
    ),
    "what the loop walks over": (
        """
        for row in [(1, key) for key in ids(Book)]:
            if row[1]:
                cursor.execute(sql, row)
        """,
        """
        parameters = []
        for row in [(1, key) for key in ids(Book)]:
            if row[1]:
                parameters.append(row)
        if parameters:
            cursor.executemany(sql, parameters)
        """,
    ),
    "executemany": (
        """
        for key in ids(Book):
            cursor.executemany(sql, [(1, key), (2, key + 1)])
        """,
        """
        parameters = []
        for key in ids(Book):
            parameters.extend([(1, key), (2, key + 1)])
        if parameters:
            cursor.executemany(sql, parameters)
        """,
    ),
}


@pytest.mark.parametrize(("before", "after"), TYPED.values(), ids=TYPED)
def test_types_executemany(tried, before, after):
    found = tried(RawQueryInLoop(), HEAD + inside(before) + SHOW)

    assert found.fixed() == HEAD + inside(after) + SHOW


UNTYPED = {
    "a list that is filled anew": """
        values = [1, None]
        for key in ids(Book):
            values[1] = key
            cursor.execute(sql, values)
        """,
    "a cursor that is asked": """
        for key in ids(Book):
            cursor.execute(sql, [1, key])
            show(cursor.rowcount)
        """,
    "a cursor that is asked behind": """
        for key in ids(Book):
            cursor.execute(sql, [1, key])
        show(cursor.rowcount)
        """,
    "a statement that changes": """
        for key in ids(Book):
            cursor.execute(f"UPDATE library_book SET pages = {key} WHERE id = %s", [key])
        """,
    "a cursor for each turn": """
        for key in ids(Book):
            with connection.cursor() as own:
                own.execute(sql, [1, key])
        """,
    "what the loop reads": """
        for key in ids(Book):
            cursor.execute(sql, [Book.objects.count(), key])
        """,
    "an exception that is waited for": """
        for key in ids(Book):
            try:
                cursor.execute(sql, [1, key])
            except ValueError:
                pass
        """,
}


@pytest.mark.parametrize("code", UNTYPED.values(), ids=UNTYPED)
def test_leaves_to_a_developer_what_is_not_certain(tried, code):
    fix = tried(RawQueryInLoop(), HEAD + inside(code)).fix

    assert (fix.kind, fix.at) == ("single_query", None)
    assert fix.caveats


def inside(code):
    """The code as it stands in the block of the cursor."""
    return textwrap.indent(textwrap.dedent(code).strip(), "    ")
