"""The requests that this process served, with their parameter values."""

from __future__ import annotations

import threading
from collections import OrderedDict

from querylens.django.inspector.entries import Entry

MOST_REQUESTS = 100
MOST_BYTES = 16_000_000


class Memory:
    """The last requests, each with the line of its trace; the oldest go when it is full."""

    def __init__(self, most_requests: int = MOST_REQUESTS, most_bytes: int = MOST_BYTES) -> None:
        self._most_requests = most_requests
        self._most_bytes = most_bytes
        self.forget()

    def forget(self) -> None:
        """Empties it. After a fork the child has to: its parent's requests are not its own."""
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[Entry, bytes]] = OrderedDict()
        self._size = 0

    def put(self, entry: Entry, line: bytes) -> None:
        """Keeps a request. One that is too large alone is kept without its trace."""
        line = line if len(line) <= self._most_bytes else b""
        with self._lock:
            self._kept[entry.id] = (entry, line)
            self._size += len(line)
            while len(self._kept) > self._most_requests or self._size > self._most_bytes:
                _, (_, oldest) = self._kept.popitem(last=False)
                self._size -= len(oldest)

    def entries(self) -> list[Entry]:
        """All of them, in no order."""
        with self._lock:
            return [entry for entry, _ in self._kept.values()]

    def read(self, entry_id: str) -> tuple[Entry, bytes] | None:
        """A request and the line of its trace; None when it is not kept, or not any more."""
        with self._lock:
            return self._kept.get(entry_id)

    @property
    def size(self) -> int:
        """Bytes of the traces that are kept."""
        return self._size
