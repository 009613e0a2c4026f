"""What queries share is read and written once for all of them, and that changes nothing."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from querylens.model import Query, Trace
from querylens.traces import encode
from tests.shapes.comparing import captured
from tests.shapes.corpus import all_shapes
from tests.shapes.sending import ALIASES

OWN = {"params", "started_ns", "duration_ns", "row", "parent", "alike"}
SHARED = [field.name for field in fields(Query) if field.name not in OWN]
KEY = b"k" * 32


def line(trace):
    """What is written, without what tells one recording from another."""
    document = json.loads(encode(trace, key=KEY, record_params=True))
    return {name: item for name, item in document.items() if name not in ("id", "at")}


@pytest.mark.django_db(databases=ALIASES)
@pytest.mark.parametrize("shape", all_shapes(), ids=lambda shape: shape.name)
def test_queries_are_alike_in_all_that_is_not_their_own(shape):
    trace = captured(shape)
    first = {}
    for query in trace:
        other = first.setdefault(id(query.alike), query)
        assert query.alike is not None
        assert [getattr(query, name) for name in SHARED] == [
            getattr(other, name) for name in SHARED
        ]
    stranger = Trace(trace.name, trace.kind)
    stranger.config, stranger.gaps = trace.config, trace.gaps
    stranger.records.extend(replace(query) for query in trace)

    assert {query.alike for query in stranger} <= {None}
    assert line(trace) == line(stranger)


@pytest.mark.django_db
def test_the_queries_of_a_loop_are_alike(rows):
    import querylens
    from tests.project.library.models import Author

    with querylens.capture() as trace:
        for number in range(3):
            Author.objects.filter(pk=number).exists()
        Author.objects.filter(pk=0).exists()

    [*loop, alone] = [query.alike for query in trace]
    assert loop == loop[:1] * 3
    assert alone is not loop[0]
