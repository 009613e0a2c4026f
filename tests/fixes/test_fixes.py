"""Every fix that is advised over the whole corpus keeps its promise: it is made, and counted.

What can be typed is typed (typist.py) and the shape runs again, on the same rows. What is left to a
developer is in by_hand, and what nobody has proved fails by its name.
"""

from __future__ import annotations

import inspect
import re
from importlib import import_module

import django
import pytest

from tests.fixes import by_hand
from tests.fixes.proving import (
    before,
    broken,
    can_be_typed,
    every_proposal,
    missed,
    proposals,
    prove,
)
from tests.fixes.running import run
from tests.shapes.corpus import all_shapes
from tests.shapes.sending import ALIASES

LOUD = [shape for shape in all_shapes() if not shape.is_silent]
DONE = by_hand.all_done()
NAMED = {shape.name: shape for shape in LOUD}

pytestmark = pytest.mark.django_db(databases=ALIASES)


@pytest.mark.parametrize("shape", LOUD, ids=lambda shape: shape.name)
def test_typed_fixes_keep_their_promise(shape):
    proofs = [prove(proposal) for proposal in proposals(shape) if can_be_typed(proposal)]

    assert [f"{proof.proposal}: {fault}" for proof in proofs for fault in proof.faults] == []


@pytest.mark.parametrize("done", DONE, ids=str)
def test_advice_finished_by_hand_keeps_its_promise(done):
    [proposal] = [
        item
        for item in proposals(NAMED[done.shape])
        if item.advice == done.advice and not can_be_typed(item)
    ]
    after = run(import_module(done.function.__module__), done.function.__name__)

    assert [*broken(proposal, before(proposal.shape), after), *missed(proposal, after)] == []
    assert words(proposal.fix.code) - words(inspect.getsource(done.function)) == set()


def words(code):
    return set(re.findall(r"[A-Za-z]\w*", code))


def test_every_advice_is_proved():
    """By rule, access and kind of fix: each was typed at least once, or finished by hand."""
    proved = {item.advice for item in every_proposal() if can_be_typed(item)}
    proved |= {done.advice for done in DONE}

    assert [str(item) for item in every_proposal() if item.advice not in proved] == []


@pytest.mark.skipif(django.VERSION < (6, 1), reason="fetch modes came with Django 6.1")
@pytest.mark.parametrize("rule", ["QL101", "QL106", "QL107"])
def test_fetch_modes_are_advised_where_django_has_them(rule):
    assert (rule, "attribute", "fetch_mode") in {item.advice for item in every_proposal()}
