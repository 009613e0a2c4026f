"""QL302: a related row fetched by a query of its own beside the relation's attribute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from querylens.model import Finding, Fix, Query, QueryGroup, RuleInfo, Trace
from querylens.rewrite.keys import attribute_instead_of_lookup
from querylens.rewrite.writes.names import snake
from querylens.rules.base import TraceRule, model_name, so_often
from querylens.rules.duplicated_query import duplicates


class RelationFetchedByQuery(TraceRule):
    """
    ## What it does
    Finds a row that is looked up by a relation's key and read through the relation's attribute
    as well, so that it is fetched twice.

    ## Why is this bad?
    The attribute keeps the row for as long as its owner lives; a lookup of one's own keeps it
    nowhere, and the next reader of the attribute asks again.

    ## Example
    ```python
    profile = Profile.objects.get(user=request.user)
    ...
    request.user.profile.theme
    ```

    Use instead:
    ```python
    profile = request.user.profile
    ...
    request.user.profile.theme
    ```
    """

    info: ClassVar[RuleInfo] = RuleInfo(
        "QL302",
        "relation-fetched-by-query",
        "warning",
        "a related row is looked up beside the attribute that keeps it",
    )

    def check(self, trace: Trace) -> Iterator[Finding]:
        for queries in duplicates(trace):
            attributes = [query for query in queries if _reads_attribute(query)]
            lookups = [query for query in queries if _looks_up(query)]
            if attributes and lookups and len(queries) >= self.threshold:
                yield self._finding(lookups[0], attributes[0], queries)

    def _finding(self, lookup: Query, attribute: Query, queries: list[Query]) -> Finding:
        others = [query for query in queries if query is not lookup]
        group = QueryGroup((lookup, *others))
        assert lookup.cause is not None
        assert attribute.cause is not None
        relation = attribute.cause.relation
        owner, _, name = relation.rpartition(".")
        message = f"{lookup.cause.model} is looked up beside {relation}, which fetches the same row"
        if group.is_sent:
            message += f": sent{so_often(group)}"
        edit = attribute_instead_of_lookup(lookup, attribute.cause)
        fix = Fix(
            "reuse_relation",
            edit.code if edit else f"{snake(model_name(owner))}.{name}",
            edit.at if edit else None,
            caveats=(
                f"The attribute is read at {attribute.call_site} too, and asks only once "
                "for one and the same object.",
            ),
        )
        return self.finding(group, message, fix, remaining=1, evidence="seen")


def _reads_attribute(query: Query) -> bool:
    cause = query.cause
    return cause is not None and cause.access == "attribute" and cause.to_one


def _looks_up(query: Query) -> bool:
    """Whether the project looks a row up; what a library looks up, nobody can write otherwise."""
    cause = query.cause
    if cause is None or cause.kind != "lookup" or cause.relation:
        return False
    return not any(fact.startswith("library: ") for fact in cause.facts)
