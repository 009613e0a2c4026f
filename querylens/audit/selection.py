"""Which traces an audit counts."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Selection:
    """Traces that began at `since_ns` or later (since 1970, in nanoseconds; 0 is any time), and
    whose name, with or without its method, matches one of `routes` (globs; none is any name).
    """

    since_ns: int = 0
    routes: tuple[str, ...] = ()

    def holds(self, name: str, began_ns: int) -> bool:
        """Whether a trace is counted. One whose time is not known is not `since` any."""
        if began_ns < self.since_ns:
            return False
        if not self.routes:
            return True
        path = name.partition(" ")[2]
        return any(fnmatchcase(name, glob) or fnmatchcase(path, glob) for glob in self.routes)
