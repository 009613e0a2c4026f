"""Wherever a file is cut, into blocks, pieces or rotated files, the same is found."""

from __future__ import annotations

import io
import json
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from querylens.audit import blocks, logs, pieces, sessions
from querylens.audit.blocks import Blocks, next_line
from querylens.audit.joined import Joined
from querylens.audit.sessions import Sessions, Told
from querylens.traces.importers import recognised
from querylens.traces.statements import Untold
from tests.audit.conftest import document, text

LOGS = ("postgresql.log", "mysql-slow.log", "otlp.jsonl")
ANY_FIXTURE = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def read(data, cuts, next_record, size):
    """The blocks of stretches between cuts, each read by itself."""
    untold, found, lines = Untold(), [], 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_BLOCK", size)
        for start, end in zip([0, *cuts], [*cuts, None], strict=True):
            stretch = Blocks(io.BytesIO(data), start, end, next_record, untold)
            for block in stretch:
                assert block.data == data[block.start : block.start + len(block.data)]
                assert block.line + lines == data.count(b"\n", 0, block.start) + 1
                found.append(block.data)
            lines += stretch.lines
    assert not untold.problems
    return found


@ANY_FIXTURE
@given(
    st.lists(st.sampled_from([b"\n", b"a\n", b"bc\n", b"\r\n", b"d" * 30 + b"\n"]), max_size=40),
    st.lists(st.integers(1, 200), max_size=5),
    st.integers(1, 50),
)
def test_blocks_of_lines(lines, cuts, size):
    data = b"".join(lines)
    cuts = sorted({cut for cut in cuts if cut < len(data)})

    found = read(data, cuts, next_line, size)

    assert b"".join(found) == data
    assert all(block.endswith(b"\n") for block in found)


@pytest.mark.parametrize("name", LOGS)
@ANY_FIXTURE
@given(data=st.data())
def test_blocks_of_logs(inputs, name, data):
    """Each record is in one stretch, whole: all statements are told, once."""
    content = contents(inputs / name)
    importer = recognised(content)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(content) - 1), max_size=4)))
    size = data.draw(st.integers(500, 20_000))

    found = read(content, cuts, importer.next_record, size)

    assert b"".join(found) == content


@cache
def contents(path):
    return path.read_bytes()[:600_000].rpartition(b"\n")[0] + b"\n"


@pytest.mark.parametrize("name", ["postgresql.log", "mysql-slow.log"])
def test_every_cut_of_some_records(inputs, name):
    lines = contents(inputs / name).splitlines(keepends=True)
    content = b"".join(lines[:20])[:4_000]
    importer = recognised(contents(inputs / name))

    for cut in range(1, len(content)):
        assert b"".join(read(content, [cut], importer.next_record, 4_001)) == content


@pytest.mark.parametrize("name", [*LOGS, "traces"])
@pytest.mark.parametrize("size", [20_000, 77_777, 300_000])
@pytest.mark.parametrize("is_crowded", [False, True])
def test_pieces(inputs, monkeypatch, name, size, is_crowded):
    whole = document(inputs / name)
    if is_crowded:
        monkeypatch.setattr(sessions, "_MOST_OPEN", 10)
        monkeypatch.setattr(logs, "_SWEEP_EVERY", 100)
        monkeypatch.setattr(logs, "_SWEEP_SOON", 30)
    monkeypatch.setattr(pieces, "PIECE", size)
    monkeypatch.setattr(pieces, "MOST_PIECES", 1_000_000)

    assert document(inputs / name) == whole


def test_rotated_files(inputs):
    whole = text(inputs / "postgresql.log")
    rotated = [inputs / f"postgresql-{number}.log" for number in (1, 2, 3, 4)]

    assert text(*rotated) == whole
    assert text(*reversed(rotated)) == whole


