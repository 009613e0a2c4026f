"""What is to be typed of a long fix: the lines that change, from the last to the first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querylens.model import Fix, Place
from querylens.reporters._steps import steps

LINES = st.lists(st.sampled_from(["a", "b", "c", "    d", "", "e"]), min_size=1, max_size=60)
LONG = [f"line {number}" for number in range(40)]


def typed(before, after, first=7, margin=4):
    """The steps, and the lines after all of them were made one after the other."""
    at = Place("a.py", first, first + len(before) - 1, code="\n".join(before), column=margin)
    found = list(steps(Fix("in_bulk", "\n".join(after), at)))
    lines = ["x"] * (first - 1) + before
    for step in found:
        new = [line.removeprefix(" " * margin) for line in step.code.split("\n")]
        assert step.at.code == "\n".join(lines[step.at.line - 1 : step.at.end_line])
        lines[step.at.line - 1 : step.at.end_line] = new
    return found, lines[first - 1 :]


@given(LINES, LINES)
def test_all_steps_together_are_the_fix(before, after):
    _, lines = typed(before, after)

    assert lines == after or "\n".join(after) == ""


@pytest.mark.parametrize(
    ("after", "shown"),
    [
        (["new", *LONG], [(7, 7, "    new\n    line 0")]),
        ([*LONG, "new"], [(46, 46, "    line 39\n    new")]),
        (LONG[:5] + LONG[7:], [(12, 14, "    line 7")]),
        (LONG[:-1], [(45, 46, "    line 38")]),
        (
            ["one", *LONG[1:20], "two", *LONG[21:]],
            [(27, 27, "    two"), (7, 7, "    one")],
        ),
        (["one", LONG[1], "two", *LONG[3:]], [(7, 9, "    one\n    line 1\n    two")]),
    ],
)
def test_only_what_changes_is_shown(after, shown):
    found, lines = typed(LONG, after)

    assert lines == after
    assert [(step.at.line, step.at.end_line, step.code) for step in found] == shown
    assert found[0].words.startswith("replace ")


@pytest.mark.parametrize("after", [LONG[::-1], ["new", *LONG[:5]], ["short"]])
def test_what_is_short_or_new_is_shown_whole(after):
    [step], lines = typed(LONG, after)

    assert lines == after
    assert (step.at.line, step.at.end_line) == (7, 46)


def test_lines_that_are_not_known_are_replaced_whole():
    code = "\n".join(["new", *LONG])
    at = Place("a.py", 7, 46, code="for …", column=0)

    assert [step.code for step in steps(Fix("in_bulk", code, at))] == [code]
