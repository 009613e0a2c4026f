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


class Hashes:
    """Hashes of files by what they hold; empty for what can't be read, or would not be.

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
        if not looks:
            return ""
        known = self._kept.get(key)
        if known.startswith(looks):
            return known[len(looks) :]
        try:
            value = content_hash(Path(path).read_bytes())
        except OSError:
            return ""
        changed = max(map(int, looks.split()[:2]))
        if changed + _TOO_FRESH < self._clock():
            self._kept.put(key, looks + value)
        return value


def _looks(path: str) -> str:
    """What changes with a file, without its being read; empty for what is not to be read."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return ""
    if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST_FILE:
        return ""
    return f"{found.st_mtime_ns} {found.st_ctime_ns} {found.st_size} "


def content_hash(data: bytes) -> str:
    """What tells one content from another."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()
