"""What an importer makes of a log or of spans: statements, and what it could not make any of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, Protocol

from querylens.model import Place


class Statement(NamedTuple):
    """One statement that a server, a log or a span tells of.

    `sql` is the text as it was told, values among it or not. Times are nanoseconds: `at_ns` is the
    beginning, since 1970 (UTC), 0 where it is not told. What tells requests apart, the strongest
    first: `request` (a trace id), `name` (a route or view), `session` and `transaction`.
    """

    sql: str
    at_ns: int = 0
    duration_ns: int = 0
    session: str = ""
    transaction: str = ""
    request: str = ""
    name: str = ""
    #: The values, where they are told beside the text: compared, never shown.
    params: str = ""
    #: What went wrong: an error's name or code.
    error: str = ""
    #: The project's line that sent it, where a span tells it.
    call_site: Place | None = None
    #: `log`; `plan` for auto_explain's second telling of a statement; `duration` for a line that
    #: tells how long the last statement of the session took, whose `sql` is empty; `span` for a
    #: span or a line that tells the `name` of a request, whose `sql` is empty too. A span has the
    #: `request` and the `session` of its statements, and comes before or behind them at any
    #: distance; a server's line has their `session` at most, and comes behind them.
    told_by: str = "log"
    #: Which database it was sent to, where a span tells it: compared, never shown.
    database: str = ""


class Block(NamedTuple):
    """A stretch of a file. It begins and ends between two records."""

    data: bytes
    #: The number of its first line in the file, from 1.
    line: int
    #: Where it begins, in bytes of the decompressed file.
    start: int = 0


@dataclass
class Untold:
    """What could not be read or seen; adds up over the pieces of a file."""

    #: `(line, message with the remedy)` of what could not be read.
    problems: list[tuple[int, str]] = field(default_factory=list)
    #: How often something was not to be seen: `{"spans without SQL text": 12}`.
    missed: dict[str, int] = field(default_factory=dict)

    def problem(self, line: int, message: str) -> None:
        """A line that could not be read; the rest is read on."""
        self.problems.append((line, message))

    def miss(self, what: str, count: int = 1) -> None:
        """Something that the input does not tell, in the plural."""
        self.missed[what] = self.missed.get(what, 0) + count


class Importer(Protocol):
    """Reads one format. A frozen dataclass of plain values: it is sent to other processes."""

    #: What reports call it: `PostgreSQL log`.
    name: ClassVar[str]
    #: Whether the statements of a request come in any order, from any file.
    tells_spans: ClassVar[bool]

    @property
    def vendor(self) -> str:
        """In Django's words; empty where each statement could be of another."""
        ...

    def next_record(self, data: bytes, start: int) -> int:
        """Where the first record at or after `start` begins, which is the start of a line.

        -1 when none begins in `data`. A file is split there, for blocks and for other processes.
        """
        ...

    def statements(self, blocks: Iterable[Block], untold: Untold) -> Iterator[Statement]:
        """The statements, in the order they are told. Never raises for what it reads."""
        ...
