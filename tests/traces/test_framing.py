"""Lines come out of what others put before them as they were, however their bytes arrive."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querylens.traces import framing
from querylens.traces.framing import LongLineError, Parts, frame_of, frames_of, parts_in
from tests.traces.dripping import Dripping

AT = "2026-07-04T12:00:00.123456789Z"
TEXTS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=60)
    | st.sampled_from(["db-1  | x", f"{AT} stderr P x", f"{AT} stdout F x", "\tx", "\r"]),
    min_size=1,
    max_size=12,
)


def read(data, how, *, size=1_000, at_once=1_000):
    reader = how.reader(Dripping(data.encode(), size))
    return b"".join(iter(lambda: reader.read(at_once), b"")).decode()


def cut(texts, length, stream="stderr"):
    """As container runtimes write them."""
    for text in texts:
        *parts, last = [text[at : at + length] for at in range(0, len(text), length)] or [""]
        yield from (f"{AT} {stream} P {part}\n" for part in parts)
        yield f"{AT} {stream} F {last}\n"


@given(TEXTS, st.integers(1, 40), st.integers(1, 40), st.integers(1, 30))
def test_lines_in_parts_are_put_together(texts, size, at_once, length):
    data = "".join(cut(texts, length))

    found = read(data, Parts(), size=size, at_once=at_once)

    whole = [line.partition(" stderr ") for line in found.split("\n")[:-1]]
    assert [rest[2:] for _, _, rest in whole] == texts
    assert {at for at, _, _ in whole} == {AT}


@given(TEXTS, TEXTS, st.randoms(use_true_random=False))
def test_parts_of_two_streams(ours, theirs, random):
    streams = [list(cut(ours, 7)), list(cut(theirs, 7, "stdout"))]
    data = ""
    while any(streams):
        data += random.choice([each for each in streams if each]).pop(0)

    found = read(data, Parts()).split("\n")

    for name, texts in (("stderr", ours), ("stdout", theirs)):
        begins = f"{AT} {name} "
        own = [line.removeprefix(begins)[2:] for line in found if line.startswith(begins)]
        assert own == texts


def test_a_part_at_the_end_is_not_lost():
    data = f"{AT} stderr F one\n{AT} stderr P tw\n{AT} stdout P thr\n"

    assert read(data, Parts()) == f"{AT} stderr F one\n{AT} stderr P tw\n{AT} stdout P thr"


@pytest.mark.parametrize(
    ("own", "others"),
    [
        ("db-1  | ", "web-1 | "),
        (f"db-1  | {AT} ", f"web-1 | {AT} "),
        ("[pod/shop-1/db] ", "[pod/shop-2/db] "),
        (f"{AT} ", None),
        (f"{AT} stderr F ", None),
        ("Jul  4 12:00:00 host mysqld[7]: ", "Jul  4 12:00:00 host sshd[9]: "),
        ("2026-07-04T12:00:00+0200 host mysqld[7]: ", "2026-07-04T12:00:01+0200 host cron[7]: "),
    ],
)
@given(texts=TEXTS, size=st.integers(1, 40), at_once=st.integers(1, 40))
def test_what_stands_before_lines(own, others, texts, size, at_once):
    # What looks like a frame may be one.
    texts = [text for text in texts if frame_of(text.encode()) is None]
    lines = [f"{own}{text}\n" for text in texts]
    if others is not None:
        lines = [line for each in lines for line in (each, f"{others}no line of ours\n")]

    found = read("".join(lines), frame_of(own.encode()), size=size, at_once=at_once)

    assert found == "".join(f"{text}\n" for text in texts)


def test_blank_lines_of_compose_may_be_trimmed():
    assert read("db-1  | a\ndb-1  |\ndb-1  | b", frame_of(b"db-1  | a")) == "a\n\nb"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"SELECT 1",
        b"2026-07-04 12:00:00.123 UTC [7] LOG:  x",
        b"Jul  4 12:00:00 host kernel: x",
        b"# Time: 2026-07-04T12:00:00.123456Z",
        b"a b | c",
    ],
)
def test_other_lines_have_none(line):
    assert frame_of(line) is None
    assert list(frames_of(line)) == []
    assert parts_in(line) is None


def test_each_container_has_its_own():
    head = b"Attaching to db-1, web-1\ndb-1   | a\nweb-1  | b\ndb-1   | c"

    assert [each.without(head.partition(b"\n")[2]) for each in frames_of(head)] == [b"a\nc", b"b\n"]


@pytest.mark.parametrize("how", [Parts(), frame_of(f"{AT} x".encode())], ids=["parts", "frame"])
@pytest.mark.parametrize("data", ["x" * 300, f"{AT} stderr P {'x' * 30}\n" * 10])
def test_a_line_that_does_not_end(monkeypatch, how, data):
    """What comes before is given first, though both arrive at once."""
    monkeypatch.setattr(framing, "_LONGEST", 200)
    reader = how.reader(io.BytesIO(f"before\n{data}".encode()))

    assert reader.read(1_000).startswith(b"before\n")
    with pytest.raises(LongLineError, match="what comes before was read"):
        list(iter(lambda: reader.read(1_000), b""))
