"""Every rule says how often when it was counted, and says no number when source was only read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from querylens import rules
from querylens.model import GroupTotals
from tests.rules.traces import asked, cause, sent, trace

BOOK = 'INSERT INTO "library_book" ("title") VALUES (%s)'
UPDATE = 'UPDATE "library_book" SET "title" = %s WHERE "library_book"."id" = %s'
DELETE = 'DELETE FROM "library_book" WHERE "library_book"."id" = %s'
LINK = 'INSERT INTO "library_book_tags" ("book_id", "tag_id") VALUES (%s, 1)'
AUTHOR = cause("forward", "attribute", "library.Book.author", to_one=True)
TAGS = cause("relation_write", "add", "library.Book.tags", facts=["through: book, tag"])
LOOKUP = cause("lookup", "get", fields=("isbn",))

CASES = [
    pytest.param(
        sent(AUTHOR, 1, 2),
        "library.Book.author is fetched for each of 2 rows",
        "library.Book.author is fetched for each row",
        id="QL101",
    ),
    pytest.param(
        sent(cause("reverse", "all", "library.Author.books"), 1, 2),
        "library.Author.books is fetched for each of 2 rows",
        "library.Author.books is fetched for each row",
        id="QL102",
    ),
    pytest.param(
        sent(cause("reverse", "filter", "library.Author.books", facts=["prefetched"]), 1, 2),
        "library.Author.books is prefetched, and filter() asks for it again for each of 2 rows",
        "library.Author.books is prefetched, and filter() asks for it again for each row",
        id="QL103",
    ),
    pytest.param(
        asked(LOOKUP, 1, 2),
        "library.Book is looked up by isbn 2 times in a loop",
        "library.Book is looked up by isbn in a loop",
        id="QL104",
    ),
    pytest.param(
        sent(cause("aggregate", "count", "library.Author.books"), 1, 2),
        "library.Author.books.count() is asked for each of 2 rows",
        "library.Author.books.count() is asked for each row",
        id="QL105 of rows",
    ),
    pytest.param(
        asked(cause("aggregate", "exists", fields=("isbn",)), 1, 2),
        "library.Book is asked exists() by isbn 2 times in a loop",
        "library.Book is asked exists() by isbn in a loop",
        id="QL105 of values",
    ),
    pytest.param(
        sent(cause("deferred", "attribute", "library.Book.summary"), 1, 2),
        "library.Book.summary is deferred, and fetched for each of 2 rows",
        "library.Book.summary is deferred, and fetched for each row",
        id="QL106",
    ),
    pytest.param(
        sent(cause("generic", "attribute", "library.Note.content_object", to_one=True), 1, 2),
        "library.Note.content_object is fetched for each of 2 rows",
        "library.Note.content_object is fetched for each row",
        id="QL107",
    ),
    pytest.param(
        asked(cause("raw", "execute", model=""), 1, 2),
        "a raw SELECT of library_book is sent 2 times, each with other values",
        "a raw SELECT of library_book is sent again and again, each with other values",
        id="QL108",
    ),
    pytest.param(
        sent(cause("prefetch", "prefetch", "library.Book.tags", facts=["explicit"]), 1, 2),
        "library.Book.tags is prefetched for each of 2 rows alone",
        "library.Book.tags is prefetched for each row alone",
        id="QL109",
    ),
    pytest.param(
        sent(cause("insert", "create"), 1, 2, sql=BOOK),
        "library.Book is inserted one row at a time: 2 rows",
        "library.Book is inserted one row at a time",
        id="QL201",
    ),
    pytest.param(
        sent(cause("update", "save"), 1, 2, sql=UPDATE),
        "library.Book is changed one row at a time: 2 rows",
        "library.Book is changed one row at a time",
        id="QL202 of rows",
    ),
    pytest.param(
        asked(cause("update", "update"), 1, 2, sql=UPDATE),
        "library.Book is updated for each of 2 values",
        "library.Book is updated for each value",
        id="QL202 of values",
    ),
    pytest.param(
        sent(cause("update", "update"), 1, 2, sql=UPDATE),
        "library.Book is updated for each of 2 rows",
        "library.Book is updated for each row",
        id="QL202 of values of rows",
    ),
    pytest.param(
        sent(cause("delete", "delete"), 1, 2, sql=DELETE),
        "library.Book is deleted one row at a time: 2 rows",
        "library.Book is deleted one row at a time",
        id="QL203 of rows",
    ),
    pytest.param(
        asked(cause("delete", "delete"), 1, 2, sql=DELETE),
        "library.Book is deleted for each of 2 values",
        "library.Book is deleted for each value",
        id="QL203 of values",
    ),
    pytest.param(
        asked(cause("insert", "get_or_create"), 1, 2),
        "library.Book is looked up and created by get_or_create one row at a time: 2 rows",
        "library.Book is looked up and created by get_or_create one row at a time",
        id="QL204",
    ),
    pytest.param(
        sent(TAGS, 1, 2, sql=LINK),
        "library.Book.tags is written by add() for each of 2 rows: 2 queries",
        "library.Book.tags is written by add() for each row",
        id="QL205 of rows",
    ),
    pytest.param(
        [replace(query, row=1, loop=query.call_site) for query in asked(TAGS, 1, 2, sql=LINK)],
        "library.Book.tags is written by add() 2 times for one row: 2 queries",
        "library.Book.tags is written by add() again and again for one row",
        id="QL205 of one row",
    ),
    pytest.param(
        [*asked(None, 1, line=1), *asked(None, 1, line=2)],
        "the same query with the same values is sent 2 times",
        "the same query with the same values is sent again",
        id="QL301",
    ),
    pytest.param(
        [*asked(LOOKUP, 1, line=1), *sent(AUTHOR, 1, line=2)],
        "library.Book is looked up beside library.Book.author, which fetches the same row: "
        "sent 2 times",
        "library.Book is looked up beside library.Book.author, which fetches the same row",
        id="QL302",
    ),
]


def found(code, queries):
    [rule] = [rule for rule in rules.RULES if rule.info.code == code]
    [finding] = rule().check(trace(*queries))
    return finding


@pytest.mark.parametrize(("queries", "counted", "read"), CASES)
def test_says_no_number_of_what_was_only_read(request, queries, counted, read):
    code = request.node.callspec.id.partition(" ")[0]

    assert found(code, queries).message == counted
    assert found(code, [replace(query, alias="") for query in queries]).message == read


def test_every_rule_is_worded_both_ways():
    assert {case.id.partition(" ")[0] for case in CASES} == {rule.info.code for rule in rules.RULES}


def test_what_was_only_read_has_no_numbers_and_no_more_evidence():
    read = found("QL101", [replace(query, alias="") for query in sent(AUTHOR, 1, 2)])

    assert (read.count, read.saved, read.evidence) == (0, 0, "source")
    assert read.group == GroupTotals.unsent()
    assert not read.group.fingerprint
    assert read.key == found("QL101", sent(AUTHOR, 1, 2)).key


def test_a_group_keeps_its_numbers_where_it_was_sent():
    sent_group = trace(*sent(AUTHOR, 1, 2)).groups()[0]
    [read_group] = trace(*(replace(query, alias="") for query in sent(AUTHOR, 1, 2))).groups()

    assert GroupTotals.of(sent_group).aliases == ("default",)
    assert GroupTotals.of(read_group) == GroupTotals.unsent()