SECOND = 10**9
TOLD = st.builds(
    Told,
    session=st.sampled_from(["1", "2", "3"]),
    at_ns=st.just(0),
    ends_ns=st.just(0),
    name=st.sampled_from(["", "", "", "a", "b"]),
    trace_id=st.sampled_from(["", "", "", "x", "y"]),
    transaction=st.sampled_from(["", "", "", "7", "7", "end"]),
    reads_session=st.sampled_from([False, False, False, True]),
)
STEPS = st.lists(
    st.tuples(TOLD, st.sampled_from([10**6, 10**7, SECOND // 5, 2 * SECOND, 70 * SECOND])),
    max_size=40,
)


def in_time(steps, is_timed):
    now, found = 10**18, []
    for told, step in steps:
        now += step
        found.append(told._replace(at_ns=now, ends_ns=now + 1000) if is_timed else told)
    return found


def requests(steps, cuts, sweep_every=1_000):
    """What each request sent: the numbers of its statements."""
    closed = []
    joined = Joined(closed.append, lambda *_: None)
    edges = [0, *cuts, len(steps)]
    for start, end in pairwise(edges):
        piece = Sessions(closed.append, is_first=start == 0)
        for number in range(start, end):
            told = steps[number]
            if told.transaction == "end":
                piece.end(told.session, told.name, told.ends_ns)
                continue
            request = piece.request_of(told)
            request.add(str(number), "", told.ends_ns, 0)
            if number % sweep_every == 0:
                piece.sweep()
        joined.add(piece.loose())
    joined.end()
    found = []
    for request in closed:
        found.append((request.session, request.name, request.trace_id, tuple(request.sent)))
    return sorted(found)


@settings(max_examples=500, deadline=None)
@given(STEPS, st.booleans(), st.lists(st.integers(1, 40), max_size=4))
def test_sessions(steps, is_timed, cuts):
    """What pieces could not decide alone is decided as if there were one."""
    steps = in_time(steps, is_timed)
    cuts = sorted({cut for cut in cuts if cut < len(steps)})

    assert requests(steps, cuts) == requests(steps, [])


@settings(max_examples=300, deadline=None)
@given(STEPS, st.booleans(), st.lists(st.integers(1, 40), max_size=4), st.integers(1, 5))
def test_sessions_that_are_set_aside(steps, is_timed, cuts, sweep_every):
    """Where more is open than there is memory for, the same is decided."""
    steps = in_time(steps, is_timed)
    cuts = sorted({cut for cut in cuts if cut < len(steps)})
    whole = requests(steps, [])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "_MOST_OPEN", 0)
        assert requests(steps, cuts, sweep_every) == whole


@pytest.mark.parametrize("cut", [[], [1], [2], [1, 2]])
@pytest.mark.parametrize(("pause", "name"), [(2 * SECOND, "a"), (70 * SECOND, "")])
def test_an_end_after_a_pause(pause, name, cut):
    """Where a piece ends, sessions that paused too long are closed: so they are everywhere."""
    steps = [
        (Told("1", 0, 0), 1),
        (Told("2", 0, 0), pause),
        (Told("1", 0, 0, name="a", transaction="end"), 1),
    ]

    assert requests(in_time(steps, is_timed=True), cut) == [
        ("1", name, "", ("0",)),
        ("2", "", "", ("1",)),
    ]


@pytest.mark.parametrize("cut", range(1, 12))
def test_durations_on_lines_of_their_own(tmp_path, cut):
    """As `log_statement` with `log_duration` writes: the cut may be before the duration."""
    lines = []
    for number in range(6):
        sql = f'SELECT "a"."id" FROM "a" WHERE "a"."id" = {number}'
        lines.append(f"2026-07-04 12:00:00.{number:03} UTC [7] LOG:  statement: {sql}\n")
        lines.append(f"2026-07-04 12:00:00.{number:03} UTC [7] LOG:  duration: {number}.500 ms\n")
    whole, first, second = (tmp_path / name for name in ("whole.log", "1.log", "2.log"))
    whole.write_text("".join(lines))
    first.write_text("".join(lines[:cut]))
    second.write_text("".join(lines[cut:]))

    assert json.loads(text(first, second)) == json.loads(text(whole))
