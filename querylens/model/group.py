"""What reporters say of a group, kept when its queries are let go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from querylens.model.query import Query
from querylens.model.trace import QueryGroup
from querylens.sql import Fingerprint


@dataclass(frozen=True)
class GroupTotals:
    """A group in numbers. The fingerprint is empty where no query was seen, as in source.

    `similar` and `duplicated` are how many of its queries have such a one, `most_similar` and
    `most_duplicated` the largest number that are alike. `distinct` counts sets of values, and
    is 0 where a log does not tell them.
    """

    fingerprint: Fingerprint
    aliases: tuple[str, ...]
    similar: int
    most_similar: int
    duplicated: int
    most_duplicated: int
    distinct: int
    duration_ns: int
    #: None are kept.
    queries: tuple[Query, ...] = ()

    @classmethod
    def unsent(cls) -> Self:
        """Of what was only read in source: no statement, no database, no number."""
        return cls(Fingerprint("", ""), (), 0, 0, 0, 0, 0, 0)

    @classmethod
    def of(cls, group: QueryGroup | GroupTotals) -> GroupTotals:
        """The numbers of a group."""
        if isinstance(group, GroupTotals):
            return group
        if not group.queries or not group.is_sent:
            return cls.unsent()
        return cls(
            fingerprint=group.fingerprint,
            aliases=group.aliases,
            similar=group.similar,
            most_similar=group.most_similar,
            duplicated=group.duplicated,
            most_duplicated=group.most_duplicated,
            distinct=group.distinct,
            duration_ns=group.duration_ns,
        )
