"""Pieces that several processes read: each once, added up in their order."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from querylens.audit import (
    WorkerError,
    fold,
    logs,
    pieces,
    processes,
    rejudged,
    sessions,
    work,
)
from querylens.audit.fold import Fold, Numbers, Repeat
from querylens.audit.learnt import Learnt
from querylens.audit.pieces import Packed, Read
from querylens.model.durations import Durations
from querylens.sql import fingerprint
from tests.audit.conftest import text


@pytest.mark.parametrize("name", ["postgresql.log", "mysql-slow.log", "otlp.jsonl", "traces"])
@pytest.mark.parametrize("jobs", [2, 3, 6])
def test_many_pieces(inputs, monkeypatch, name, jobs):
    whole = text(inputs / name)
    monkeypatch.setattr(pieces, "PIECE", 50_000)
    monkeypatch.setattr(pieces, "MOST_PIECES", 1_000_000)

    with processes(jobs) as pool:
        assert text(inputs / name, executor=pool, workers=jobs) == whole


@pytest.mark.parametrize("name", ["postgresql.log", "mysql-slow.log", "otlp.jsonl", "traces"])
def test_shapes_without_end(inputs, monkeypatch, name):
    """The process that adds up reads no more then, and one that waited reads instead."""
    monkeypatch.setattr(fold, "MOST_NAMES", 20)
    whole = text(inputs / name)
    monkeypatch.setattr(pieces, "PIECE", 50_000)
    monkeypatch.setattr(pieces, "MOST_PIECES", 1_000_000)
    own, done = [], []

    def read(piece, *rest):
        own.append(piece)
        return pieces.read_piece(piece, *rest)

    monkeypatch.setattr(work, "read_piece", read)

    with processes(2) as pool:
        assert text(inputs / name, executor=pool, workers=2, done=done.append) == whole
    assert 0 < len(own) < len(done) / 3


@pytest.mark.parametrize("name", ["postgresql.log", "mysql-slow.log", "otlp.jsonl", "traces"])
def test_several_threads_of_a_process(inputs, monkeypatch, name):
    """As a worker of a cluster may have: what one learns another may not use meanwhile."""
    whole = text(inputs / name)
    monkeypatch.setattr(pieces, "PIECE", 20_000)
    monkeypatch.setattr(pieces, "MOST_PIECES", 1_000_000)
    known = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    try:
        with ThreadPoolExecutor(3) as pool:
            assert text(inputs / name, executor=pool, workers=3) == whole
    finally:
        sys.setswitchinterval(known)


def test_one_that_waits_does_no_work_as_long_as_this_one_reads():
    """Else it would learn what the other one knows."""
    with processes(2) as pool:
        assert pool.are_helped(Fold())
        workers = {pool.submit(os.getpid).result() for _ in range(50)}

    assert len(workers) == 1
    assert os.getpid() not in workers


@pytest.mark.parametrize("jobs", [2, 6])
def test_examples_are_judged_by_other_processes(inputs, monkeypatch, jobs):
    whole = text(inputs / "traces")
    monkeypatch.setattr(rejudged, "_FEW", 3)

    with processes(jobs) as pool:
        # They run already, and have what was there before.
        monkeypatch.setattr(rejudged, "judged", None)
        assert text(inputs / "traces", executor=pool, workers=jobs) == whole


def end_at_once(_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_is_killed_while_it_judges_is_one_line():
    with processes(2) as pool, pytest.raises(WorkerError, match="while traces were judged"):
        list(pool.each(end_at_once, [1]))


def test_what_is_learnt_is_used_by_one_reader_at_a_time():
    learnt = Learnt(lambda key: [key])
    one, other = learnt.take("a"), learnt.take("a")
    one.append("learnt")
    assert other == ["a"]

    learnt.give_back("a", one)
    assert learnt.take("b") == ["b"]
    assert learnt.take("a") is one
    assert learnt.take("a") == ["a"]

    learnt.give_back("a", one)
    Learnt.forget()
    assert learnt.take("a") == ["a"]


def test_requests_that_are_set_aside(inputs, monkeypatch):
    whole = text(inputs / "postgresql.log")
    monkeypatch.setattr(pieces, "PIECE", 50_000)
    monkeypatch.setattr(pieces, "MOST_PIECES", 1_000_000)
    monkeypatch.setattr(sessions, "_MOST_OPEN", 5)
    monkeypatch.setattr(logs, "_SWEEP_SOON", 10)

    with processes(2) as pool:
        assert text(inputs / "postgresql.log", executor=pool, workers=2) == whole


def test_threads_are_switched_as_before():
    known = sys.getswitchinterval()

    with processes(2):
        assert sys.getswitchinterval() < known

    assert sys.getswitchinterval() == known


def test_a_piece_travels_in_parts(monkeypatch):
    monkeypatch.setattr(pieces, "_PART", 2)
    read = Read(lines=3)
    shapes = [fingerprint(f"SELECT a FROM t{number}") for number in range(5)]
    for shape in shapes:
        read.fold.statements.add(shape, Durations())
        read.fold.repeats.add(shape, Repeat((-2, "GET /a/", "here"), None))
    read.fold.add_trace("GET /a/", "request", Numbers(traces=1, queries=2))

    packed = pickle.loads(pickle.dumps(Packed.of(read)))

    folded = Fold()
    for part in packed.folds():
        assert len(part.statements) + len(part.repeats) <= 2
        folded.merge(part)
    assert folded.numbers.queries == 2
    assert {shape for shape, _ in folded.statements.items()} == {*shapes}
    assert {shape for shape, _ in folded.repeats.items()} == {*shapes}
    assert packed.read().lines == 3
    assert packed.read().fold.numbers == Numbers()


def test_pieces_of_one_input_are_about_equal(tmp_path):
    size = 10 * pieces.PIECE + 5
    found = list(pieces.pieces_of([pieces.Input("a.log", "a.log", size)]))

    assert len(found) == 10
    assert [piece.start for piece in found[1:]] == [piece.end for piece in found[:-1]]
    assert found[0].start == 0
    assert found[-1].end is None
    assert max(piece.end - piece.start for piece in found[:-1]) <= pieces.PIECE + 1
