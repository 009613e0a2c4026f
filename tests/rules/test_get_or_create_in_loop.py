"""QL204: what is silent, what is found, and how the code reads afterwards."""

from __future__ import annotations

import textwrap
from dataclasses import replace

import pytest

from querylens.model import QueryGroup
from querylens.rewrite.writes.upserts import upsert_together
from querylens.rules.get_or_create_in_loop import GetOrCreateInLoop
from tests.rules.traces import asked, cause, trace

SELECT = 'SELECT "t"."id" FROM "t" WHERE "t"."name" = %s LIMIT 21'
INSERT = 'INSERT INTO "t" ("name") VALUES (%s)'
UPSERT = cause("insert", "get_or_create", model="library.Tag")
CHANGE = cause("insert", "update_or_create", model="library.Tag")
CREATE = cause("insert", "create", model="library.Tag")
LIBRARY = cause("insert", "get_or_create", model="taggit.Tag", facts=["library: taggit"])


def asked_for(*values, cause=UPSERT, sql=SELECT, **more):
    return asked(cause, *values, sql=sql, **more)


@pytest.mark.parametrize(
    ("silent", "loud"),
    [
        pytest.param([], asked_for(1, 2), id="no queries"),
        pytest.param(
            [*asked_for(1), *asked_for(1, sql=INSERT)],
            [*asked_for(1), *asked_for(1, sql=INSERT), *asked_for(2)],
            id="one row",
        ),
        pytest.param(asked_for(1, 1), asked_for(1, 2), id="the same values again"),
        pytest.param(
            [*asked_for(1, line=1), *asked_for(2, line=2)],
            [*asked_for(1, line=1), *asked_for(2, line=1)],
            id="two lines",
        ),
        pytest.param(
            [*asked_for(1, scope="first"), *asked_for(2, scope="second")],
            [*asked_for(1, scope="first"), *asked_for(2, scope="first")],
            id="two requests",
        ),
        pytest.param(asked_for(1, 2, cause=CREATE), asked_for(1, 2), id="an insert: QL201"),
    ],
)
def test_is_silent(silent, loud):
    assert list(GetOrCreateInLoop().check(trace(*silent))) == []
    assert len(list(GetOrCreateInLoop().check(trace(*loud)))) == 1


def test_both_statements_of_a_call_are_one_finding():
    queries = [*asked_for(1, 2, 3), *asked_for(3, sql=INSERT)]
    [finding] = GetOrCreateInLoop().check(trace(*queries))

    assert finding.rule.code == "QL204"
    assert finding.message == (
        "library.Tag is looked up and created by get_or_create one row at a time: 3 rows, 4 queries"
    )
    assert str(finding.call_site) == "shop/views.py:12"
    assert (finding.count, finding.saved, finding.evidence) == (4, 2, "loop")


def test_threshold_is_a_number_of_rows():
    queries = trace(*asked_for(1, 2, 3))

    assert list(GetOrCreateInLoop(threshold=4).check(queries)) == []
    assert len(list(GetOrCreateInLoop(threshold=3).check(queries))) == 1


def test_what_a_library_writes_is_its_own():
    [finding] = GetOrCreateInLoop().check(trace(*asked_for(1, 2, cause=LIBRARY)))

    assert (finding.fix.kind, finding.saved) == ("none", 0)


@pytest.mark.parametrize(
    ("where", "existing"),
    [
        (
            '"t"."name" = %s',
            "existing = {row.name: row for row in Tag.objects.filter(name__in=values)}",
        ),
        (
            '("t"."name" = %s AND "t"."kind" = %s AND "t"."name" = %s)',
            "existing = {(row.name, row.kind): row for row in Tag.objects.filter(name__in=values)}",
        ),
        ('"t"."name" LIKE %s', "existing = Tag.objects.filter(conditions)"),
    ],
)
def test_says_how_to_find_what_is_there(where, existing):
    sql = f'SELECT "t"."id" FROM "t" WHERE {where} LIMIT 21'
    [finding] = GetOrCreateInLoop().check(trace(*asked_for(1, 2, sql=sql)))

    assert finding.fix.code == f"{existing}\nTag.objects.bulk_create(tags)"


def test_rows_that_must_change_need_a_third_step():
    [finding] = GetOrCreateInLoop().check(trace(*asked_for(1, 2, cause=CHANGE)))

    assert "write them with one bulk_update" in finding.fix.caveats[-1]


