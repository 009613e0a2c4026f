"""The corpus is honest: its shapes run, grow or do not, and name the lines that send."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.shapes.corpus import MODULES, all_shapes
from tests.shapes.places import lines
from tests.shapes.sending import ALIASES, sent_by

SHAPES = all_shapes()
LOUD = [shape for shape in SHAPES if not shape.is_silent]
SILENT = [shape for shape in SHAPES if shape.is_silent]

each_shape = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
each_loud = pytest.mark.parametrize("shape", LOUD, ids=lambda shape: shape.name)
each_silent = pytest.mark.parametrize("shape", SILENT, ids=lambda shape: shape.name)
with_databases = pytest.mark.django_db(databases=ALIASES)


@with_databases
@each_shape
def test_grows_with_the_rows_or_does_not(shape):
    few, many = len(sent_by(shape, 3)), len(sent_by(shape, 5))

    assert (few < many) if shape.grows else (few == many)


@with_databases
@each_loud
def test_loud_shapes_send_what_they_promise(shape):
    sent = sent_by(shape, 4)
    together = sum(expectation.queries for expectation in shape.expectations)

    for expectation in shape.expectations:
        sums = sums_of(group_sizes(shape, expectation, sent).values())
        assert expectation.queries in sums or together in sums
    if all(is_seen(shape, expectation) for expectation in shape.expectations):
        assert repeated_elsewhere(shape, sent) == []


@with_databases
@each_silent
def test_silent_shapes_repeat_nothing(shape):
    repeats = Counter(statement.values for statement in sent_by(shape, 4)).most_common(1)

    assert shape.repeats or not repeats or repeats[0][1] == 1


def is_seen(shape, expectation):
    """Whether the marked lines are on the stack of the thread that sends."""
    return not (shape.is_async or expectation.template or expectation.declared)


def group_sizes(shape, expectation, sent):
    """How often each statement was sent that passes the marked line, if the stack can show it."""
    if not is_seen(shape, expectation):
        return Counter(statement.text for statement in sent)
    place = lines(shape, expectation)
    found = [s for s in sent if any(s.passes(line) for line in place.access)]
    if expectation.rule.startswith("QL3"):
        return Counter(s.text for s in sent if s.text in {other.text for other in found})
    if place.loop and not expectation.loop_tag:
        assert sum(s.passes(place.loop, block=True) for s in found) >= expectation.queries - 1
    return Counter(statement.text for statement in found)


def sums_of(sizes):
    """Every number that some of the sizes give together: one call may send several statements."""
    sums = {0}
    for size in sizes:
        sums |= {size + other for other in sums}
    return sums


def repeated_elsewhere(shape, sent):
    """Statements that one stack sends several times though no expectation names it."""
    sites = [line for e in shape.expectations for line in lines(shape, e).access]
    others = Counter(
        (statement.text, statement.stack)
        for statement in sent
        if not any(statement.passes(site) for site in sites) and not statement.is_frameworks_own
    )
    return [text for (text, _), times in others.items() if times > 1]


def test_every_expectation_marks_one_call_site():
    """Of a duplicate there are several, and any of them will do."""
    found = {
        (shape.name, expectation.rule): len(lines(shape, expectation).access)
        for shape in LOUD
        for expectation in shape.expectations
    }

    assert {name: number for name, number in found.items() if not number} == {}
    assert {rule for (_, rule), number in found.items() if number > 1} == {"QL301"}


def test_every_expectation_names_a_fix():
    assert [shape.name for shape in LOUD for item in shape.expectations if not item.fix] == []


def test_every_silent_shape_has_a_loud_twin():
    loud = tuple(f"{shape.name}_" for shape in LOUD)

    assert [shape.name for shape in SILENT if not shape.name.startswith(loud)] == []


def test_names_are_given_once():
    assert [name for name, times in Counter(s.name for s in SHAPES).items() if times > 1] == []


def test_modules_are_all_listed():
    own = {
        "__init__",
        "comparing",
        "corpus",
        "declare",
        "families",
        "places",
        "sending",
        "test_corpus",
    }
    found = {file.stem for file in Path(__file__).parent.glob("*.py")} - own

    assert {module.__name__.rpartition(".")[2] for module in MODULES} == found


def test_breadth():
    assert len(SHAPES) >= 140
    assert len(SILENT) >= 45
