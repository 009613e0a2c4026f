"""A trace as one line of bytes, and back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from querylens.config import Config
from querylens.model import Trace
from querylens.traces.decoding import Decoder
from querylens.traces.encoding import Encoder
from querylens.traces.layout import RecordedTrace


def encode(
    trace: Trace,
    *,
    key: bytes = b"",
    record_params: bool = False,
    meta: Mapping[str, str | int] | None = None,
) -> bytes:
    """One line that ends in a line feed.

    `key` makes hashes of parameter values comparable between lines; without one they are
    comparable within the line only. `record_params` writes the values too. `meta` is kept as it is.
    """
    encoder = Encoder(key or secrets.token_bytes(32), record_params=record_params)
    return encoder.encode(trace, meta)


def decode(line: bytes, config: Config | None = None) -> RecordedTrace:
    """The trace that was written in a line.

    Files of places are looked for below the root of `config`. Raises `TraceFormatError`.
    """
    return Decoder(config).decode(line)
