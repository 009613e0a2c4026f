"""What was worked out of stacks once, kept for the traces to come: they hold the same stacks."""

from __future__ import annotations

import itertools
from collections.abc import Sized
from typing import Any, NamedTuple

from querylens.config import Config
from querylens.declarations import Declared
from querylens.model import Cause, Place
from querylens.record import Shape
from querylens.stack import Site

_MOST = 20_000


class Seen(NamedTuple):
    """Where queries of one stack come from; `key` is equal for those that came the same way.

    `turns` tells that the loop is a function that calls itself.
    """

    call_site: Place | None
    loop: Place | None
    key: int
    turns: bool


class Remembered:
    """Places and causes that were read under one configuration.

    What an identity stands for is kept beside it, so that it can't come to mean something else.
    All is forgotten when it has grown too large: the next trace is read as the first one was.
    """

    def __init__(self) -> None:
        self.seen: dict[Any, Seen] = {}
        self.causes: dict[Any, Cause | None] = {}
        self.declared: dict[tuple[type, str], Declared | None] = {}
        self.built: dict[Any, tuple[Any, Place | None]] = {}
        self.kinds: dict[Shape, str] = {}
        self._numbers: dict[tuple[Site, ...], int] = {}
        self._next = itertools.count()

    def number(self, sites: tuple[Site, ...]) -> int:
        """One number for equal stacks: they are compared often."""
        return self._numbers.setdefault(sites, next(self._next))

    def has_room(self) -> bool:
        """Whether more may be kept."""
        kept: tuple[Sized, ...] = (
            self.seen,
            self.causes,
            self.declared,
            self.built,
            self.kinds,
            self._numbers,
        )
        return max(map(len, kept)) < _MOST


def remembered(config: Config) -> Remembered:
    """What was read under a configuration so far."""
    known = config.remembered.get(__name__)
    if not isinstance(known, Remembered) or not known.has_room():
        known = config.remembered[__name__] = Remembered()
    return known
