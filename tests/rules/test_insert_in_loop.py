"""QL201: what is silent, what is found, and how the code reads afterwards."""

from __future__ import annotations

import textwrap
from dataclasses import replace

import pytest

from querylens.model import QueryGroup
from querylens.rewrite.writes.creates import create_together
from querylens.rules.insert_in_loop import InsertInLoop
from tests.rules.traces import asked, cause, place, sent, trace

INSERT = 'INSERT INTO "library_tag" ("name") VALUES (%s)'
SEVERAL = 'INSERT INTO "library_tag" ("name") VALUES (%s), (%s)'
LOOP = {"loop": place(11)}
CREATE = cause("insert", "create", model="library.Tag")
SAVE = cause("insert", "save", model="library.Tag")
BULK = cause("insert", "bulk_create", model="library.Tag")
LOOKUP = cause("lookup", "get", model="library.Tag")
CHANGE = cause("update", "save", model="library.Tag")
UPSERT = cause("insert", "get_or_create", model="library.Tag")
CHILD = cause("insert", "create", model="library.Restaurant", facts=["multi-table"])
HISTORY = cause("insert", "save", model="shop.History", facts=["library: simple_history"])


def inserted(cause, *values, sql=INSERT, **more):
    return asked(cause, *values, sql=sql, **more)


@pytest.mark.parametrize(
    ("silent", "loud"),
    [
        pytest.param([], inserted(CREATE, 1, 2), id="no queries"),
        pytest.param(inserted(CREATE, 1), inserted(CREATE, 1, 2), id="one row"),
        pytest.param(
            [*inserted(CREATE, 1, line=1), *inserted(CREATE, 2, line=2)],
            [*inserted(CREATE, 1, line=1), *inserted(CREATE, 2, line=1)],
            id="two lines",
        ),
        pytest.param(
            [*inserted(CREATE, 1, stack="one way"), *inserted(CREATE, 2, stack="another")],
            [*inserted(CREATE, 1, stack="one way"), *inserted(CREATE, 2, stack="one way")],
            id="one helper called from two lines",
        ),
        pytest.param(
            [*inserted(CREATE, 1, scope="first"), *inserted(CREATE, 2, scope="second")],
            [*inserted(CREATE, 1, scope="first"), *inserted(CREATE, 2, scope="first")],
            id="two requests",
        ),
        pytest.param(
            inserted(CREATE, 1, 2, error="IntegrityError"),
            inserted(CREATE, 1, 2),
            id="statements that failed",
        ),
        pytest.param(
            inserted(BULK, 1, 2, sql=SEVERAL, **LOOP),
            inserted(BULK, 1, 2, **LOOP),
            id="batches of several rows",
        ),
        pytest.param(
            inserted(BULK, [1, 2], [3, 4], **LOOP),
            inserted(BULK, [1], [3], **LOOP),
            id="batches as lists of columns",
        ),
        pytest.param(inserted(BULK, 1, 2), inserted(BULK, 1, 2, **LOOP), id="batches of one call"),
        pytest.param(inserted(LOOKUP, 1, 2), inserted(SAVE, 1, 2), id="a lookup: QL104"),
        pytest.param(sent(CHANGE, 1, 2, sql="UPDATE t"), inserted(SAVE, 1, 2), id="QL202"),
        pytest.param(inserted(UPSERT, 1, 2), inserted(CREATE, 1, 2), id="an upsert: QL204"),
    ],
)
def test_is_silent(silent, loud):
    assert list(InsertInLoop().check(trace(*silent))) == []
    assert len(list(InsertInLoop().check(trace(*loud)))) == 1


def test_says_how_many_rows():
    [finding] = InsertInLoop().check(trace(*inserted(CREATE, 1, 2, 3)))

    assert finding.rule.code == "QL201"
    assert finding.message == "library.Tag is inserted one row at a time: 3 rows"
    assert str(finding.call_site) == "shop/views.py:12"
    assert (finding.count, finding.saved, finding.evidence) == (3, 2, "loop")


def test_threshold_is_a_number_of_rows():
    queries = trace(*inserted(CREATE, 1, 2, 3))

    assert list(InsertInLoop(threshold=4).check(queries)) == []
    assert len(list(InsertInLoop(threshold=3).check(queries))) == 1


def test_equal_rows_are_rows_all_the_same():
    assert len(list(InsertInLoop().check(trace(*inserted(CREATE, 1, 1))))) == 1


