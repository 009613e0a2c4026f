"""Findings come back from the cache as they were, and nothing else comes back."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from querylens.lint.coding import Coder, DamagedError
from querylens.lint.results import FileResult, NotFollowed
from querylens.model import (
    Cause,
    Edit,
    Finding,
    Fix,
    GroupTotals,
    Place,
    Query,
    QueryGroup,
    RuleInfo,
    Tally,
)
from querylens.sql import Fingerprint

FILES = {"shop/views.py": "/srv/shop/views.py", "shop/x.html": "/srv/shop/x.html"}
CODER = Coder(FileResult, lambda file: FILES.get(file, ""))

texts = st.text(max_size=8) | st.just("a\ud800\n\t\x00")
counts = st.integers(-5, 2**70)
places = st.deferred(lambda: known_places | strange_places)
known_places = st.sampled_from(sorted(FILES.items())).flatmap(
    lambda item: st.builds(Place, file=st.just(item[0]), line=counts, path=st.just(item[1]))
)
strange_places = st.builds(
    Place,
    file=texts,
    line=counts,
    end_line=counts,
    function=texts,
    code=texts,
    template=texts,
    tag=texts,
    column=st.none() | counts,
    end_column=st.none() | counts,
    python=st.none() | places,
    path=st.just(""),
)
causes = st.builds(
    Cause,
    kind=st.sampled_from(["forward", "raw"]),
    access=texts,
    to_one=st.booleans(),
    fields=st.lists(texts, max_size=2).map(tuple),
    facts=st.frozensets(texts, max_size=3),
)
fixes = st.deferred(
    lambda: st.builds(
        Fix,
        kind=st.sampled_from(["select_related", "none"]),
        code=texts,
        at=st.none() | places,
        edits=st.lists(st.builds(Edit, code=texts, at=places), max_size=2).map(tuple),
        imports=st.lists(texts, max_size=2).map(tuple),
        alternatives=st.lists(fixes, max_size=1).map(tuple),
        caveats=st.lists(texts, max_size=2).map(tuple),
    )
)
groups = st.builds(
    GroupTotals,
    fingerprint=st.builds(Fingerprint, texts, texts),
    aliases=st.lists(texts, max_size=2).map(tuple),
    similar=counts,
    most_similar=counts,
    duplicated=counts,
    most_duplicated=counts,
    distinct=counts,
    duration_ns=counts,
    queries=st.just(()),
)
tallies = st.builds(
    Tally,
    traces=counts,
    queries=counts,
    saved=counts,
    duration_ns=counts,
    counts=st.lists(st.tuples(counts, counts), max_size=2).map(tuple),
    examples=st.lists(st.tuples(counts, texts, texts), max_size=2).map(tuple),
)
findings = st.builds(
    Finding,
    rule=st.builds(RuleInfo, texts, texts, st.sampled_from(["note", "warning"]), texts),
    message=texts,
    cause=st.none() | causes,
    call_site=st.none() | places,
    loop=st.none() | places,
    origin=st.none() | places,
    group=groups,
    count=counts,
    saved=counts,
    fix=fixes,
    evidence=st.sampled_from(["source", "seen"]),
    severity=st.sampled_from(["note", "error"]),
    scopes=counts,
    remaining=st.none() | counts,
    agreed_by=st.lists(texts, max_size=2).map(tuple),
    tally=st.none() | tallies,
    route=texts,
)
results = st.builds(
    FileResult,
    findings=st.lists(findings, max_size=2).map(tuple),
    problems=st.lists(texts, max_size=2).map(tuple),
    not_followed=st.lists(st.builds(NotFollowed, places, texts), max_size=2).map(tuple),
    lines=counts,
)


def there_and_back(result):
    return CODER.decode(json.loads(json.dumps(CODER.encode(result))))


def paths(result):
    return [place.path for place in every(result, Place)]


def every(value, kind):
    """Every value of a kind in a value."""
    if isinstance(value, kind):
        yield value
    if isinstance(value, (tuple, frozenset)):
        for item in value:
            yield from every(item, kind)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from every(getattr(value, name), kind)


@settings(max_examples=150, deadline=None)
@given(results)
def test_a_result_comes_back_as_it_was(result):
    found = there_and_back(result)

    assert found == result
    assert paths(found) == paths(result)
    shapes = [each.fingerprint.text for each in every(result, GroupTotals)]
    assert [each.fingerprint.text for each in every(found, GroupTotals)] == shapes


def test_a_group_of_queries_is_kept_in_numbers():
    query = Query("SELECT 1", (), "default", "sqlite", 0, 5)
    group = QueryGroup((query, query))
    (finding,) = there_and_back(
        FileResult((finding_of(group),)),
    ).findings

    assert finding.group == GroupTotals.of(group)


def finding_of(group):
    rule = RuleInfo("QL101", "lazy-forward-relation", "warning", "…")
    place = Place("shop/views.py", 3, path="/srv/shop/views.py")
    fix = Fix("select_related", '.select_related("author")', place)
    return Finding(rule, "…", None, place, place, None, group, 2, 1, fix)


def test_a_place_outside_of_the_project_gets_no_path():
    place = Place("../../etc/passwd", 1, path="/etc/passwd")
    found = there_and_back(FileResult(not_followed=(NotFollowed(place, "…"),)))

    assert paths(found) == [""]


BAD = [None, 0, -1, 1.5, True, "", "x", [], {}, [[]], ["x", "y"]]


@settings(max_examples=200, deadline=None)
@given(results, st.data())
def test_whatever_is_changed_gives_a_result_of_the_right_types_or_none(result, data):
    encoded = json.loads(json.dumps(CODER.encode(result)))
    spot = data.draw(st.sampled_from([*spots(encoded)] or [(0,)]))
    assume(encoded)
    changed = copy.deepcopy(encoded)
    *way, last = spot
    holder = changed
    for step in way:
        holder = holder[step]
    holder[last] = data.draw(st.sampled_from(BAD))
    try:
        found = CODER.decode(changed)
    except DamagedError:
        return

    assert there_and_back(found) == found
    hash(found)


def spots(data, way=()):
    """The way to each item of nested lists."""
    if isinstance(data, list):
        for number, item in enumerate(data):
            yield (*way, number)
            yield from spots(item, (*way, number))


class Ref(NamedTuple):
    module: str
    number: int


@dataclass(frozen=True)
class Node:
    """Every type that facts have and findings don't."""

    value: str | int | bool | None = None
    refs: tuple[Ref, ...] = ()
    table: Mapping[str, Node] = field(default_factory=dict)
    pairs: tuple[tuple[str, Node], ...] = ()
    line: int = 0


