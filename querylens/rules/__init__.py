"""The rules, one a module. `RULES` is the whole list, in the order of their codes."""

from __future__ import annotations

from querylens.rules.aggregate_in_loop import AggregateInLoop
from querylens.rules.base import TraceRule
from querylens.rules.deferred_field_in_loop import DeferredFieldInLoop
from querylens.rules.delete_in_loop import DeleteInLoop
from querylens.rules.duplicated_query import DuplicatedQuery
from querylens.rules.get_or_create_in_loop import GetOrCreateInLoop
from querylens.rules.insert_in_loop import InsertInLoop
from querylens.rules.lazy_forward_relation import LazyForwardRelation
from querylens.rules.lazy_generic_relation import LazyGenericRelation
from querylens.rules.lazy_related_set import LazyRelatedSet
from querylens.rules.lookup_in_loop import LookupInLoop
from querylens.rules.prefetch_per_row import PrefetchPerRow
from querylens.rules.query_defeats_prefetch import QueryDefeatsPrefetch
from querylens.rules.raw_query_in_loop import RawQueryInLoop
from querylens.rules.relation_fetched_by_query import RelationFetchedByQuery
from querylens.rules.relation_write_in_loop import RelationWriteInLoop
from querylens.rules.update_in_loop import UpdateInLoop

RULES: tuple[type[TraceRule], ...] = (
    LazyForwardRelation,
    LazyRelatedSet,
    QueryDefeatsPrefetch,
    LookupInLoop,
    AggregateInLoop,
    DeferredFieldInLoop,
    LazyGenericRelation,
    RawQueryInLoop,
    PrefetchPerRow,
    InsertInLoop,
    UpdateInLoop,
    DeleteInLoop,
    GetOrCreateInLoop,
    RelationWriteInLoop,
    DuplicatedQuery,
    RelationFetchedByQuery,
)

__all__ = ["RULES", "DuplicatedQuery", "TraceRule"]
