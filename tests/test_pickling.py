"""What the host pickles while queries are recorded loads where querylens was never installed.

A cache or a queue is read by other processes, and by later versions: nothing of ours may be in it.
"""

from __future__ import annotations

import copy
import json
import os
import pickle
import subprocess
import sys
from textwrap import dedent

import pytest
from django.core.paginator import Paginator
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Subquery

import querylens
from tests.project.library.models import Author, Book, Chapter, Note, Restaurant, Review

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def querysets():
    """Querysets in every form, which pickling evaluates."""
    chapters = Chapter.objects.filter(book=OuterRef("pk")).order_by("-position")
    author = Author.objects.earliest("pk")
    return {
        "queryset": Book.objects.filter(pages__gte=100),
        "queryset of a custom manager": Review.objects.published(),
        "queryset of a related manager": author.books.all(),
        "queryset of a generic relation": Book.objects.earliest("pk").notes.all(),
        "slice": Book.objects.order_by("-pk")[:2],
        "union": Book.objects.filter(pages=100).union(Book.objects.filter(pages=101)),
        "subquery": Book.objects.annotate(last=Subquery(chapters.values("title")[:1])),
        "exists": Book.objects.filter(Exists(chapters), Q(pk__gt=0) | ~Q(title="")),
        "annotation": Author.objects.annotate(number=Count("books"), same=F("name")),
        "values": Book.objects.values("title", "author__name"),
        "flat values": Book.objects.values_list("title", flat=True),
        "joined rows": Book.objects.select_related("author__publisher"),
        "prefetched rows": Author.objects.prefetch_related("books__tags"),
        "rows of a Prefetch": Author.objects.prefetch_related(
            Prefetch("books", Book.objects.order_by("pk"), to_attr="sorted_books")
        ),
        "generic rows": Note.objects.prefetch_related("obj"),
        "rows in part": Book.objects.only("title"),
        "child rows": Restaurant.objects.all(),
    }


def rows_in_use():
    """Instances as they are in the middle of a request, with what they fetched."""
    book = Book.objects.latest("pk")
    author = book.author
    list(author.books.all())
    [fetched] = Book.objects.raw("SELECT * FROM library_book LIMIT 1")
    return {
        "row": book,
        "row with its relation": author,
        "row of raw()": fetched,
        "rows in a list": list(Book.objects.all()),
        "rows in a dictionary": Author.objects.in_bulk(),
        "created row": Author.objects.create(name="New", publisher=author.publisher),
        "page": Paginator(Book.objects.order_by("pk"), 2).page(1).object_list,
    }


def queries():
    """The SQL queries of querysets, which Django says may be pickled on their own."""
    raw = Book.objects.raw("SELECT * FROM library_book")
    return {f"query of {name}": item.query for name, item in querysets().items()} | {
        "query of raw()": raw.query
    }


def copies(things):
    shallow = {f"copy of {name}": copy.copy(item) for name, item in things.items()}
    return shallow | {f"deep copy of {name}": copy.deepcopy(item) for name, item in things.items()}


def recorded():
    """Everything that is pickled here, made while queries are recorded."""
    with querylens.capture():
        things = querysets() | rows_in_use() | queries()
        things |= copies(things)
        return {
            f"{name}, protocol {protocol}": pickle.dumps(item, protocol)
            for name, item in things.items()
            for protocol in PROTOCOLS
        }


@pytest.mark.django_db
def test_a_pickle_holds_nothing_of_ours(rows):
    assert [name for name, pickled in recorded().items() if b"querylens" in pickled] == []


@pytest.mark.django_db
def test_what_is_unpickled_here_holds_nothing_of_ours(rows):
    """Neither rows nor queries, also when they are used again while nobody records."""
    with querylens.capture():
        books = Book.objects.select_related("author").order_by("pk")
        kept = pickle.dumps((books, books.query, list(books)))

    loaded, query, instances = pickle.loads(kept)

    objects = [query, loaded.query, *(book._state for book in (*loaded, *instances))]
    objects += [book.author._state for book in instances]
    assert [name for item in objects for name in vars(item) if "querylens" in name] == []


@pytest.mark.django_db
def test_a_pickle_loads_where_querylens_is_not_installed(rows):
    pickled = recorded()
    results = loaded_without_us(pickled)

    assert {name: told for name, told in results.items() if told} == {}
    assert set(results) == set(pickled)


def loaded_without_us(pickled):
    """What a process that can't import querylens makes of each pickle: a fault, or nothing."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_US],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        input=pickle.dumps(pickled),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


WITHOUT_US = dedent(
    '''
    import json
    import pickle
    import sys


    class Blocker:
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] == "querylens":
                raise ModuleNotFoundError(name)


    sys.meta_path.insert(0, Blocker())

    import django
    from django.conf import settings

    apps = ["django.contrib.auth", "django.contrib.contenttypes", "tests.project.library"]
    settings.configure(
        INSTALLED_APPS=apps,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


    def ours(item, seen):
        """Every attribute of ours in all that an object refers to."""
        if id(item) in seen or isinstance(item, type):
            return
        seen[id(item)] = item
        if isinstance(item, dict):
            parts = [*item.keys(), *item.values()]
        elif isinstance(item, (list, tuple, set, frozenset)):
            parts = list(item)
        else:
            names = getattr(item, "__dict__", {})
            yield from (name for name in names if "querylens" in name)
            parts = list(names.values()) if type(item).__module__.startswith(OWN) else []
        for part in parts:
            yield from ours(part, seen)


    OWN = ("django.db.models", "tests.")


    def fault(pickled):
        try:
            loaded = pickle.loads(pickled)
            if hasattr(loaded, "sql_with_params"):
                str(loaded)
            elif hasattr(loaded, "_result_cache"):
                len(loaded)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ", ".join(sorted(set(ours(loaded, {}))))


    faults = {name: fault(pickled) for name, pickled in pickle.load(sys.stdin.buffer).items()}
    assert not any(name.partition(".")[0] == "querylens" for name in sys.modules)
    json.dump(faults, sys.stdout)
    '''
)
