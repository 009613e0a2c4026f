"""A log comes out of the JSON around it as it was, however its bytes arrive."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querylens.traces import wrapping
from querylens.traces.wrapping import (
    Unwrapped,
    WrappedTextError,
    Wrapping,
    is_newest_first,
    wrappings_of,
)
from tests.traces.dripping import Dripping

PLAIN = Wrapping(b"message", has_line_ends=False)
TEXTS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=60)
    | st.sampled_from(['"message": "x"', '{"message":"y"}', "\\", '\\"', '"', "a\tb"]),
    min_size=1,
    max_size=12,
)


def unwrapped(data, how=PLAIN, *, size=1_000, at_once=1_000):
    reader = Unwrapped(Dripping(data, size), how)
    return b"".join(iter(lambda: reader.read(at_once), b""))


@given(TEXTS, st.integers(1, 40), st.integers(1, 40), st.sampled_from([None, 2]), st.booleans())
def test_any_texts_in_any_parts(texts, size, at_once, indent, is_ascii):
    events = [{"id": 1, "message": text, "more": {"message": 7}} for text in texts]
    data = json.dumps({"events": events}, indent=indent, ensure_ascii=is_ascii).encode()

    found = unwrapped(data, size=size, at_once=at_once)

    assert found.decode() == "".join(f"{text}\n" for text in texts)


@given(TEXTS, st.integers(1, 40))
def test_what_has_line_ends_is_put_together(texts, size):
    whole = "".join(f"{text}\n" for text in texts)
    parts = [whole[begin : begin + size] for begin in range(0, len(whole), size)]
    data = b"".join(json.dumps({"log": part, "stream": "x"}).encode() + b"\n" for part in parts)

    assert unwrapped(data, Wrapping(b"log", has_line_ends=True)).decode() == whole


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"", []),
        (b"plain text", []),
        (b'"message": "a"', []),
        (b'{"message": 7, "log": null}', []),
        (b'{"message":"a"}', [(PLAIN, b"a\n")]),
        (b' [\n{"message" : "a\\tb"},{"message":"c', [(PLAIN, b"a\tb\n")]),
        (b'{"log":"a\\n"}\n{"log":"b\\n"}', [(Wrapping(b"log", True), b"a\nb\n")]),
        (
            b'{"log":"a","message":"b"}',
            [(Wrapping(b"log", False), b"a\n"), (PLAIN, b"b\n")],
        ),
    ],
    ids=str,
)
def test_heads(head, expected):
    assert list(wrappings_of(head)) == expected


def test_what_is_no_text_is_an_empty_line():
    assert unwrapped(rb'{"message":"\x"}{"message":"\ud800 b"}') == b"\n\xed\xa0\x80 b\n"


def test_bytes_that_are_no_utf8():
    """As they are, or as in JSON that others write."""
    found = unwrapped(b'{"message":"a\xff"}{"message":"b\xff\\t"}')

    assert found == b"a\xff\n" + "b\ufffd\t\n".encode()


@pytest.mark.parametrize("end", [b'{"message":"b', b'{"message":"b\\', b'{"message": "'])
def test_a_text_that_is_cut_off(end):
    reader = Unwrapped(io.BytesIO(b'{"message":"a"}' + end), PLAIN)

    assert reader.read(100) == b"a\n"
    with pytest.raises(WrappedTextError, match="the JSON is cut off here"):
        reader.read(100)


def test_a_text_that_does_not_end(monkeypatch):
    monkeypatch.setattr(wrapping, "_LONGEST", 5_000)

    with pytest.raises(WrappedTextError, match="a text of more than"):
        unwrapped(b'{"message":"' + b"x" * 10_000)
    reader = Unwrapped(io.BytesIO(b'{"message":"a"},{"message":"' + b"x" * 10_000), PLAIN)
    assert reader.read(20_000) == b"a\n"
    assert unwrapped(b"x" * 50_000 + b'{"message":"a"}') == b"a\n"


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ((), False),
        (("2026-11-30T10:00:00Z",), False),
        (("2026-11-30T10:00:00.5Z", "2026-11-30T10:00:00Z"), False),
        (("2026-11-30T10:00:01Z", "2026-11-30T10:00:02.1Z"), False),
        (("2026-11-30T10:00:02Z", "2026-11-30T10:00:01.9Z"), True),
        ((1_783_166_400_007, 1_783_166_400_008), False),
        ((1_783_166_400_008, 1_783_166_400_007), True),
    ],
)
@pytest.mark.parametrize("key", ["timestamp", "@timestamp", "time"])
def test_newest_first(stamps, expected, key):
    head = json.dumps([{key: stamp, "message": "a"} for stamp in stamps]).encode()

    assert is_newest_first(head) is expected