def test_both_tables_of_a_child_row_are_one_finding():
    parent = inserted(CHILD, 1, 2, sql="INSERT INTO place VALUES (%s)")
    child = inserted(CHILD, 1, 2, sql="INSERT INTO restaurant VALUES (%s)")
    [finding] = InsertInLoop().check(trace(*parent, *child))

    assert finding.message.endswith("2 rows, 4 queries")
    assert (finding.fix.kind, finding.count, finding.saved) == ("none", 4, 0)
    assert "inherits from another table" in finding.fix.caveats[0]


def test_an_update_that_finds_nothing_belongs_to_the_insert():
    tried = asked(CHANGE, 1, 2, sql="UPDATE library_tag SET name = %s")
    [finding] = InsertInLoop().check(trace(*tried, *inserted(SAVE, 1, 2)))

    assert (finding.cause.kind, finding.count) == ("insert", 4)


def test_what_a_library_writes_is_its_own():
    [finding] = InsertInLoop().check(trace(*inserted(HISTORY, 1, 2)))

    assert (finding.fix.kind, finding.saved) == ("none", 0)
    assert finding.fix.caveats[0].startswith("simple_history writes these rows itself")


def test_names_what_would_be_skipped():
    facts = ["custom save: Draft.save", "pre_save: shop.first", "post_save: shop.second"]
    draft = cause("insert", "create", model="library.Draft", facts=facts)
    [finding] = InsertInLoop().check(trace(*inserted(draft, 1, 2)))

    assert (finding.fix.code, finding.fix.at) == ("Draft.objects.bulk_create(drafts)", None)
    assert finding.fix.caveats[1:] == (
        "bulk_create does not call Draft.save.",
        "bulk_create sends no pre_save to shop.first.",
        "bulk_create sends no post_save to shop.second.",
        "What the loop does with a row once it is saved goes to a second loop, behind that.",
    )


@pytest.mark.parametrize(("vendor", "left"), [("sqlite", 2), ("postgresql", 1)])
def test_counts_the_statements_that_sqlite_needs(vendor, left):
    queries = [replace(query, vendor=vendor) for query in inserted(CREATE, *range(600))]
    [finding] = InsertInLoop().check(trace(*queries))

    assert finding.count - finding.saved == left


