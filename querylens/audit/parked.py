"""Requests that are open and wait: packed, they take a fifth of the memory."""

from __future__ import annotations

import pickle
import zlib

from querylens.audit.requests import Request


class Parked:
    """A request that is set aside."""

    __slots__ = ("_data", "last_ns")

    def __init__(self, request: Request) -> None:
        #: When its last statement ended.
        self.last_ns = request.last_ns
        self._data = zlib.compress(pickle.dumps(request, pickle.HIGHEST_PROTOCOL), level=1)

    def request(self) -> Request:
        """The request, as it was."""
        found: Request = pickle.loads(zlib.decompress(self._data))  # noqa: S301 - packed above
        return found


#: A request, set aside or not.
Kept = Request | Parked


def opened(kept: Kept) -> Request:
    """The request itself."""
    return kept.request() if isinstance(kept, Parked) else kept
