"""The shapes of the runtime's corpus, read in source: which are found, and where."""

from __future__ import annotations

from functools import cache

import pytest

from tests.lint.corpus import findings_in, findings_in_project, is_found
from tests.lint.not_in_source import NOT_IN_SOURCE
from tests.shapes.comparing import expected, seen
from tests.shapes.corpus import all_shapes

#: Loud shapes of which something is not found, each with the reason.
NOT_FOLLOWED = {
    "loop_recursion": "a function that calls itself is read once, and no loop is in it",
    "lookup_natural_key": "a manager's method that is Django's own, of a model of Django's own",
    "lookup_through_rows": "the table between both sides has no class in source to be named by",
    "prefetch_with_get": "QL109: each row is looked up by QL104's query, whose fix ends both",
    "raw_executemany": "each statement has many sets of parameters already",
}
#: Silent shapes in which something is found, for it depends on the rows there are.
SILENT_BY_ITS_ROWS = {
    "forward_foreign_key_in_loop_over_one_row": "one row matches",
    "past_prefetch_filter_of_one_row": "one row matches",
    "template_include_in_loop_over_one_row": "one row matches",
}
#: What is told otherwise than by the runtime, each with the reason.
TOLD_OTHERWISE = {
    ("rows_of_two_querysets", "origin"): "each queryset is told by a finding of its own",
    ("insert_save_in_nested_loops", "loop"): "the inner loop goes over two constants",
    ("write_add_in_nested_loops", "loop"): "the inner loop goes over two constants",
    ("update_get_and_save", "origin"): "the lookup is told, which a run sees as many querysets",
    ("delete_get_and_delete", "origin"): "the lookup is told, which a run sees as many querysets",
    ("async_gather_coroutines", "loop"): "all coroutines run at once, but a loop made them",
    ("async_task_group", "loop"): "all tasks run at once, but a loop made them",
    ("view_class_with_model", "origin"): "no line builds the queryset: the template asks for it",
    ("async_update", "fix"): "it is not known that the keys of an awaited call differ",
}
#: Counts are the runtime's alone.
NOT_TOLD = {"count"}


def can_be_found():
    return [
        shape for shape in all_shapes() if not shape.is_silent and shape.name not in NOT_IN_SOURCE
    ]


@cache
def found_in(shape):
    return findings_in(shape)


def missing(shape):
    return [each for each in shape.expectations if not is_found(shape, each, found_in(shape))]


def here(names):
    """Of these names those of shapes that this Django can run."""
    return {name for name in names if name in {shape.name for shape in all_shapes()}}


def test_silent_shapes_have_no_findings():
    loud = {shape.name for shape in all_shapes() if shape.is_silent and found_in(shape)}

    assert loud == here(SILENT_BY_ITS_ROWS)


def test_the_project_has_no_finding_that_no_shape_expects():
    """Requests of silent shapes lead to views, forms, serializers and templates."""
    expected_ones = [(shape, each) for shape in all_shapes() for each in shape.expectations]
    loud = [
        f"{finding.call_site}: {finding.rule.code} {finding.message}"
        for finding in findings_in_project()
        if not any(is_found(shape, each, [finding]) for shape, each in expected_ones)
    ]

    assert loud == []


def test_loud_shapes_are_found():
    lost = {shape.name for shape in can_be_found() if missing(shape)}

    assert lost == here(NOT_FOLLOWED)


def test_most_shapes_are_found():
    shapes = can_be_found()
    found = [shape for shape in shapes if not missing(shape)]

    assert len(shapes) > 340
    assert len(found) >= 0.85 * len(shapes)


def test_what_source_can_not_show_are_loud_shapes():
    silent = {shape.name for shape in all_shapes() if shape.is_silent}

    assert here(NOT_IN_SOURCE) & silent == set()
    assert not NOT_IN_SOURCE.keys() & NOT_FOLLOWED.keys()


def test_findings_say_what_the_runtime_says():
    told = {
        (shape.name, name)
        for shape in can_be_found()
        for expectation in shape.expectations
        for name in told_otherwise(shape, expectation)
    }

    names = here(name for name, _ in TOLD_OTHERWISE)
    assert told == {(name, word) for name, word in TOLD_OTHERWISE if name in names}


def told_otherwise(shape, expectation):
    """The words of the likest finding that are not the expected ones; places may be left out."""
    own = [each for each in found_in(shape) if each.rule.code == expectation.rule]
    return min((wrong(shape, expectation, each) for each in own), key=len, default=[])


def wrong(shape, expectation, finding):
    wanted, given = expected(shape, expectation, finding), seen(finding)
    return [
        name
        for name, value in wanted.items()
        if name not in NOT_TOLD and given[name] not in (value, left_out(name))
    ]


def left_out(name):
    """A loop or a queryset that nobody could see is no wrong one."""
    return None if name in ("loop", "origin") else ...


@pytest.mark.parametrize("reasons", [NOT_FOLLOWED, SILENT_BY_ITS_ROWS, TOLD_OTHERWISE])
def test_each_exception_has_a_reason(reasons):
    assert all(len(reason) > 10 for reason in reasons.values())