SHOW = 'show(sorted(Tag.objects.values_list("name", flat=True)))'
TYPED = {
    "nested loops": (
        """
        for kind in ("old", "new"):
            for key in ids(Book):
                if key % 2:
                    continue
                Tag.objects.create(
                    name=f"{kind} {key}",
                )
        """,
        """
        tags_to_create = []
        for kind in ("old", "new"):
            for key in ids(Book):
                if key % 2:
                    continue
                tags_to_create.append(Tag(
                    name=f"{kind} {key}",
                ))
        Tag.objects.bulk_create(tags_to_create)
        """,
    ),
    "a name that nobody reads": (
        """
        for key in ids(Book):
            tag = Tag.objects.create(name=f"new {key}")
        """,
        """
        tags_to_create = []
        for key in ids(Book):
            tags_to_create.append(Tag(name=f"new {key}"))
        Tag.objects.bulk_create(tags_to_create)
        """,
    ),
    "one line": (
        'for key in ids(Book): Tag.objects.create(name=f"new {key}")',
        """
        tags_to_create = []
        for key in ids(Book): tags_to_create.append(Tag(name=f"new {key}"))
        Tag.objects.bulk_create(tags_to_create)
        """,
    ),
    "a manager in a variable": (
        """
        manager = Tag.objects
        for key in ids(Book):
            manager.create(**{"name": f"new {key}"})
        """,
        """
        manager = Tag.objects
        tags_to_create = []
        for key in ids(Book):
            tags_to_create.append(manager.model(**{"name": f"new {key}"}))
        manager.bulk_create(tags_to_create)
        """,
    ),
    "another name of the class": (
        """
        Label = Tag
        for key in ids(Book):
            Label.objects.using("default").create(name=f"new {key}")
        """,
        """
        Label = Tag
        tags_to_create = []
        for key in ids(Book):
            tags_to_create.append(Label.objects.model(name=f"new {key}"))
        Label.objects.using("default").bulk_create(tags_to_create)
        """,
    ),
    "arguments of a related manager": (
        """
        for book in Book.objects.all():
            book.notes.create(
                text=f"of {book.title}"
            )
        """,
        """
        notes_to_create = []
        for book in Book.objects.all():
            notes_to_create.append(Note(
                obj=book, text=f"of {book.title}"
            ))
        Note.objects.bulk_create(notes_to_create)
        """,
    ),
    "a name for the list that is taken": (
        """
        tags_to_create = 1
        while tags_to_create < 4:
            tags_to_create += 1
            Tag.objects.create(name=f"new {tags_to_create}")
        """,
        """
        tags_to_create = 1
        tags_to_create_2 = []
        while tags_to_create < 4:
            tags_to_create += 1
            tags_to_create_2.append(Tag(name=f"new {tags_to_create}"))
        Tag.objects.bulk_create(tags_to_create_2)
        """,
    ),
    "save of a new object": (
        """
        for number, book in enumerate(Book.objects.all()):
            tag = Tag()
            tag.name = f"new {number} {book.pk}"
            tag.save()
        """,
        """
        tags_to_create = []
        for number, book in enumerate(Book.objects.all()):
            tag = Tag()
            tag.name = f"new {number} {book.pk}"
            tags_to_create.append(tag)
        Tag.objects.bulk_create(tags_to_create)
        """,
    ),
    "a name with another meaning elsewhere": (
        """
        for key in ids(Book):
            tag = Tag(name=f"new {key}")
            tag.save()
        show([tag.name for tag in Tag.objects.order_by("name")])
        for tag in Tag.objects.order_by("name"):
            show(tag.name)
        """,
        """
        tags_to_create = []
        for key in ids(Book):
            tag = Tag(name=f"new {key}")
            tags_to_create.append(tag)
        Tag.objects.bulk_create(tags_to_create)
        show([tag.name for tag in Tag.objects.order_by("name")])
        for tag in Tag.objects.order_by("name"):
            show(tag.name)
        """,
    ),
    "save where it is made": (
        """
        for key in ids(Book):
            Tag(name=f"new {key}").save(force_insert=True)
        """,
        """
        tags_to_create = []
        for key in ids(Book):
            tags_to_create.append(Tag(name=f"new {key}"))
        Tag.objects.bulk_create(tags_to_create)
        """,
    ),
    "a transaction for each row": (
        """
        from django.db import transaction
        for key in ids(Book):
            with transaction.atomic():
                Tag.objects.create(name=f"new {key}")
        """,
        """
        from django.db import transaction
        tags_to_create = []
        for key in ids(Book):
            tags_to_create.append(Tag(name=f"new {key}"))
        Tag.objects.bulk_create(tags_to_create)
        """,
    ),
    "files": (
        """
        for number in range(2):
            with open(__file__) as lines:
                for row, _ in zip(lines, "ab"):
                    Tag.objects.create(name=f"{row} {number}"[:50])
        """,
        """
        tags_to_create = []
        for number in range(2):
            with open(__file__) as lines:
                for row, _ in zip(lines, "ab"):
                    tags_to_create.append(Tag(name=f"{row} {number}"[:50]))
        Tag.objects.bulk_create(tags_to_create)
        """,
    ),
    "a related manager": (
        """
        for book in Book.objects.all():
            book.notes.create()
        show(Note.objects.filter(text="").count())
        """,
        """
        notes_to_create = []
        for book in Book.objects.all():
            notes_to_create.append(Note(obj=book))
        Note.objects.bulk_create(notes_to_create)
        show(Note.objects.filter(text="").count())
        """,
    ),
    "both ends of a relation": (
        """
        for book in Book.objects.all():
            book.tags.create(name=f"of {book.title}")
        show(Book.tags.through.objects.count())
        """,
        """
        tags_to_create = []
        book_tags_to_create = []
        for book in Book.objects.all():
            tag = Tag(name=f"of {book.title}")
            tags_to_create.append(tag)
            book_tags_to_create.append(Book.tags.through(book=book, tag=tag))
        Tag.objects.bulk_create(tags_to_create)
        Book.tags.through.objects.bulk_create(book_tags_to_create)
        show(Book.tags.through.objects.count())
        """,
    ),
    "bulk_create of one": (
        """
        for key in ids(Book):
            tag = Tag(name=f"Tag {key}")
            Tag.objects.bulk_create([tag], ignore_conflicts=True)
        """,
        """
        tags_to_create = []
        for key in ids(Book):
            tag = Tag(name=f"Tag {key}")
            tags_to_create.append(tag)
        Tag.objects.bulk_create(tags_to_create, ignore_conflicts=True)
        """,
    ),
    "a list": (
        """
        tags = [Tag.objects.create(name=f"new {key}") for key in ids(Book) if key]
        show([tag.pk for tag in tags])
        """,
        """
        tags = Tag.objects.bulk_create([Tag(name=f"new {key}") for key in ids(Book) if key])
        show([tag.pk for tag in tags])
        """,
    ),
    "awaited": (
        """
        async for book in Book.objects.all():
            await Tag.objects.acreate(name=f"of {book.title}")
        """,
        """
        tags_to_create = []
        async for book in Book.objects.all():
            tags_to_create.append(Tag(name=f"of {book.title}"))
        await Tag.objects.abulk_create(tags_to_create)
        """,
    ),
    "an awaited list": (
        'show([await Tag.objects.acreate(name=f"new {key}") for key in range(3)])',
        'show(await Tag.objects.abulk_create([Tag(name=f"new {key}") for key in range(3)]))',
    ),
}


