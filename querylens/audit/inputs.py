"""What a command line names: files, folders, patterns, URLs and stdin, each told by its content."""

from __future__ import annotations

import glob
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from querylens.audit.streams import Input, Stream, one_line, opened, trouble_of
from querylens.errors import QueryLensError
from querylens.traces import Problem
from querylens.traces.compression import GZIP_MAGIC, ZSTD_MAGIC
from querylens.traces.framing import frames_of, parts_in
from querylens.traces.importers import recognised

STDIN = "-"
_MOST_OF_HEAD = 1_000_000
_COPIED_AT_ONCE = 1_000_000
_OWN_TRACE = re.compile(rb'\s*\{\s*"v"\s*:')
_OTHER_KINDS = (
    "not a trace file, span file or SQL log that is known: give recordings of querylens, "
    "OpenTelemetry spans (JSON of OTLP, Tempo or Jaeger), a log of PostgreSQL, MySQL, MariaDB or "
    "django.db.backends"
)
_NEWEST_FIRST = (
    "the newest lines come first: ask for the oldest first, as with gcloud logging read "
    "--order=asc or logcli query --forward"
)
#: What unpacks what begins so.
_UNPACKED_BY = {
    b"\xfd7zXZ\0": "xzcat",
    b"BZh": "bzcat",
    b"\x04\x22M\x18": "lz4cat",
    b"PK\x03\x04": "unzip -p",
}


class InputError(QueryLensError):
    """An input can't be opened. Says what to do."""


