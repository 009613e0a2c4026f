"""What a request and its response came to, and who is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from querylens.model import Report, Trace
from querylens.recorder import failed


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response, once the last byte is there.

    `route` is the pattern of the URL, `/` for an empty one and `(no route)` where none matched;
    `path` is what the browser asked for, hostile text. `status` is None when no response was made:
    the request was cancelled, or an exception went on to the server. `started_at` knows its time
    zone; `duration_ns` are nanoseconds, the streaming of the body among them.
    """

    trace: Trace
    report: Report
    route: str
    method: str
    path: str
    status: int | None
    started_at: datetime
    duration_ns: int
    is_streaming: bool


Subscriber = Callable[[Exchange], None]

#: Called with each exchange, in the thread or task that served it. One that raises costs itself.
subscribers: list[Subscriber] = []


def tell(exchange: Exchange) -> None:
    """Calls every subscriber; never raises."""
    for subscriber in tuple(subscribers):
        try:
            subscriber(exchange)
        except Exception:
            failed(f"subscriber {getattr(subscriber, '__qualname__', type(subscriber).__name__)}")