@pytest.mark.parametrize(("before", "after"), TYPED.values(), ids=TYPED)
def test_types_bulk_create(tried, before, after):
    shows = "" if "await" in before else f"\n{SHOW}"
    found = tried(InsertInLoop(), textwrap.dedent(before).strip() + shows)

    assert found.fix.kind == "bulk_create"
    assert found.fixed() == textwrap.dedent(after).strip() + shows


UNTYPED = {
    "the row is used": """
        for key in ids(Book):
            tag = Tag.objects.create(name=f"new {key}")
            show(tag.pk)
        """,
    "the object is used behind": """
        for key in ids(Book):
            tag = Tag(name=f"new {key}")
            tag.save()
            show(tag.pk)
        """,
    "the object is used in the next turn": """
        tag = None
        for key in ids(Book):
            show(tag.pk if tag else None)
            tag = Tag(name=f"new {key}")
            tag.save()
        """,
    "one object, saved again and again": """
        tag = Tag()
        for key in ids(Book):
            tag.pk, tag.name, tag._state.adding = None, f"new {key}", True
            tag.save()
        """,
    "perhaps another object": """
        other = Tag(name="other")
        for key in ids(Book):
            tag = Tag(name=f"new {key}")
            if key < 0:
                tag = other
            tag.save()
        """,
    "an exception that is waited for": """
        for key in ids(Book):
            try:
                Tag.objects.create(name=f"new {key}")
            except ValueError:
                pass
        """,
    "a return": """
        for key in ids(Book):
            Tag.objects.create(name=f"new {key}")
            if key < 0:
                return
        """,
    "a generator": """
        def tags():
            for key in ids(Book):
                Tag.objects.create(name=f"new {key}")
                yield key
        show(list(tags()))
        """,
    "a loop without an end": """
        key = 0
        while True:
            key += 1
            Tag.objects.create(name=f"new {key}")
            if key > 3:
                break
        """,
    "an else": """
        for key in ids(Book):
            Tag.objects.create(name=f"new {key}")
        else:
            show(Tag.objects.count())
        """,
    "a transaction of several statements": """
        from django.db import transaction
        for key in ids(Book):
            with transaction.atomic():
                show(key)
                Tag.objects.create(name=f"new {key}")
        """,
    "the loop asks for the rows": """
        for key in ids(Book):
            if not Tag.objects.filter(name=f"new {key}").exists():
                Tag.objects.create(name=f"new {key}")
        """,
    "text over several lines": '''
        for key in ids(Book):
            Tag.objects.create(name=f"new {key}" + """
            """)
        ''',
    "a manager that changes": """
        for number, manager in enumerate((Tag.objects, Tag._base_manager)):
            manager.create(name=f"new {number}")
        """,
    "another function": """
        def make(key):
            Tag.objects.create(name=f"new {key}")
        for key in ids(Book):
            make(key)
        """,
    "a list in each turn": """
        for key in ids(Book):
            show([Tag.objects.create(name=f"{key} {number}").name for number in range(2)])
        """,
    "a generator expression": """
        show(len(set(Tag.objects.create(name=f"new {key}") for key in ids(Book))))
        """,
    "batches of a size": """
        for key in ids(Book):
            Tag.objects.bulk_create([Tag(name=f"new {key}")], batch_size=1)
        """,
    "a row that may be there": """
        from tests.project.library.models import Language
        for key in ids(Book):
            Language(code=f"n{key}", name="new").save()
        """,
    "a name that means something else": """
        Note = 1
        for book in Book.objects.all():
            book.notes.create(text=f"new {Note}")
        """,
    "coroutines that wait together": """
        import asyncio
        await asyncio.gather(*[Tag.objects.acreate(name=f"new {key}") for key in range(3)])
        """,
    "one line that would be two": """
        for book in Book.objects.all(): book.tags.create(name=f"of {book.title}")
        """,
    "a method in a variable": """
        create = Tag.objects.create
        for key in ids(Book):
            create(name=f"new {key}")
        """,
    "arguments of save": """
        for key in ids(Book):
            Tag(name=f"new {key}").save(using="default")
        """,
    "an attribute of something": """
        class Holder:
            tag = None
        for key in ids(Book):
            Holder.tag = Tag(name=f"new {key}")
            Holder.tag.save()
        """,
    "bulk_create of a variable": """
        for key in ids(Book):
            tags = [Tag(name=f"new {key}")]
            Tag.objects.bulk_create(tags)
        """,
    "bulk_create of a row that is used": """
        for key in ids(Book):
            tag = Tag(name=f"new {key}")
            Tag.objects.bulk_create([tag])
            show(tag.pk)
        """,
    "bulk_create of unpacked rows": """
        for key in ids(Book):
            Tag.objects.bulk_create([*[Tag(name=f"new {key}")]])
        """,
    "options that change": """
        for key in ids(Book):
            is_free = key > 2
            Tag.objects.bulk_create([Tag(name=f"new {key}")], ignore_conflicts=is_free)
        """,
    "a manager of a manager": """
        for key in ids(Book):
            Tag.objects.all().create(name=f"new {key}")
        """,
    "a manager that is called for": """
        def tags():
            return Tag.objects
        for key in ids(Book):
            tags().create(name=f"new {key}")
        """,
    "a row that is an item": """
        for book in [[book] for book in Book.objects.all()]:
            book[0].notes.create(text="new")
        """,
    "a pair with more in it": """
        for book in Book.objects.all():
            book.tags.create(**{"name": f"of {book.title}"})
        """,
    "a list of another manager": """
        show([tags.create(name=f"{tags}") for tags in (Tag.objects, Tag._base_manager)])
        """,
    "a list beside something else": """
        if ids: [Tag.objects.create(name=f"new {key}") for key in ids(Book)]
        """,
    "an awaited list that is cut": """
        show([await Tag.objects.acreate(name=f"new {key}") for key in range(3)][:1])
        """,
    "a list in a while": """
        while not [Tag.objects.create(name=f"new {key}") for key in range(3)]:
            pass
        """,
    "a form": """
        from tests.project.library.forms import LoanForm
        for book in Book.objects.all():
            form = LoanForm({"borrower": book.author_id, "days": 3})
            form.instance.book = book
            form.save()
        """,
}