HEAD = "from tests.project.library.models import Language, Profile, Publisher, Shelf"
SHOW = """
show(sorted(Tag.objects.values_list("name", flat=True)))
show(sorted(Shelf.objects.values_list("code", "room")))
show(sorted(Profile.objects.values_list("author", "website")))
"""
TYPED = {
    "a unique field": (
        """
        for number in range(6):
            Tag.objects.get_or_create(name=f"Tag {number}")
        """,
        """
        tags_to_create = []
        for number in range(6):
            tags_to_create.append(Tag(name=f"Tag {number}"))
        Tag.objects.bulk_create(tags_to_create, ignore_conflicts=True)
        """,
    ),
    "defaults": (
        """
        for number in (1, 2, 7, 7):
            Shelf.objects.get_or_create(code=f"S{number}", defaults={"room": str(number)})
        """,
        """
        shelfs_to_create = []
        for number in (1, 2, 7, 7):
            shelfs_to_create.append(Shelf(code=f"S{number}", room=str(number)))
        Shelf.objects.bulk_create(shelfs_to_create, ignore_conflicts=True)
        """,
    ),
    "values that are written over": (
        """
        for number in (1, 2, 7, 7):
            Shelf.objects.update_or_create(code=f"S{number}", defaults={"room": f"new {number}"})
        """,
        """
        shelfs_to_create = {}
        for number in (1, 2, 7, 7):
            shelfs_to_create[f"S{number}"] = Shelf(code=f"S{number}", room=f"new {number}")
        Shelf.objects.bulk_create(
            shelfs_to_create.values(),
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["room"],
        )
        """,
    ),
    "a primary key": (
        """
        for key in ids(Publisher):
            Publisher.objects.update_or_create(pk=key, defaults={"name": "new"})
        """,
        """
        publishers_to_create = {}
        for key in ids(Publisher):
            publishers_to_create[key] = Publisher(pk=key, name="new")
        Publisher.objects.bulk_create(
            publishers_to_create.values(),
            update_conflicts=True,
            unique_fields=["pk"],
            update_fields=["name"],
        )
        """,
    ),
    "a unique relation": (
        """
        for author in Author.objects.all():
            Profile.objects.get_or_create(author=author, defaults={"website": str(author)})
        """,
        """
        profiles_to_create = []
        for author in Author.objects.all():
            profiles_to_create.append(Profile(author=author, website=str(author)))
        Profile.objects.bulk_create(profiles_to_create, ignore_conflicts=True)
        """,
    ),
    "nothing to write over": (
        """
        for number in range(6):
            await Tag.objects.aupdate_or_create(name=f"Tag {number}")
        """,
        """
        tags_to_create = []
        for number in range(6):
            tags_to_create.append(Tag(name=f"Tag {number}"))
        await Tag.objects.abulk_create(tags_to_create, ignore_conflicts=True)
        """,
    ),
}


@pytest.mark.parametrize(("before", "after"), TYPED.values(), ids=TYPED)
def test_types_bulk_create(tried, before, after):
    shows = "" if "await" in before else SHOW.rstrip()
    found = tried(GetOrCreateInLoop(), f"{HEAD}\n{textwrap.dedent(before).strip()}{shows}")

    assert found.fix.kind == "bulk_create"
    assert found.fix.caveats[0].startswith("New rows may get other keys")
    assert found.fixed() == f"{HEAD}\n{textwrap.dedent(after).strip()}{shows}"


@pytest.mark.parametrize(
    ("facts", "changes", "typed"),
    [
        ({"unique: book, position"}, {}, True),
        ({"unique: book, position"}, {"alias": "other"}, False),
        ({"unique: book, position"}, {"vendor": "mysql"}, False),
        ({"unique: book, position", "unique: title"}, {}, False),
        ({"unique: (one_index)"}, {}, False),
        ({"unique: book, position", "post_save: shop.notify"}, {}, False),
    ],
)
def test_a_related_manager_adds_its_row(tried, facts, changes, typed):
    found = tried(
        GetOrCreateInLoop(),
        """
        from tests.project.library.models import Chapter
        for book in Book.objects.all():
            book.chapters.get_or_create(position=9, defaults={"title": "Index"})
        """,
    )
    cause = replace(found.finding.cause, facts=found.finding.cause.facts | facts)
    queries = (replace(q, cause=cause, **changes) for q in found.finding.group.queries)
    fix = upsert_together(QueryGroup(tuple(queries)))

    assert (fix is not None) is typed
    if fix is not None:
        assert 'append(Chapter(book=book, position=9, title="Index"))' in fix.code


UNTYPED = {
    "the row is used": """
        for number in range(6):
            tag, created = Tag.objects.get_or_create(name=f"Tag {number}")
            show(tag, created)
        """,
    "nothing unique": """
        for number in range(6):
            Publisher.objects.get_or_create(name=f"Publisher {number}")
        """,
    "a lookup": """
        for number in range(6):
            Tag.objects.get_or_create(name__iexact=f"t {number}", defaults={"name": f"T {number}"})
        """,
    "defaults that are called": """
        for number in range(6):
            Shelf.objects.get_or_create(code=f"S{number}", defaults={"room": lambda: "new"})
        """,
    "defaults in a variable": """
        defaults = {"room": "new"}
        for number in range(6):
            Shelf.objects.get_or_create(code=f"S{number}", defaults=defaults)
        """,
    "defaults that change what is looked up": """
        for number in range(2):
            Tag.objects.update_or_create(name=f"T {number}", defaults={"name": f"U {number}"})
        """,
    "fields that a new row can't do without": """
        for key in ids(Author):
            Author.objects.update_or_create(pk=key, defaults={"name": "new"})
        """,
    "a value that is made by a call": """
        for number in range(6):
            Shelf.objects.update_or_create(code=str(number), defaults={"room": "new"})
        """,
    "a related manager without a constraint": """
        for book in Book.objects.all():
            book.chapters.get_or_create(position=9, defaults={"title": "Index"})
        """,
    "both ends of a relation": """
        for book in Book.objects.all():
            book.tags.get_or_create(name=f"of {book.title}")
        """,
    "a manager that leaves rows out": """
        from tests.project.library.models import Review
        for key in ids(Review):
            Review.objects.get_or_create(pk=key)
        """,
    "an exception that is waited for": """
        for number in range(6):
            try:
                Tag.objects.get_or_create(name=f"Tag {number}")
            except ValueError:
                pass
        """,
}


@pytest.mark.parametrize("code", UNTYPED.values(), ids=UNTYPED)
def test_leaves_to_a_developer_what_is_not_certain(tried, code):
    fix = tried(GetOrCreateInLoop(), f"{HEAD}\n{textwrap.dedent(code)}").fix

    assert (fix.kind, fix.at) == ("bulk_create", None)
    assert fix.caveats
