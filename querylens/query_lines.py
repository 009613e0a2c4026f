"""Lines of source that queries were sent from."""

from __future__ import annotations

from collections.abc import Iterable, KeysView
from dataclasses import dataclass, field

from querylens.model import Query


@dataclass(slots=True)
class QueryLines:
    """First and last line of each access, loop and queryset, by file."""

    _by_file: dict[str, set[tuple[int, int]]] = field(default_factory=dict)

    @property
    def files(self) -> KeysView[str]:
        """In the order they came first."""
        return self._by_file.keys()

    def add(self, queries: Iterable[Query]) -> None:
        """Adds where these queries were sent from."""
        # A trace has few places and many queries, and telling places by identity takes least.
        places = {
            id(place): place
            for query in queries
            for place in (query.call_site, query.loop, query.origin)
            if place is not None
        }
        for place in places.values():
            for each in (place, place.python):
                if each is not None:
                    lines = self._by_file.setdefault(each.file, set())
                    lines.add((each.line, max(each.line, each.end_line)))

    def merge(self, other: QueryLines) -> None:
        """Adds those of other queries."""
        for file, lines in other._by_file.items():
            self._by_file.setdefault(file, set()).update(lines)

    def touch(self, file: str, first: int, last: int) -> bool:
        """Whether queries were sent from any line of `first` to `last`."""
        return any(begin <= last and first <= end for begin, end in self._by_file.get(file, ()))
