"""Workloads made up by hypothesis: steps on two aliases, with few values that are often equal."""

from __future__ import annotations

import datetime
import os
import uuid
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

from django.db import DatabaseError, connections, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from tests.differential.workloads import DAY, MOMENT, Colour, Level
from tests.project.library.models import Author, Book, Publisher, Tag

ALIASES = ("default", "other")
aliases = st.sampled_from(ALIASES)
CI = os.environ.get("CI") == "true"
#: Always the same examples, so that a failure is no accident of the run.
SETTINGS = settings(
    max_examples=int(os.environ.get("TOOLBAR_EXAMPLES", 1000 if CI else 100)),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
#: For a suite that is expected to fail: the first failure will do.
SEARCH = settings(SETTINGS, max_examples=500, phases=[Phase.generate], report_multiple_bugs=False)

NOON = MOMENT.replace(hour=12, tzinfo=None)
#: Values that look alike, in families; most are equal to another one in some sense.
ALIKE = [
    [1, True, 1.0, "1", Decimal("1"), b"1", Level.ONE, "True"],
    [0, False, 0.0, -0.0, "", None, "0", b"", "None"],
    [b"1", memoryview(b"1"), bytearray(b"1"), "1", "b'1'"],
    [Decimal("1"), Decimal("1.0"), 1.0, Decimal("nan"), float("nan")],
    [DAY, str(DAY), MOMENT, str(MOMENT), NOON, str(NOON)],
    [Colour.RED, "red", "RED", "Colour.RED"],
]
#: The same with values that SQLite cannot take, so that the statement fails.
NOT_FOR_SQLITE = [
    [datetime.time(12), "12:00:00", "12:00"],
    [datetime.timedelta(1), "1 day, 0:00:00", 86400],
    [uuid.UUID(int=1), str(uuid.UUID(int=1)), uuid.UUID(int=2)],
    [(), [], "[]", "()", None],
    [[1], (1,), ["1"], [[1]], [True], "[1]"],
    [{"a": 1}, {"a": 2}, {"a": True}, {"b": 1}, "{'a': 1}"],
    [frozenset({1}), range(1), 1 + 0j, 10**30, 1e30],
]
any_text = st.text(st.characters(codec="utf-8"), max_size=3)
bindable = st.one_of(
    st.sampled_from(list(chain(*ALIKE))),
    st.integers(-2, 2),
    st.floats(width=16),
    any_text,
    st.binary(max_size=2),
    st.decimals(-2, 2, places=1),
    st.dates(DAY, datetime.date(2020, 1, 3)),
    st.datetimes(NOON, NOON + datetime.timedelta(seconds=2)),
)
anything = st.one_of(
    bindable,
    st.sampled_from(list(chain(*NOT_FOR_SQLITE))),
    st.lists(bindable, max_size=2),
    st.dictionaries(any_text, bindable, max_size=2),
    st.timedeltas(datetime.timedelta(0), datetime.timedelta(2)),
    st.times(),
    st.uuids(),
)
#: Texts that look alike, in families.
SQL = [
    ["SELECT %s", "select %s", "SELECT  %s", "SELECT %s -- page"],
    ["SELECT %s, %s", "SELECT %s,%s"],
    ["SELECT 1", "SELECT 2", "SELECT %s FROM nowhere", "SELECT"],
    ["INSERT INTO library_tag (name) VALUES (%s)", "DELETE FROM library_tag WHERE name = %s"],
]


any_sql = st.sampled_from(list(chain(*SQL)))


@dataclass(frozen=True)
class Raw:
    alias: str
    sql: str
    params: object
    many: bool = False

    def run(self):
        with connections[self.alias].cursor() as cursor:
            (cursor.executemany if self.many else cursor.execute)(self.sql, self.params)


@dataclass(frozen=True)
class Orm:
    alias: str
    ask: str
    number: int

    def run(self):
        ORM[self.ask](self.alias, self.number)


@dataclass(frozen=True)
class Block:
    """A savepoint around other steps."""

    alias: str
    steps: tuple
    is_undone: bool

    def run(self):
        with transaction.atomic(self.alias):
            run_all(self.steps)
            transaction.set_rollback(self.is_undone, self.alias)


def run_all(steps):
    for step in steps:
        # What a driver says of values that it cannot take is not always a DatabaseError.
        with suppress(DatabaseError, ValueError, TypeError, OverflowError):
            step.run()


ORM = {
    "get": lambda alias, number: Author.objects.using(alias).filter(pk=number).first(),
    "count": lambda alias, number: Book.objects.using(alias).filter(pages=number).count(),
    "in": lambda alias, number: list(Tag.objects.using(alias).filter(pk__in=range(number + 1))),
    "slice": lambda alias, number: list(Tag.objects.using(alias).order_by("pk")[: number + 1]),
    "create": lambda alias, number: Publisher.objects.using(alias).create(name=str(number)),
    "twice": lambda alias, number: Tag.objects.using(alias).create(name=str(number)),
    "update": lambda alias, number: Publisher.objects.using(alias).update(name=str(number)),
    "delete": lambda alias, number: Tag.objects.using(alias).filter(name=str(number)).delete(),
}


def raw_steps(values, sql):
    params = st.one_of(st.none(), st.lists(values, max_size=2), st.tuples(values))
    return st.builds(Raw, aliases, sql, params)


def fitting_steps(values, sql):
    """Raw statements that have as many values as they ask for."""

    def filled(text):
        count = text.count("%s")
        given = st.lists(values, min_size=count, max_size=count)
        params = st.one_of(given, given.map(tuple)) if count else st.sampled_from([None, [], ()])
        return st.builds(Raw, aliases, st.just(text), params)

    return sql.flatmap(filled)


def many_steps(values, sql):
    rows = st.lists(st.tuples(values), max_size=3)
    return st.builds(Raw, aliases, sql, rows, st.just(value=True))


@st.composite
def workloads(draw, families, values, *kinds):
    """Up to a dozen steps and blocks of steps, with few texts and few values: they meet often."""
    palette = draw(st.sampled_from(families) | st.lists(values, min_size=1, max_size=4))
    texts = draw(st.sampled_from(SQL) | st.lists(any_sql, min_size=1, max_size=3))
    raw = [make(st.sampled_from(palette), st.sampled_from(texts)) for make in kinds]
    orm = st.builds(Orm, aliases, st.sampled_from(list(ORM)), st.integers(0, 2))
    steps = st.one_of(*raw, *raw, orm)
    inner = st.lists(steps, max_size=4).map(tuple)
    block = st.builds(Block, aliases, inner, st.booleans())
    return draw(st.lists(st.one_of(steps, steps, block), max_size=12))


#: What SQLite takes; statements fail for other reasons.
plain_workloads = workloads(ALIKE, bindable, fitting_steps)
#: Everything: also values of every other type, too many and too few of them, and executemany.
all_workloads = workloads([*ALIKE, *NOT_FOR_SQLITE], anything, raw_steps, many_steps)
