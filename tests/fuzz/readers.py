"""Every reader as a function of bytes that raises for nothing but a mistake of its own.

A log is read by the importer of its format, whether that would recognise it or not, and then
audited as a file.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from querylens.audit import audit
from querylens.audit.blocks import Blocks, next_line
from querylens.config import Config
from querylens.reporters.json import JsonReporter
from querylens.traces import TraceFormatError
from querylens.traces.decoding import Decoder
from querylens.traces.framing import Parts, frames_of
from querylens.traces.importers import (
    django_log,
    mysql,
    mysql_general,
    otlp,
    postgres,
    postgres_csv,
    postgres_json,
    postgres_syslog,
)
from querylens.traces.statements import Block, Importer, Statement, Untold
from querylens.traces.tags import request_told, tags_in, without_comments
from querylens.traces.wrapping import Unwrapped, WrappedTextError, wrappings_of

SEEDS = Path(__file__).with_name("seeds")
#: The end of the year 9999 is before that.
_LATEST_NS = 1 << 68
_CONFIG = Config()


def seeds_of(reader: str) -> list[Path]:
    """The committed inputs of a reader."""
    return sorted(path for path in (SEEDS / reader).iterdir() if path.is_file())


def read_log(recognise: Callable[[bytes], Importer | None]) -> Callable[[bytes], None]:
    """What reads a log: as its own importer, or as that of the first seed it recognises."""
    known: list[Importer] = []

    def read(data: bytes) -> None:
        importer = recognise(data)
        if importer is None:
            importer = known[0] if known else recognise(_first_seed(recognise))
            assert importer is not None
            known[:] = [importer]
        _check(importer, data)

    return read


def _first_seed(recognise: Callable[[bytes], Importer | None]) -> bytes:
    seeds = (path.read_bytes() for name in sorted(LOGS) for path in seeds_of(name))
    return next(seed for seed in seeds if recognise(seed) is not None)


def _check(importer: Importer, data: bytes) -> None:
    for start in {0, 1, len(data) // 2, len(data)}:
        found = importer.next_record(data, start)
        assert found == -1 or start <= found <= len(data)
    untold = Untold()
    told = list(importer.statements([Block(data, 1)], untold))
    for statement in told:
        check_statement(statement)
    for line, message in untold.problems:
        assert 0 <= line <= data.count(b"\n") + 1
        assert "\n" not in message
    assert all(count > 0 for count in untold.missed.values())
    audit_file(data)


def check_statement(statement: Statement) -> None:
    """What every statement has, whatever it was made from."""
    assert 0 <= statement.at_ns < _LATEST_NS
    assert 0 <= statement.duration_ns < _LATEST_NS
    for text in (statement.sql, statement.session, statement.request, statement.name):
        assert isinstance(text, str)


def audit_file(data: bytes) -> None:
    """Audits a file, whatever it is recognised as."""
    with tempfile.NamedTemporaryFile(prefix="querylens-fuzz-") as file:
        file.write(data)
        file.flush()
        audited = audit([file.name], _CONFIG)
        JsonReporter().render(audited.report)
    logs = [data, *(log for _, log in wrappings_of(data))]
    for problem in audited.problems:
        assert "\n" not in str(problem)
        assert problem.line <= max(log.count(b"\n") for log in logs) + 1


def decode_lines(data: bytes) -> None:
    """Decodes each line as a trace, and looks at what it says."""
    decoder = Decoder(_CONFIG)
    for line in data.split(b"\n"):
        try:
            trace = decoder.decode(line)
        except TraceFormatError:
            continue
        for query in trace:
            assert query.fingerprint is not None
        assert 0 <= trace.duplicated_count() <= trace.similar_count() <= len(trace.queries)


def read_tags(data: bytes) -> None:
    """Reads the tags of a statement."""
    sql = data.decode("utf-8", "backslashreplace")
    bare, comments = without_comments(sql)
    assert bare in sql
    tags = tags_in(comments)
    assert all(isinstance(text, str) for item in tags.items() for text in item)
    trace_id, _ = request_told(comments)
    assert len(trace_id) in (0, 32)


def read_blocks(data: bytes) -> None:
    """Reads a file in two stretches, which have every byte of its lines once, in order."""
    cut = data[0] * len(data) // 256 if data else 0
    found = [
        block
        for start, end in ((0, cut), (cut, None))
        if start < (len(data) if end is None else end)
        for block in _blocks(data, start, end)
    ]
    assert b"".join(block.data for block in found) == data
    for block in found:
        assert data[block.start : block.start + len(block.data)] == block.data


def read_wrapped(data: bytes) -> None:
    """Takes a log out of the JSON around it, and audits it; in small parts it is the same."""
    for wrapping, log in wrappings_of(data):
        reader, found = Unwrapped(_Dripping(data), wrapping), b""
        try:
            while more := reader.read(5):
                found += more
        except WrappedTextError:
            pass
        assert found == log
    audit_file(data)


def read_framed(data: bytes) -> None:
    """Takes off what stands before each line, and audits the log; in small parts it is the same."""
    whole = Parts().without(data)
    framed = {frame: frame.without(whole) for frame in frames_of(data)}
    for how, expected in ({Parts(): whole} | framed).items():
        reader, found = how.reader(_Dripping(data)), b""
        while more := reader.read(5):
            found += more
        assert found == expected
    audit_file(data)


class _Dripping(io.BytesIO):
    def read1(self, size: int | None = -1) -> bytes:
        return super().read1(min(size or 0, 64))


def _blocks(data: bytes, start: int, end: int | None) -> Iterator[Block]:
    return iter(Blocks(io.BytesIO(data), start, end, next_line, Untold()))


LOGS: dict[str, Callable[[bytes], Importer | None]] = {
    "otlp": otlp.recognise,
    "postgres": postgres.recognise,
    "postgres-csv": postgres_csv.recognise,
    "postgres-json": postgres_json.recognise,
    "postgres-syslog": postgres_syslog.recognise,
    "mysql-slow": mysql.recognise,
    "mysql-general": mysql_general.recognise,
    "django-log": django_log.recognise,
}
READERS: dict[str, Callable[[bytes], None]] = {
    **{name: read_log(recognise) for name, recognise in LOGS.items()},
    "recording": audit_file,
    "decoder": decode_lines,
    "tags": read_tags,
    "blocks": read_blocks,
    "wrapped": read_wrapped,
    "framed": read_framed,
}
