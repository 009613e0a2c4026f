"""A cache's files: each holds lines by key, is replaced as a whole, and read only when whole."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import stat
import sys
import zlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

#: No cache writes a larger file. Bytes.
_LARGEST = 1_000_000_000
#: Older ones are of other versions and configurations, or were left half written.
_MOST_FILES = 16
_NAME = re.compile(r"[a-z]+-[0-9a-f]{16}(?:-[0-9a-f]{16})?\.lint(?:\.[0-9a-f]{16})?")
_IGNORE = "# Made by querylens.\n*\n"

_Stamp = tuple[int, int, int]


class Store:
    """One file of a cache. Whatever goes wrong with it, or without a folder, it holds nothing.

    Keys hold neither tabs nor line feeds, values no line feeds; both are ASCII. Python of another
    version, or another querylens, has files of its own.
    """

    def __init__(self, folder: Path | None, name: str, variant: str = "") -> None:
        self._file: Path | None = None
        if folder is not None:
            parts = [name, digest_of(_program()), *([digest_of(variant)] if variant else [])]
            self._file = folder / f"{'-'.join(parts)}.lint"
        self._stamp: _Stamp | None = None

    def read(self) -> dict[str, str]:
        """The lines by key, as they were written last."""
        if self._file is None:
            return {}
        try:
            data, self._stamp = _contents(self._file)
        except OSError:
            return {}
        return _lines(data)

    def read_changed(self) -> dict[str, str]:
        """What another process has written since it was read."""
        if self._file is None:
            return {}
        try:
            changed = _stamp(self._file.stat()) != self._stamp
        except OSError:
            return {}
        return self.read() if changed else {}

    def write(self, lines: Mapping[str, str]) -> None:
        """Replaces the file at once: whoever reads meanwhile reads the old one or the new one."""
        if self._file is None:
            return
        folder = self._file.parent
        temporary = self._file.with_name(f"{self._file.name}.{secrets.token_hex(8)}")
        body = "".join(f"{key}\t{value}\n" for key, value in lines.items()).encode("ascii")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _keep_out_of_git(folder)
            with temporary.open("xb") as file:
                file.write(_heading(body) + body)
            temporary.replace(self._file)
        except OSError:
            with suppress(OSError):
                temporary.unlink()
        _remove_old(folder)


class Kept:
    """Lines of a store, and those that this run adds; `save` brings both together."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.known = store.read()
        self._added: dict[str, str] = {}

    def get(self, key: str) -> str:
        """A line; empty when there is none."""
        return self._added.get(key) or self.known.get(key, "")

    def put(self, key: str, line: str) -> None:
        """Keeps a line in place of the one that was kept by this key."""
        if self.get(key) != line:
            self._added[key] = line

    @property
    def is_changed(self) -> bool:
        """Whether lines were added."""
        return bool(self._added)

    def save(self, keys: Collection[str]) -> None:
        """Writes the lines of these keys, when some were added, with those that others wrote."""
        if self._added:
            lines = self.known | self._store.read_changed() | self._added
            self._store.write({key: lines[key] for key in sorted(lines) if key in keys})


def key_of(name: str) -> str:
    """A name of any characters as a key."""
    return json.dumps(name)


def digest_of(*parts: str | bytes) -> str:
    """A short text that is another one for other parts."""
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()


@cache
def _program() -> str:
    """What decides on the answers besides the project: our own code, and the Python it runs on."""
    package = Path(__file__).parents[1]
    digest = hashlib.blake2b(sys.version.encode())
    for file in sorted(package.rglob("*.py")):
        digest.update(str(file.relative_to(package)).encode())
        with suppress(OSError):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _contents(file: Path) -> tuple[bytes, _Stamp]:
    """Raises OSError, also for what is no regular file: opening a pipe would never end."""
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as opened:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
            raise OSError("no file of a cache")
        return opened.read(), _stamp(found)


def _stamp(found: os.stat_result) -> _Stamp:
    return found.st_mtime_ns, found.st_size, found.st_ino


def _heading(body: bytes) -> bytes:
    return b"%s %08x %d\n" % (_program().encode(), zlib.crc32(body), len(body))


def _lines(data: bytes) -> dict[str, str]:
    heading, _, body = data.partition(b"\n")
    if heading + b"\n" != _heading(body):
        return {}
    try:
        lines = body.decode("ascii").split("\n")
    except UnicodeDecodeError:
        return {}
    return {key: value for key, tab, value in (line.partition("\t") for line in lines) if tab}


def _keep_out_of_git(folder: Path) -> None:
    with suppress(FileExistsError), (folder / ".gitignore").open("x", encoding="ascii") as file:
        file.write(_IGNORE)


def _remove_old(folder: Path) -> None:
    with suppress(OSError), os.scandir(folder) as entries:
        ours = [entry for entry in entries if _NAME.fullmatch(entry.name)]
        ours.sort(key=lambda entry: entry.stat(follow_symlinks=False).st_mtime_ns)
        for entry in ours[:-_MOST_FILES]:
            Path(entry.path).unlink()