nodes = st.deferred(
    lambda: st.builds(
        Node,
        value=st.none() | texts | counts | st.booleans(),
        refs=st.lists(st.builds(Ref, texts, counts), max_size=2).map(tuple),
        table=st.dictionaries(texts, nodes, max_size=2),
        pairs=st.lists(st.tuples(texts, nodes), max_size=1).map(tuple),
        line=counts,
    )
)


@settings(max_examples=50, deadline=None)
@given(nodes)
def test_facts_come_back_as_they_were(node):
    found = Coder(Node).decode(json.loads(json.dumps(Coder(Node).encode(node))))

    assert found == node
    assert type(found.value) is type(node.value)
    assert all(type(ref) is Ref for ref in found.refs)


def test_fields_may_be_left_out_however_deep_they_are():
    coder = Coder(Node, without=frozenset({"line"}))
    one, two = (
        Node("x", line=line, table={"a": Node(1, line=line)}, pairs=(("b", Node(line=line)),))
        for line in (1, 2)
    )

    assert coder.encode(one) == coder.encode(two)
    assert coder.encode(one) != coder.encode(Node("y"))


def test_what_is_nested_without_end_is_damaged():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    fix: object = ["none", "", None, [], [], [], []]
    for _ in range(5_000):
        fix = ["none", "", None, [], [], [fix], []]
    coder = Coder(Fix, str)

    for data in (deep, fix):
        with pytest.raises(DamagedError):
            coder.decode(data)


def test_a_class_with_a_field_that_json_does_not_hold_is_refused_at_once():
    @dataclass
    class Wrong:
        value: complex

    with pytest.raises(TypeError, match="no way to encode"):
        Coder(Wrong, str)
