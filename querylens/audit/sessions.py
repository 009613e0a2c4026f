"""Puts requests together from what a log tells of database sessions.

A log is read in pieces, by several processes. What a piece tells of a session up to the first
certain end of a request may belong to a request of the piece before, and what is open at its end
may go on in the next: both are handed on, and `Joined` puts them together by the same rules. So
the result doesn't depend on where a log was cut.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from querylens.audit.parked import Kept, Parked
from querylens.audit.requests import Request

_SECOND = 1_000_000_000
#: So long a pause is between requests, unless a transaction goes on over it.
PAUSE_NS = _SECOND // 10
#: When a log tells whole seconds only.
_PAUSE_IN_SECONDS_NS = _SECOND
#: So long a pause is between requests in any case, and so is a statement that ends so late.
LONGEST_PAUSE_NS = 5 * _SECOND
#: A statement that took no longer ended near the one before it if it began near that one's end.
SHORT_NS = LONGEST_PAUSE_NS - PAUSE_NS
#: Of more shapes in open requests some are parked.
_MOST_OPEN = 40_000
_MOST_OF_LARGE = 5_000


class Told(NamedTuple):
    """What a statement tells of the request that it belongs to."""

    session: str
    at_ns: int
    ends_ns: int
    name: str = ""
    trace_id: str = ""
    transaction: str = ""
    reads_session: bool = False


@dataclass
class Loose:
    """What a piece can't decide alone: the parts that sessions began with, and the open ones."""

    #: By session the parts, in order, and whether the piece tells where they end.
    heads: dict[str, tuple[list[Kept], bool]] = field(default_factory=dict)
    tails: dict[str, Kept] = field(default_factory=dict)
    #: When the last statement of the piece ended; what comes later ended later.
    ended_ns: int = 0


class Sessions:
    """Requests of one piece of a log. `close` is called with each that is complete."""

    def __init__(self, close: Callable[[Request], None], *, is_first: bool) -> None:
        self._close = close
        self._is_first = is_first
        #: By session the request that statements are added to.
        self.latest: dict[str, Request] = {}
        #: Those that are set aside, because there are too many.
        self._parked: dict[str, Parked] = {}
        #: Whether few of their statements are alike: then each has a text of its own.
        self.are_large = False
        #: What a session began with in this piece, in parts: before each another request may end.
        #: All that a part tells of its request, its first statement tells.
        self._heads: dict[str, list[Request]] = {}
        self._loose = Loose()
        self._first_ns = 0
        self._now_ns = 0

    def request_of(self, told: Told) -> Request:
        """The request that a statement belongs to: the open one of its session, or a new one."""
        return _told_to(self._found(self.known(told.session), told), told)

    def end(self, session: str, name: str = "", at_ns: int = 0) -> None:
        """The log tells that the session's request is over, and maybe its name."""
        request = self.known(session)
        if request is None:
            if self._is_unseen(session):
                self._begin_head(Request(session, name, last_ns=at_ns, is_ended=True))
            return
        if session in self._heads and name and not request.name:
            request = self._begin_head(Request(session, last_ns=request.last_ns or at_ns))
        end_request(request, name, at_ns)

    def measured_before(self, session: str, duration_ns: int) -> None:
        """A log tells how long a statement took that the piece before told."""
        if self._is_unseen(session):
            self._begin_head(Request(session, duration_before_ns=duration_ns))

    def known(self, session: str) -> Request | None:
        """The open request of a session."""
        if session in self._parked:
            self.latest[session] = self._parked.pop(session).request()
        return self.latest.get(session)

    def loose(self) -> Loose:
        """What is left at the end of the piece, without the texts of single statements."""
        self.sweep()
        loose = self._loose
        for session in list(self._heads):
            self._hand_on(session, is_over=False)
        loose.tails.update(self._parked)
        for session, request in self.latest.items():
            loose.tails[session] = self._kept(request)
        loose.ended_ns = self._now_ns
        return loose

    def _hand_on(self, session: str, *, is_over: bool) -> None:
        """What a session began with is left to who knows the piece before."""
        parts = [self._kept(part) for part in self._heads.pop(session)]
        self._loose.heads[session] = (parts, is_over)
        del self.latest[session]

    def _kept(self, request: Request) -> Kept:
        request.shorten()
        return Parked(request) if self.are_many else request

    def _found(self, request: Request | None, told: Told) -> Request:
        session = told.session
        self._first_ns = self._first_ns or told.ends_ns
        if request is None:
            made = Request(session)
            if self._may_go_on(told):
                return self._begin_head(made)
            self.latest[session] = made
            return made
        is_head = session in self._heads
        if begins_another(request, told):
            if is_head:
                self._hand_on(session, is_over=True)
            else:
                self._close_one(request)
            request = self.latest[session] = Request(session)
        elif is_head:
            tells_more = (told.name and not request.name) or (
                told.trace_id and not request.trace_id
            )
            if tells_more or told.reads_session:
                return self._begin_head(Request(session, last_ns=request.last_ns))
        return request

    def _begin_head(self, part: Request) -> Request:
        """Adds a part to what a session began with."""
        self._heads.setdefault(part.session, []).append(part)
        self.latest[part.session] = part
        return part

    def _is_unseen(self, session: str) -> bool:
        """Whether nothing was told of a session yet, but maybe in the piece before."""
        is_known = session in self.latest or session in self._loose.heads
        is_known |= session in self._parked
        return not self._is_first and not is_known

    def _may_go_on(self, told: Told) -> bool:
        """Whether a session's first request here may have begun in the piece before."""
        if self._is_first or told.session in self._loose.heads:
            return False
        return not told.ends_ns or told.ends_ns - self._first_ns <= LONGEST_PAUSE_NS

    @property
    def are_many(self) -> bool:
        """Whether it's soon time for another `sweep`."""
        return self.are_large or bool(self._parked)

    def sweep(self) -> None:
        """Closes the requests to which nothing can belong that is told from here on.

        Of one that goes on and on single statements are let go. Where many are open, those that
        are likely to be over are set aside.
        """
        self._now_ns = max((self._now_ns, *(each.last_ns for each in self.latest.values())))
        for session in old_sessions(self.latest, self._now_ns):
            if session in self._heads:
                self._hand_on(session, is_over=True)
            else:
                self._close_one(self.latest.pop(session))
        for session in old_sessions(self._parked, self._now_ns):
            self._close_one(self._parked.pop(session).request())
        for request in self.latest.values():
            request.add_up()
        most = _MOST_OF_LARGE if self.are_large else _MOST_OPEN
        if sum(len(each.sent) for each in self.latest.values()) > most:
            self._park()

    def _park(self) -> None:
        for session, request in list(self.latest.items()):
            if session not in self._heads and self._now_ns - request.last_ns > PAUSE_NS:
                self._parked[session] = Parked(self.latest.pop(session))

    def _close_one(self, request: Request) -> None:
        self._now_ns = max(self._now_ns, request.last_ns)
        self._close(request)