class Inputs:
    """Finds the inputs that paths stand for; `problems` are those that can't be read.

    Used as a context manager: what came through stdin or a pipe is kept on disk meanwhile.
    """

    def __init__(self) -> None:
        self.found: list[Input] = []
        self.problems: list[Problem] = []
        self._copies: list[str] = []
        #: Ctrl-C: what stdin or a pipe gave until then is all there is of it.
        self.is_interrupted = False

    def __enter__(self) -> Inputs:
        return self

    def __exit__(self, *error: object) -> None:
        for path in self._copies:
            Path(path).unlink(missing_ok=True)

    def add(self, paths: Iterable[str]) -> None:
        """Adds what the paths name, each file once, sorted by name.

        Raises `InputError` when stdin or a pipe can't be kept.
        """
        seen: set[str] = set()
        names = dict.fromkeys(paths)
        for shown, path in sorted(item for name in names for item in self._files(name)):
            if path not in seen:
                seen.add(path)
                self._add_file(_printable(shown), path)

    def _files(self, name: str) -> Iterator[tuple[str, str]]:
        if name == STDIN:
            yield "<stdin>", self._copied(sys.stdin.buffer)
        elif "://" in name:
            yield from self._remote(name)
        elif mode := _mode(name):
            yield from self._local(name, mode)
        elif glob.has_magic(name):
            found = sorted(glob.glob(name, recursive=True))  # noqa: PTH207
            if not found:
                self._problem(name, "no file has such a name: check the pattern")
            for path in found:
                yield from self._local(path, _mode(path))
        else:
            yield name, name

    def _local(self, name: str, mode: int) -> Iterator[tuple[str, str]]:
        if stat.S_ISDIR(mode):
            yield from self._folder(name)
        elif stat.S_ISFIFO(mode):
            # As `<(…)` of a shell: it can be read once, from its beginning.
            try:
                with Path(name).open("rb") as file:
                    yield name, self._copied(file)
            except OSError as error:
                self._problem(name, trouble_of(error))
        elif mode and not stat.S_ISREG(mode):
            self._problem(name, "a device or a socket is no input: give a file, a folder or -")
        else:
            yield name, os.path.realpath(name)

    def _folder(self, name: str) -> Iterator[tuple[str, str]]:
        files: list[str] = []
        for folder, folders, names in os.walk(name, onerror=self._unreadable):
            folders[:] = [each for each in folders if not each.startswith(".")]
            paths = (os.path.join(folder, each) for each in names if not each.startswith("."))  # noqa: PTH118
            files += (path for path in paths if not stat.S_ISFIFO(_mode(path)))
        if not files:
            self._problem(name, "no files in this folder: record traces into it first")
        for path in sorted(files):
            yield path, os.path.realpath(path)

    def _unreadable(self, error: OSError) -> None:
        self._problem(str(error.filename), trouble_of(error))

    def _remote(self, url: str) -> Iterator[tuple[str, str]]:
        try:
            fsspec: Any = import_module("fsspec")
        except ImportError:
            self._problem(url, "a URL needs fsspec: pip install 'querylens[cluster]'")
            return
        try:
            system, _, found = fsspec.get_fs_token_paths(url)
            paths = [
                path
                for each in found
                for path in (sorted(system.find(each)) if system.isdir(each) else [each])
            ]
        except Exception as error:  # noqa: BLE001 - each file system has errors of its own
            self._problem(url, f"cannot be read ({one_line(error)}): check the URL and its access")
            return
        if not paths:
            self._problem(url, "no file has such a name: check the pattern")
        for path in paths:
            whole = system.unstrip_protocol(path)
            yield whole, whole

    def _copied(self, file: Any) -> str:
        try:
            handle, path = tempfile.mkstemp(prefix="querylens-")
            self._copies.append(path)
            with os.fdopen(handle, "wb") as copy:
                while data := file.read1(_COPIED_AT_ONCE):
                    copy.write(data)
        except KeyboardInterrupt:
            self.is_interrupted = True
        except OSError as error:
            raise InputError(
                f"stdin or a pipe cannot be kept on disk ({error.strerror}): "
                "set TMPDIR to a folder with more room"
            ) from None
        return path

    def _add_file(self, shown: str, path: str) -> None:
        try:
            with opened(path) as file:
                magic = file.read(len(ZSTD_MAGIC))
                size = file.seek(0, os.SEEK_END)
        except Exception as error:  # noqa: BLE001 - each file system has errors of its own
            self._problem(shown, trouble_of(error))
            return
        found = Input(shown, path, size, magic.startswith((GZIP_MAGIC, ZSTD_MAGIC)))
        with Stream(found) as stream:
            head = stream.read(_MOST_OF_HEAD)
        if not head.strip():
            self._problem(shown, stream.trouble or "empty file: nothing was recorded")
        elif _OWN_TRACE.match(head):
            self.found.append(found)
        else:
            self._add_log(found, head)

    def _add_log(self, found: Input, head: bytes) -> None:
        parts = parts_in(head)
        if importer := recognised(parts.without(head) if parts else head):
            self.found.append(replace(found, importer=importer, wrapping=parts))
            return
        logs = [(frame, recognised(frame.without(head))) for frame in frames_of(head)]
        framed = [(frame, importer) for frame, importer in logs if importer]
        for frame, importer in framed:
            self.found.append(replace(found, importer=importer, wrapping=frame))
        if not framed:
            self._add_wrapped(found, head)

    def _add_wrapped(self, found: Input, head: bytes) -> None:
        """Adds a log that stands in JSON, if it is one."""
        from querylens.traces.wrapping import is_newest_first, wrappings_of

        for wrapping, log in wrappings_of(head):
            if importer := recognised(log):
                if is_newest_first(head):
                    self._problem(found.shown, _NEWEST_FIRST)
                else:
                    self.found.append(replace(found, importer=importer, wrapping=wrapping))
                return
        self._problem(found.shown, _what_it_is(head))

    def _problem(self, name: str, message: str) -> None:
        self.problems.append(Problem(_printable(name), 0, message))


def _what_it_is(head: bytes) -> str:
    """Why a file that begins so can't be read."""
    for magic, command in _UNPACKED_BY.items():
        if head.startswith(magic):
            return (
                "of compressed files only gzip and zstd are read: unpack it, "
                f"as with {command} FILE | querylens audit -"
            )
    kind = "a binary file" if b"\0" in head[:10_000] else "this"
    return f"{kind} is {_OTHER_KINDS}"


def _mode(name: str) -> int:
    """What a path is, in the bits of `stat`; 0 where there is nothing."""
    try:
        return os.stat(name).st_mode  # noqa: PTH116 - a name may be anything, NULs among it
    except (OSError, ValueError):
        return 0


def _printable(name: str) -> str:
    """A name in one line of valid text: that of a file may hold any byte."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii")
        for each in name
    )
