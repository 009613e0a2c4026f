"""What is in the project's files, as hashes: a file that looks unchanged is not read for it."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from querylens.lint.reading import LARGEST_FILE
from querylens.lint.store import Kept, key_of

#: A file that changed so shortly before it was read may change again without looking so: the
#: clocks of file systems tick slowly. Nanoseconds.
_TOO_FRESH = 3_000_000_000
_READABLE = " "


class Hashes:
    """Hashes of files by what they hold; of what is not to be read, why not.

    `kept` are the lines of an earlier run, and for the next: by a file's path from the root, how
    the file looked and what its hash was.
    """

    def __init__(self, kept: Kept, clock: Callable[[], int] = time.time_ns) -> None:
        self._kept = kept
        self._clock = clock
        self._looks: dict[str, str] = {}
        self._found: dict[str, str] = {}

    def of(self, path: str, shown: str) -> str:
        """The hash of a file, as it was when it was first asked for."""
        found = self._found.get(path)
        if found is None:
            found = self._found[path] = self._read(path, key_of(shown))
        return found

    def are_true(self) -> bool:
        """Whether all files look as they did when they were asked for."""
        return all(_looks(path) == looks for path, looks in self._looks.items())

    def _read(self, path: str, key: str) -> str:
        looks = self._looks[path] = _looks(path)
        if not looks.endswith(_READABLE):
            return looks
        known = self._kept.get(key)
        if known.startswith(looks):
            return known[len(looks) :]
        try:
            value = content_hash(Path(path).read_bytes())
        except OSError as error:
            return _trouble(error)
        changed = max(map(int, looks.split()[:2]))
        if changed + _TOO_FRESH < self._clock():
            self._kept.put(key, looks + value)
        return value


def _looks(path: str) -> str:
    """What changes with a file, without its being read."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError as error:
        return _trouble(error)
    if not stat.S_ISREG(found.st_mode):
        return "no file"
    if found.st_size > LARGEST_FILE:
        return f"large {found.st_size}"
    return f"{found.st_mtime_ns} {found.st_ctime_ns} {found.st_size}{_READABLE}"


def _trouble(error: OSError) -> str:
    return f"error {error.errno}"


def content_hash(data: bytes) -> str:
    """What tells one content from another."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()