def end_request(request: Request, name: str, at_ns: int) -> None:
    """Nothing can follow. After so long a pause it may be another request that is named."""
    if not _is_old(request, at_ns):
        request.name = request.name or name
    request.is_ended, request.is_plain = True, False


def _is_old(request: Kept, now_ns: int) -> bool:
    """Whether nothing that ends later can belong to it."""
    return bool(request.last_ns) and now_ns - request.last_ns > LONGEST_PAUSE_NS


def old_sessions(requests: Mapping[str, Kept], now_ns: int) -> list[str]:
    """The sessions of requests to which nothing that ends later can belong."""
    return [session for session, request in requests.items() if _is_old(request, now_ns)]


def begins_another(request: Request, told: Told) -> bool:
    """Whether a statement of the same session is no more of this request."""
    if request.is_ended:
        return True
    if told.name and request.name and told.name != request.name:
        return True
    if told.trace_id and request.trace_id and told.trace_id != request.trace_id:
        return True
    if told.reads_session and request.has_read_session:
        return True
    if not (told.ends_ns and request.last_ns):
        return False
    # Far back in time is the log of another server, whose sessions have the same numbers.
    if abs(told.ends_ns - request.last_ns) > LONGEST_PAUSE_NS:
        return True
    if told.transaction and told.transaction == request.transaction:
        return False
    in_seconds = not (told.at_ns % _SECOND or request.last_began_ns % _SECOND)
    limit = _PAUSE_IN_SECONDS_NS if in_seconds else PAUSE_NS
    return told.at_ns - request.last_ns > limit


def _told_to(request: Request, told: Told) -> Request:
    request.name = request.name or told.name
    request.trace_id = request.trace_id or told.trace_id
    if not request.began_ns:
        request.began_ns = told.at_ns
        request.first_ends_ns = told.ends_ns
        request.first_transaction = told.transaction
    request.transaction = told.transaction
    request.last_began_ns = told.at_ns
    request.has_read_session |= told.reads_session
    return request