@pytest.mark.parametrize("code", UNTYPED.values(), ids=UNTYPED)
def test_leaves_to_a_developer_what_is_not_certain(tried, code):
    findings = tried(InsertInLoop(), code).findings

    assert findings
    assert {(finding.fix.kind, finding.fix.at) for finding in findings} == {("bulk_create", None)}
    assert all(finding.fix.caveats for finding in findings)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("tag = Tag(name=f'new {key}'); made.append(tag); tag.save()", {"vendor": "mysql"}),
        ("[tag] = [Tag(name=f'new {key}')]; tag.save()", {}),
        ("tag = Tag(name=f'new {key}'); tag.save()", {"alias": "other"}),
        ("Book.objects.get(pk=key).notes.create()", {"alias": "other"}),
        ("made += [Tag.objects.create(name=f'new {key}') for key in [key]]", {"vendor": "mysql"}),
    ],
)
def test_keys_and_databases_can_make_a_difference(tried, code, changes):
    found = tried(InsertInLoop(), f"made = []\nfor key in ids(Book):\n    {code}")
    group = QueryGroup(tuple(replace(query, **changes) for query in found.finding.group.queries))

    assert create_together(group) is None


def test_mysql_gives_no_keys_but_may_not_be_asked_for_any(tried):
    found = tried(
        InsertInLoop(),
        """
        for key in ids(Book):
            tag = Tag()
            tag.name = f"new {key}"
            tag.save()
        """,
    )
    queries = (replace(query, vendor="mysql") for query in found.finding.group.queries)

    assert create_together(QueryGroup(tuple(queries))) == found.fix


def test_sessions_are_django_s_own(tried):
    found = tried(
        InsertInLoop(),
        """
        from django.contrib.auth.models import User
        from django.test import Client
        for number in range(2):
            Client().force_login(User.objects.get())
        """,
    )

    assert found.fix.kind == "none"
    assert found.fix.caveats[0].startswith("django.contrib.sessions writes these rows itself")


def test_a_list_serializer_creates_all_rows(tried):
    found = tried(
        InsertInLoop(),
        """
        from tests.project.library.serializers import TagSerializer
        serializer = TagSerializer(data=[{"name": "new"}, {"name": "newer"}], many=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        """,
    )

    assert found.fix.code.splitlines()[0] == "class TagListSerializer(serializers.ListSerializer):"
    assert found.fix.caveats[0].startswith("Name the class in the serializer's Meta")
