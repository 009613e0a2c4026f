"""How many calls may lie between a loop and what it sends, and what ends the following of them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from querylens.lint import lint
from tests.lint.snippets import differences, found_in, written

WRITES = """\
from shop.models import Tag

def {first}(name):
    Tag.objects.create(name=name)  # {mark}
{between}
def made(names):
    for name in names:
        {last}(name)
"""
LOOKUPS = """\
from shop.models import Tag

def {first}(name):
    return Tag.objects.get(name=name)  # {mark}
{between}
def found(names):
    return [{last}(name) for name in names]
"""
READS = """\
from shop.models import Book

def {first}(book):
    return book.author.name  # {mark}
{between}
def names():
    return [{last}(book) for book in Book.objects.all()]
"""
#: How far a loop may be away, and what is found there.
FARTHEST = [(WRITES, 1, "QL201"), (LOOKUPS, 2, "QL104"), (READS, 4, "QL101")]


def through(text, number, mark):
    """A snippet in which so many calls lie between the loop and the query."""
    names = [f"call_{each}" for each in range(1, number + 1)]
    between = "".join(
        f"\ndef {outer}(one):\n    return {inner}(one)\n" for inner, outer in pairwise(names)
    )
    return text.format(first=names[0], between=between, last=names[-1], mark=mark)


@pytest.mark.parametrize(("text", "farthest", "code"), FARTHEST)
def test_what_is_near_is_found(tmp_path, text, farthest, code):
    for number in range(1, farthest + 1):
        snippet = through(text, number, code)
        found = found_in(tmp_path / str(number), {"near": snippet})
        assert differences("near", snippet, found) == []


@pytest.mark.parametrize(("text", "farthest", "code"), FARTHEST)
def test_what_is_farther_is_counted_as_not_followed(tmp_path, text, farthest, code):
    read = lint([], written(tmp_path, {"far": through(text, farthest + 1, "far")}))

    assert read.findings == ()
    assert [(each.place.line, each.reason) for each in read.not_followed] == [
        (4, "the loop around it is too many calls away")
    ]


def test_a_loop_in_the_callee_is_near(tmp_path):
    text = """\
from shop.models import Book

def a():
    return [book.author.name for book in Book.objects.all()]  # QL101

def b():
    return a()

def c():
    return b()

def d():
    return [c() for _ in range(3)]
"""
    assert differences("near", text, found_in(tmp_path, {"near": text})) == []


def test_a_function_that_leads_to_too_much_code_is_told(tmp_path):
    lines = "".join(f"    print(names[{number}], names[-1])\n" for number in range(3_000))
    read = lint([], written(tmp_path, {"long": f"def shown(names):\n{lines}"}))

    assert [(each.place.line, each.reason) for each in read.not_followed] == [
        (1, "it leads to too much code")
    ]


def test_a_long_chain_of_calls_ends(tmp_path):
    read = lint([], written(tmp_path, {"far": through(READS, 200, "far")}))

    assert read.findings == ()
    assert "too many calls lead on from here" in {each.reason for each in read.not_followed}
