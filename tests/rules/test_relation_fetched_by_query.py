"""QL302: a row that is looked up beside the attribute that keeps it."""

from __future__ import annotations

import pytest

from querylens.rules.relation_fetched_by_query import RelationFetchedByQuery
from tests.rules.traces import asked, cause, sent, trace

READ = sent(cause("forward", "attribute", "library.Book.author", to_one=True), 1)
LOOKED_UP = asked(cause("lookup", "get", fields=("pk",)), 1, line=20)
BY_A_LIBRARY = asked(
    cause("lookup", "get", fields=("pk",), facts=["library: rest_framework"]), 1, line=20
)


@pytest.mark.parametrize(
    ("silent", "loud"),
    [
        pytest.param(READ, [*LOOKED_UP, *READ], id="the attribute alone"),
        pytest.param(LOOKED_UP * 2, [*LOOKED_UP, *READ], id="lookups alone: QL301"),
        pytest.param([*BY_A_LIBRARY, *READ], [*LOOKED_UP, *READ], id="a library looks it up"),
        pytest.param([*LOOKED_UP, *sent(READ[0].cause, 2)], [*LOOKED_UP, *READ], id="another row"),
    ],
)
def test_silent_and_loud(silent, loud):
    rule = RelationFetchedByQuery()

    assert list(rule.check(trace(*silent))) == []
    assert len(list(rule.check(trace(*loud)))) == 1
