"""Puts together what the pieces of a log told of requests that they could not decide alone."""

from __future__ import annotations

from collections.abc import Callable

from querylens.audit.parked import Kept, opened
from querylens.audit.requests import Request
from querylens.audit.sessions import Loose, Told, begins_another, end_request, old_sessions
from querylens.sql import Fingerprint


class Joined:
    """Requests of a log's pieces, given in their order."""

    def __init__(
        self, close: Callable[[Request], None], measured: Callable[[Fingerprint, int], None]
    ) -> None:
        self._close = close
        self._measured = measured
        self._open: dict[str, Kept] = {}

    def add(self, loose: Loose) -> None:
        """What the next piece could not decide."""
        for session, (parts, is_over) in loose.heads.items():
            for part in parts:
                self._add_part(_shortened(part))
            if is_over:
                self._close_open(session)
        for session, request in loose.tails.items():
            self._close_open(session)
            self._open[session] = request
        for session in old_sessions(self._open, loose.ended_ns):
            self._close_open(session)

    def end(self) -> None:
        """Closes what is open."""
        for session in list(self._open):
            self._close_open(session)

    def _close_open(self, session: str) -> None:
        if session in self._open:
            self._close(_shortened(self._open.pop(session)))

    def _add_part(self, part: Request) -> None:
        kept = self._open.get(part.session)
        known = None if kept is None else _shortened(kept)
        if known is not None:
            self._open[part.session] = known
        if known is not None and known.unmeasured and part.duration_before_ns:
            self._measured(known.unmeasured, part.duration_before_ns)
            known.measured(part.duration_before_ns)
        if part.is_empty():
            if known is not None and part.is_ended:
                end_request(known, part.name, part.last_ns)
            return
        if known is not None and begins_another(known, _told_by(part)):
            self._close(known)
            known = None
        if known is None:
            self._open[part.session] = part
        else:
            known.join(part)


def _shortened(kept: Kept) -> Request:
    """The request itself. One that was set aside had not ended then."""
    request = opened(kept)
    if request is not kept:
        request.shorten()
    return request


def _told_by(part: Request) -> Told:
    """A part as its first statement tells of it."""
    return Told(
        part.session,
        part.began_ns,
        part.first_ends_ns,
        part.name,
        part.trace_id,
        part.first_transaction,
        part.has_read_session,
    )
