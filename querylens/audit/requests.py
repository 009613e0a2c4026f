"""A request that was put together from statements: what it sent, by the statement's shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b

from querylens.sql import Fingerprint

#: Statements of a request that are kept one by one.
_MOST_KEPT = 2_000
#: More different values of one shape are not told apart.
_MOST_VALUES = 1_000
#: Longer ones are kept by their hash.
_LONGEST_VALUE = 64


class Sent:
    """The statements of one shape in one request: their values, by hash once they are added up.

    No dataclass: requests have many of them, and a factory for each field takes longest.
    """

    __slots__ = ("_added_up", "_values", "duration_ns", "texts")

    def __init__(self) -> None:
        self.duration_ns = 0
        #: What is equal for equal text and parameters, of each statement that is not added up.
        self.texts: list[str] = []
        self._added_up = 0
        self._values: dict[str, int] = {}

    def __reduce__(self) -> tuple[Callable[..., Sent], tuple[object, ...]]:
        return _sent, (self.duration_ns, self.texts, self._added_up, self._values)

    @property
    def queries(self) -> int:
        """How many there are."""
        return self._added_up + len(self.texts)

    @property
    def is_repeated(self) -> bool:
        """Whether there is more than one."""
        return self._added_up + len(self.texts) > 1

    def shorten(self) -> None:
        """Lets go of long texts."""
        self.texts = [
            text if len(text) <= _LONGEST_VALUE else _shortened(text) for text in self.texts
        ]

    def add_up(self) -> None:
        """Lets go of texts, and keeps how often each was sent."""
        values = self._values
        for value in map(_shortened, self.texts):
            if value in values:
                values[value] += 1
            elif len(values) < _MOST_VALUES:
                values[value] = 1
        self._added_up += len(self.texts)
        self.texts.clear()

    def join(self, later: Sent) -> None:
        """Adds those of the part that follows; both are shortened."""
        self.duration_ns += later.duration_ns
        if not self._added_up and not later._added_up:
            self.texts += later.texts
            return
        self.add_up()
        later.add_up()
        self._added_up += later._added_up
        for value, count in later._values.items():
            if value in self._values or len(self._values) < _MOST_VALUES:
                self._values[value] = self._values.get(value, 0) + count

    def values(self) -> tuple[int, tuple[int, ...]]:
        """How many different values there are, and how often each was sent that came again."""
        texts = self.texts
        distinct = len(set(texts))
        if self._added_up or distinct > _MOST_VALUES:
            self.add_up()
            counts = self._values
        elif distinct == len(texts):
            return distinct, ()
        else:
            counts = Counter(texts)
        return len(counts), tuple(count for count in counts.values() if count > 1)


def _sent(duration_ns: int, texts: list[str], added_up: int, values: dict[str, int]) -> Sent:
    """What came from another process: without a dict of its fields, of which there are many."""
    sent = Sent()
    sent.duration_ns, sent.texts = duration_ns, texts
    sent._added_up, sent._values = added_up, values
    return sent


class SentByShape(dict[Fingerprint, Sent]):
    """What a request sent; a shape that it did not send is begun when it is asked for."""

    def __missing__(self, shape: Fingerprint) -> Sent:
        sent = self[shape] = Sent()
        return sent


@dataclass(slots=True)
class Request:
    """What one request sent, or the part of it that one stretch of a log tells.

    Parts are joined by `join`, in order. Times are nanoseconds since 1970; 0 is not told.
    """

    session: str
    name: str = ""
    trace_id: str = ""
    #: The transaction of its last statement, and of its first.
    transaction: str = ""
    first_transaction: str = ""
    began_ns: int = 0
    first_ends_ns: int = 0
    last_ns: int = 0
    #: When its last statement began.
    last_began_ns: int = 0
    has_read_session: bool = False
    #: Nothing can follow: the log tells the end.
    is_ended: bool = False
    #: It began at a time that is told, and the statement told last was no plan.
    is_plain: bool = False
    #: Those of its last tagged statement, with what they say of the request.
    comments: str = ""
    #: The statement that the log has not told the duration of, yet.
    unmeasured: Fingerprint | None = None
    #: A duration that was told before any statement: it belongs to the part before.
    duration_before_ns: int = 0
    #: The last statement, which a log may tell again, and who told it.
    last_sql: str = ""
    last_told_by: str = ""
    #: Shapes of which a statement may carry several rows, or a list of several values.
    carry_several: set[Fingerprint] = field(default_factory=set)
    #: Shapes of which a statement has placeholders, and no values are told.
    without_values: set[Fingerprint] = field(default_factory=set)
    #: In the order the shapes came first.
    sent: SentByShape = field(default_factory=SentByShape)

    def add(self, shape: Fingerprint, values: str, ends_ns: int, duration_ns: int) -> None:
        """One statement; `values` is equal for equal text and parameters."""
        sent = self.sent[shape]
        sent.texts.append(values)
        sent.duration_ns += duration_ns
        if ends_ns > self.last_ns:
            self.last_ns = ends_ns

    def add_up(self) -> None:
        """Lets go of single statements where they are many."""
        if sum(len(sent.texts) for sent in self.sent.values()) > _MOST_KEPT:
            for sent in self.sent.values():
                sent.add_up()

    def shorten(self) -> None:
        """Lets go of long texts too. From then on it is joined with others, and not added to."""
        self.add_up()
        for sent in self.sent.values():
            sent.shorten()

    def join(self, later: Request) -> None:
        """Adds the part that follows; both are shortened."""
        for shape, more in later.sent.items():
            self.sent[shape].join(more)
        self.name = self.name or later.name
        self.trace_id = self.trace_id or later.trace_id
        self.transaction = later.transaction
        self.began_ns = self.began_ns or later.began_ns
        self.last_ns = max(self.last_ns, later.last_ns)
        self.last_began_ns = later.last_began_ns
        self.has_read_session |= later.has_read_session
        self.carry_several |= later.carry_several
        self.without_values |= later.without_values
        self.is_ended = later.is_ended
        self.unmeasured = later.unmeasured
        self.last_sql, self.last_told_by = later.last_sql, later.last_told_by
        self.comments = later.comments
        self.add_up()

    def is_empty(self) -> bool:
        """Whether it sent nothing."""
        return not self.sent

    def measured(self, duration_ns: int) -> None:
        """The log tells how long the last statement took."""
        if self.unmeasured is not None and self.unmeasured in self.sent:
            self.sent[self.unmeasured].duration_ns += duration_ns
        self.unmeasured = None
        self.last_ns += duration_ns if self.last_ns else 0


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"\0{hashed(text)}"


def hashed(text: str) -> str:
    """A short text, equal for equal texts in every process."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
