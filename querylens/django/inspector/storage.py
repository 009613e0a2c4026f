"""The folder in which the worker processes of one machine show each other their requests.

It belongs to one user and nobody else may look into it; even so no parameter values lie there.
"""

from __future__ import annotations

import os
import stat
import tempfile
import time
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from querylens.django.inspector.entries import ID, Entry
from querylens.errors import QueryLensError

MOST_REQUESTS = 200
MOST_BYTES = 32_000_000

_LONGEST_HEAD = 65_536
_LONGEST_FILE = 8_000_000
_ENDING = ".request"
_HALF_WRITTEN = ".half"
#: Seconds after which whoever was writing a file is taken for dead.
_PATIENCE = 600
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


class UnsafeFolderError(QueryLensError):
    """Somebody else could read or change the folder. Says whose it is and what to do."""


def folder_of(project: Path) -> Path:
    """Where the processes of this user that serve this project meet."""
    user = os.geteuid() if hasattr(os, "geteuid") else "user"
    digest = blake2b(os.fsencode(project), digest_size=8).hexdigest()
    return Path(tempfile.gettempdir()) / f"querylens-{user}" / digest


class SharedFolder:
    """Requests in files, one each; the oldest are removed when there are too many.

    All methods raise `UnsafeFolderError` for a folder that is not the user's alone, and `OSError`
    for one that cannot be used. It may vanish at any time: it is made again.
    """

    def __init__(
        self, path: Path, most_requests: int = MOST_REQUESTS, most_bytes: int = MOST_BYTES
    ) -> None:
        self.path = path
        self._most_requests = most_requests
        self._most_bytes = most_bytes
        #: What was read: a file never changes. None for one that is no entry.
        self._known: dict[str, Entry | None] = {}

    def put(self, entry: Entry, line: bytes) -> None:
        """Writes a whole file or none. `line` is the trace without values."""
        self._require_own()
        half = self.path / f"{entry.id}{_HALF_WRITTEN}"
        try:
            with os.fdopen(os.open(half, _WRITE, 0o600), "wb") as file:
                file.write(entry.to_line() + line)
            half.rename(self.path / f"{entry.id}{_ENDING}")
        except OSError:
            with suppress(OSError):
                half.unlink()
            raise
        self._prune()

    def entries(self) -> list[Entry]:
        """All that can be read, the newest first."""
        self._require_own()
        known = self._known
        names = self._names(_ENDING)
        self._known = {name: known[name] if name in known else self._entry(name) for name in names}
        return [entry for entry in self._known.values() if entry is not None]

    def read(self, entry_id: str) -> tuple[Entry, bytes] | None:
        """An entry and the line of its trace; None when there is none of this id any more."""
        self._require_own()
        content = self._content(f"{entry_id}{_ENDING}", _LONGEST_FILE)
        head, _, line = content.partition(b"\n")
        try:
            return Entry.from_line(head), line
        except ValueError:
            return None

    def _entry(self, name: str) -> Entry | None:
        head = self._content(name, _LONGEST_HEAD).partition(b"\n")[0]
        try:
            entry = Entry.from_line(head)
        except ValueError:
            return None
        return entry if f"{entry.id}{_ENDING}" == name else None

    def _content(self, name: str, most: int) -> bytes:
        """The file's first bytes; none for what is no file or was removed meanwhile."""
        if not ID.fullmatch(name.removesuffix(_ENDING)):
            return b""
        try:
            with os.fdopen(os.open(self.path / name, _READ), "rb") as file:
                is_file = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
                return file.read(most) if is_file else b""
        except OSError:
            return b""

    def _names(self, ending: str) -> list[str]:
        return sorted(
            (file.name for file in self.path.iterdir() if file.name.endswith(ending)),
            reverse=True,
        )

    def _prune(self) -> None:
        """Keeps the newest; other processes may be doing the same."""
        room = self._most_bytes
        for position, name in enumerate(self._names(_ENDING)):
            room -= self._size(name)
            if position >= self._most_requests or (room < 0 and position > 0):
                self._remove(name)
        for name in self._names(_HALF_WRITTEN):
            with suppress(OSError):
                if (self.path / name).lstat().st_mtime < time.time() - _PATIENCE:
                    self._remove(name)

    def _size(self, name: str) -> int:
        try:
            return (self.path / name).lstat().st_size
        except OSError:
            return 0

    def _remove(self, name: str) -> None:
        with suppress(OSError):
            (self.path / name).unlink()

    def _require_own(self) -> None:
        for folder in (self.path.parent, self.path):
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
            _require_own(folder)


def _require_own(folder: Path) -> None:
    found = folder.lstat()
    remedy = "remove it, or set TMPDIR to a folder of your own"
    if not stat.S_ISDIR(found.st_mode):
        raise UnsafeFolderError(f"{folder} is no folder but a link or file: {remedy}")
    if not hasattr(os, "geteuid"):
        return
    if found.st_uid != os.geteuid():
        raise UnsafeFolderError(f"{folder} belongs to somebody else: {remedy}")
    if found.st_mode & 0o077:
        raise UnsafeFolderError(f"{folder} is open to others: {remedy}")
