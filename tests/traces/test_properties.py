"""Whatever a trace holds comes back, and whatever a file holds is read or told."""

from __future__ import annotations

import gzip
import json
import pickle
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from querylens.model import Cause, Place, Query, Trace
from querylens.record import Ignored
from querylens.traces import RecordedTrace, TraceFormatError, decode, encode, read_traces
from tests.traces.samples import page

# Half a character (a lone surrogate) is a text in Python too.
text = st.text(st.characters(exclude_categories=()), max_size=12)
lines = st.integers(0, 10**6)
columns = st.none() | st.integers(0, 500)
plain_places = st.builds(
    Place, text, lines, lines, text, text, text, text, columns, columns, st.none()
)
places = plain_places | st.builds(
    lambda place, python: replace(place, python=python), plain_places, plain_places
)
causes = st.builds(
    Cause,
    st.sampled_from(["forward", "lookup", "raw"]),
    *[text] * 4,
    st.booleans(),
    st.lists(text, max_size=2).map(tuple),
    st.frozensets(text, max_size=3),
)
statements = st.sampled_from(
    ["SELECT %s", "SELECT 5", "SELECT 6", "BEGIN", "UPDATE t SET a = 'x' WHERE id = %s", ""]
)
values = st.none() | st.lists(st.integers(0, 3) | text | st.binary(max_size=3), max_size=3)
numbers = st.integers(0, 2**50)


def few(strategy):
    """None, or one of a few values, so that equal ones meet."""
    return st.none() | st.shared(
        st.lists(strategy, min_size=3, max_size=3), key=repr(strategy)
    ).flatmap(st.sampled_from)


queries = st.builds(
    Query,
    statements | text,
    values.map(lambda found: found and tuple(found)),
    st.sampled_from(["default", "other"]),
    st.sampled_from(["sqlite", "postgresql", "mysql", "oracle", "new"]),
    numbers,
    numbers,
    many=st.booleans(),
    error=st.sampled_from(["", "IntegrityError"]),
    cause=few(causes),
    call_site=few(places),
    loop=few(places),
    origin=few(places),
    built_at=few(places),
    scope=st.sampled_from(["one", "two"]),
    row=st.none() | st.integers(0, 3),
    stack=st.none() | st.integers(0, 3),
    is_setup=st.booleans(),
    ignored=st.sampled_from([(), (Ignored(("QL104",), "five rows"),)]),
)


@st.composite
def traces(draw):
    trace = Trace(draw(text), draw(text))
    found = draw(st.lists(queries, max_size=8))
    parents = st.none() | st.integers(0, len(found) - 1)
    trace.records.extend(replace(query, parent=draw(parents)) for query in found)
    trace.gaps = draw(st.lists(text, max_size=2))
    return trace


def shared(query):
    names = ("alias", "vendor", "duration_ns", "many", "error", "cause", "call_site", "loop")
    names += ("origin", "built_at", "parent", "is_setup", "ignored", "fingerprint", "kind")
    return [getattr(query, name) for name in names]


def counts(trace):
    return (len(trace), trace.similar_counts(), trace.duplicated_counts())


def groups(trace):
    return [
        (len(group), group.fingerprint, group.distinct, group.rows, group.repeats)
        for group in trace.groups()
    ]


@settings(deadline=None)
@given(traces(), st.booleans(), st.dictionaries(text, text | numbers, max_size=2))
def test_what_is_written_is_read(trace, record_params, meta):
    line = encode(trace, record_params=record_params, meta=meta)
    again = decode(line)

    assert line.isascii()
    assert line.count(b"\n") == 1
    assert (again.name, again.kind, again.gaps) == (trace.name, trace.kind, trace.gaps)
    assert again.meta == meta
    assert [shared(query) for query in again] == [shared(query) for query in trace]
    assert counts(again) == counts(trace)
    assert groups(again) == groups(trace)
    steps = [query.started_ns - trace.queries[0].started_ns for query in trace]
    assert [query.started_ns - again.started_at_ns for query in again] == steps


@settings(deadline=None)
@given(traces())
def test_what_was_read_can_be_written_again(trace):
    once = decode(encode(trace))
    twice = decode(encode(once, meta={"again": 1}))

    assert (twice.id, twice.started_at_ns, twice.pid) == (once.id, once.started_at_ns, once.pid)
    assert counts(twice) == counts(once)
    assert [shared(query) for query in twice] == [shared(query) for query in once]


LINE = encode(page(), record_params=True)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@st.composite
def damaged(draw):
    """A trace in which one value is another, however deep it lies."""
    document = json.loads(LINE)
    inner = document
    while True:
        keys = list(inner) if isinstance(inner, dict) else range(len(inner))
        key = draw(st.sampled_from(keys))
        if not isinstance(inner[key], (dict, list)) or not inner[key] or draw(st.booleans()):
            break
        inner = inner[key]
    inner[key] = draw(json_values)
    return json.dumps(document).encode()


@settings(deadline=None, max_examples=400)
@given(damaged())
def test_a_damaged_line_is_read_or_refused(line):
    with suppress(TraceFormatError):
        trace = decode(line)
        assert decode(encode(trace)).similar_counts() == trace.similar_counts()
        assert str(trace)


@st.composite
def files(draw):
    """Bytes of every kind: random, and recordings with a piece changed, cut out or put in."""
    data = draw(st.sampled_from([LINE * 2, gzip.compress(LINE) * 2, b"", LINE[:50]]))
    start = draw(st.integers(0, len(data)))
    end = start + draw(st.integers(0, 20))
    return data[:start] + draw(st.binary(max_size=20)) + data[end:]


@settings(deadline=None, max_examples=400)
@given(files() | st.binary())
def test_any_file_gives_traces_and_problems_only(data):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "recording"
        file.write_bytes(data)
        problems = []
        found = list(read_traces(file, problems))

    assert found or problems
    assert all(problem.message and "\n" not in str(problem) for problem in problems)
    assert all(trace.similar_counts() is not None for trace in found)


@settings(deadline=None, max_examples=30)
@given(traces())
def test_what_was_read_can_be_sent_to_another_process(trace):
    once = decode(encode(trace))
    again = RecordedTrace(once.name, once.kind, pickle.loads(pickle.dumps(once.queries)))

    assert [shared(query) for query in again] == [shared(query) for query in once]
    assert counts(again) == counts(once)
    assert groups(again) == groups(once)
