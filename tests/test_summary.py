"""Many reports folded into one: equal in any order and any split, and nothing kept that could grow.

The laws are tried on reports made of few values, so that places, causes and names often meet.
"""

from __future__ import annotations

import gc
import io
import os
import pickle
import subprocess
import sys
from dataclasses import fields, is_dataclass, replace
from functools import reduce
from pathlib import Path
from statistics import median_low

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import querylens
from querylens.model import (
    Cause,
    Edit,
    Finding,
    Fix,
    GroupTotals,
    Place,
    Query,
    QueryGroup,
    Report,
    RuleInfo,
    Summary,
    Suppressed,
    Tally,
    Totals,
    Trace,
    TraceTotals,
)
from querylens.sql import Fingerprint
from tests.project.library.models import Author, Book

ROOT = Path(__file__).parents[1]
LAZY = RuleInfo("QL101", "lazy-forward-relation", "warning", "a relation loaded for every row")
LOOKUP = RuleInfo("QL104", "lookup-in-loop", "warning", "one lookup for every row")
PYTHON = Place("shop/views.py", 12, 12, "listing", "order.customer", path="/srv/a/shop/views.py")
TEMPLATE = Place("shop/list.html", 3, template="shop/list.html", tag="{{ a }}", python=PYTHON)
LOOP = Place("shop/views.py", 11, 12, "listing", "for order in orders:")
CUSTOMER = Cause("forward", "get", "shop.Customer", "shop.Order.customer", "customer", to_one=True)


def query(
    sql="SELECT a FROM b WHERE c = %s", param=1, alias="default", duration_ns=5, is_setup=False
):
    return Query(sql, (param,), alias, "sqlite", 0, duration_ns, is_setup=is_setup)


def elsewhere(place):
    """The same place, seen from another checkout."""
    python = elsewhere(place.python) if place.python else None
    return replace(place, path=f"/home/b/{place.file}", python=python)


def fixes(place):
    both = st.sampled_from([place, elsewhere(place)])
    other = st.builds(Fix, st.just("prefetch_related"), st.just(".prefetch_related()"), both)
    return st.builds(
        Fix,
        st.just("select_related"),
        st.sampled_from(['.select_related("customer")', '.select_related("a")']),
        both,
        edits=st.lists(st.builds(Edit, st.just("x"), both), max_size=1).map(tuple),
        alternatives=st.lists(other, max_size=1).map(tuple),
        caveats=st.sampled_from([(), ("skips save()",)]),
    )


QUERIES = st.builds(
    query,
    st.sampled_from(["SELECT a FROM b WHERE c = %s", "SELECT d FROM b", "BEGIN"]),
    st.integers(1, 2),
    st.sampled_from(["default", "replica"]),
    st.integers(0, 3),
    st.booleans(),
)
FACTS = st.frozensets(st.sampled_from(["nullable", "attname: a", "b", "c"]), max_size=4)
CAUSES = st.none() | st.builds(replace, st.just(CUSTOMER), facts=FACTS)
PLACES = st.sampled_from([None, PYTHON, elsewhere(PYTHON), TEMPLATE, elsewhere(TEMPLATE)])
FINDINGS = st.builds(
    Finding,
    st.sampled_from([LAZY, LOOKUP, replace(LAZY, summary="said otherwise")]),
    st.sampled_from(["customer was loaded", "again"]),
    CAUSES,
    PLACES,
    st.sampled_from([None, LOOP]),
    st.sampled_from([None, LOOP, PYTHON]),
    st.lists(QUERIES, min_size=1, max_size=3).map(lambda queries: QueryGroup(tuple(queries))),
    count=st.integers(1, 3),
    saved=st.integers(0, 3),
    fix=fixes(PYTHON),
    evidence=st.sampled_from(["seen", "loop", "grows"]),
    severity=st.sampled_from(["note", "warning", "error"]),
    scopes=st.integers(1, 2),
    agreed_by=st.lists(st.sampled_from(["nplusone", "zeal"]), max_size=2).map(tuple),
)


def trace_of(name, queries, kind="test"):
    trace = Trace(name, kind)
    trace.records.extend(queries)
    return trace


TRACES = st.builds(
    trace_of,
    st.sampled_from(["test_a", "test_b", "test_c"]),
    st.lists(QUERIES, max_size=3),
    st.sampled_from(["test", "request"]),
)
SUPPRESSED = st.builds(Suppressed, FINDINGS, st.sampled_from(["", "admin only", "five rows"]))
REPORTS = st.builds(
    Report,
    st.lists(FINDINGS, max_size=3).map(tuple),
    st.lists(TRACES, max_size=2).map(tuple),
    st.lists(SUPPRESSED, max_size=2).map(tuple),
    st.lists(st.sampled_from(["one gap", "another"]), max_size=2).map(tuple),
)
MANY = st.lists(REPORTS, max_size=6)

quick = settings(deadline=None, max_examples=50)


def folded(reports):
    summary = Summary()
    for report in reports:
        summary.add(report)
    return summary


def plain(value):
    """A value in tuples of texts and numbers, with all its fields, also those not compared."""
    if isinstance(value, Fingerprint):
        return (str(value), value.text)
    if is_dataclass(value):
        return (type(value).__name__, *(plain(getattr(value, f.name)) for f in fields(value)))
    if isinstance(value, frozenset):
        return sorted(map(plain, value))
    return tuple(map(plain, value)) if isinstance(value, tuple) else value


def canonical(summary):
    """Bytes that do not tell which equal texts are one object."""
    file = io.BytesIO()
    pickler = pickle.Pickler(file)
    pickler.fast = True
    pickler.dump(plain(summary.report()))
    return file.getvalue()


def assert_equal(one, other):
    assert one == other
    assert one.report() == other.report()
    assert canonical(one) == canonical(other)


# The laws.


@quick
@given(MANY, st.data())
def test_the_order_changes_nothing(reports, data):
    shuffled = data.draw(st.permutations(reports))

    assert_equal(folded(shuffled), folded(reports))


@quick
@given(MANY, st.data())
def test_no_split_changes_anything(reports, data):
    workers = data.draw(st.lists(st.integers(0, 3), min_size=len(reports), max_size=len(reports)))
    parts = [
        folded(report for report, at in zip(reports, workers, strict=True) if at == worker)
        for worker in data.draw(st.permutations(range(4)))
    ]

    sent = [pickle.loads(pickle.dumps(part)) for part in parts]

    assert_equal(reduce(Summary.__add__, sent), folded(reports))


@quick
@given(MANY, MANY, MANY)
def test_addition_is_associative_and_commutative_and_zero_is_empty(first, second, third):
    one, two, three = folded(first), folded(second), folded(third)
    before = [canonical(summary) for summary in (one, two, three)]

    assert_equal((one + two) + three, one + (two + three))
    assert_equal(one + two, two + one)
    assert_equal(one + Summary(), one)
    assert_equal(Summary() + one, one)
    assert [canonical(summary) for summary in (one, two, three)] == before


@quick
@given(MANY)
def test_the_report_of_a_summary_is_folded_as_what_it_stands_for(reports):
    summary = folded(reports)

    assert_equal(folded([summary.report()]), summary)


@quick
@given(MANY)
def test_the_numbers_are_those_of_the_reports(reports):
    report = folded(reports).report()

    found = [finding for each in reports for finding in each.findings]
    traces = [trace for each in reports for trace in each.traces]
    assert report.totals == Totals(
        traces=len(traces),
        queries=sum(map(len, traces)),
        transactions=sum(trace.transaction_count for trace in traces),
        setup=sum(item.is_setup for trace in traces for item in trace),
        similar=sum(trace.similar_count() for trace in traces),
        duplicated=sum(trace.duplicated_count() for trace in traces),
        duration_ns=sum(trace.duration_ns for trace in traces),
    )
    assert report.query_count == sum(map(len, traces))
    assert report.saved == sum(finding.saved for finding in found)
    assert sum(finding.tally.queries for finding in report.findings) == sum(
        finding.count for finding in found
    )
    assert {finding.key for finding in report.findings} == {finding.key for finding in found}
    assert set(report.remarks) == {remark for each in reports for remark in each.remarks}


@quick
@given(st.lists(st.integers(0, 50), min_size=1))
def test_typical_is_the_lower_median(counts):
    tallies = [Tally.of_one("test", "", count, 0, 0) for count in counts]

    assert reduce(Tally.__add__, tallies).typical == median_low(counts)


# What is shown of many.


def finding(**changes):
    """One finding, the same at each call but for the changes."""
    queries = tuple(query(param=number) for number in range(8))
    found = Finding(
        LAZY,
        "customer was loaded for every order",
        replace(CUSTOMER, facts=frozenset({"nullable", "attname: customer_id"})),
        TEMPLATE,
        LOOP,
        PYTHON,
        QueryGroup(queries),
        count=8,
        saved=8,
        fix=Fix(
            "select_related",
            '.select_related("customer")',
            PYTHON,
            alternatives=(Fix("prefetch_related", '.prefetch_related("customer")', PYTHON),),
        ),
        evidence="loop",
    )
    return replace(found, **changes)


def report_of(*findings, name="test_page", **more):
    trace = trace_of(name, [item for found in findings for item in found.group.queries])
    return Report(findings, (trace,), **more)


def test_a_summary_of_nothing_is_an_empty_report():
    assert Summary().report() == Report((), (), folded=Totals())
    assert folded([Report((), ())]) == Summary()


def test_one_place_in_many_tests_is_one_finding_with_its_count():
    counts = [8, 3, 3, 12]

    [met] = (
        folded(
            report_of(finding(count=count), name=f"test_{number}")
            for number, count in enumerate(counts)
        )
        .report()
        .findings
    )

    assert (met.count, met.saved, met.scopes) == (12, 32, 4)
    assert met.tally == Tally(
        traces=4,
        queries=26,
        saved=32,
        duration_ns=4 * 8 * 5,
        counts=((3, 2), (8, 1), (12, 1)),
        examples=((12, "test_3", ""), (8, "test_0", ""), (3, "test_1", ""), (3, "test_2", "")),
    )
    assert met.tally.typical == 3


def test_one_trace_counts_once_though_it_met_a_place_for_two_causes():
    other = finding(cause=replace(CUSTOMER, facts=frozenset({"deferred"})), count=2, saved=1)

    [met] = folded([report_of(finding(), other)]).report().findings

    assert (met.count, met.saved, met.tally.traces) == (8, 9, 1)
    assert met.tally.counts == ((10, 1),)


def test_the_surest_evidence_and_the_highest_severity_stand_for_all():
    grown = finding(evidence="grows", severity="error", count=2)
    latent = finding(evidence="seen", severity="note", count=9)

    [met] = folded(map(report_of, (latent, grown, latent))).report().findings

    assert (met.evidence, met.severity, met.count) == ("grows", "error", 9)


def test_a_reason_that_was_given_stands_before_one_that_was_not():
    silenced = [
        report_of(suppressed=(Suppressed(finding(), reason),)) for reason in ("", "few rows", "")
    ]

    [item] = folded(silenced).report().suppressed

    assert item.reason == "few rows"
    assert item.finding.tally.traces == 3


def test_the_busiest_traces_are_kept_and_no_more():
    summary = folded(
        Report((), (trace_of(f"test_{number:03}", [query()] * (number % 50)),))
        for number in range(200)
    )

    assert [trace.totals.queries for trace in summary.busiest] == sorted([*range(45, 50)] * 4)[::-1]
    assert summary.busiest[0] == TraceTotals(
        "test_049", "test", Totals(1, 49, similar=49, duplicated=49, duration_ns=49 * 5)
    )


def test_what_was_read_in_source_is_folded_too():
    read = finding(group=QueryGroup(()), evidence="source", count=0, saved=0)

    [met] = folded([Report((read,), ())]).report().findings

    assert met.group == GroupTotals(Fingerprint("", ""), (), 0, 0, 0, 0, 0, 0)


NUMBERS = GroupTotals(Fingerprint("q1:1", "SELECT 1"), ("default",), 8, 8, 4, 4, 6, 900)


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": replace(LAZY, summary="said otherwise")},
        {"message": "another message"},
        {"cause": CUSTOMER},
        {"fix": Fix("none", caveats=("skips save()",))},
        {"loop": replace(LOOP, code="for order in other:")},
        {"origin": replace(PYTHON, end_line=14)},
        {"group": replace(NUMBERS, fingerprint=Fingerprint("q1:2", "SELECT 1"))},
        {"group": replace(NUMBERS, fingerprint=Fingerprint("q1:1", "SELECT 2"))},
        {"group": replace(NUMBERS, aliases=("replica",))},
        {"group": replace(NUMBERS, similar=7)},
        {"group": replace(NUMBERS, most_similar=7)},
        {"group": replace(NUMBERS, duplicated=5)},
        {"group": replace(NUMBERS, most_duplicated=5)},
        {"group": replace(NUMBERS, distinct=7)},
        {"group": replace(NUMBERS, duration_ns=901)},
    ],
    ids=lambda changes: ", ".join(changes),
)
def test_what_differs_in_one_thing_only_comes_in_one_order(changes):
    one = report_of(finding(group=NUMBERS))
    other = report_of(finding(**{"group": NUMBERS} | changes))

    assert_equal(folded([one, other]), folded([other, one]))


# What is not kept.


def reachable(value):
    """Everything that a value keeps alive, but for types, modules and functions."""
    seen, waiting = {}, [value]
    while waiting:
        item = waiting.pop()
        if id(item) not in seen and not isinstance(item, type | type(gc) | type(reachable)):
            seen[id(item)] = item
            waiting += gc.get_referents(item)
    return seen.values()


def kept_kinds(summary):
    return {type(item) for item in reachable(summary)}


def test_twenty_thousand_tests_keep_what_one_keeps():
    once, often = Summary(), Summary()
    once.add(report_of(finding(), name="test_page[0]"))

    for number in range(20_000):
        often.add(report_of(finding(), name=f"test_page[{number}]"))

    [met] = often.report().findings
    assert met.tally.traces == often.totals.traces == 20_000
    assert kept_kinds(often).isdisjoint({Query, QueryGroup, Trace, Report})
    assert kept_kinds(often) == kept_kinds(once)
    assert len(met.tally.examples) == 5
    assert len(often.busiest) == 20


def test_the_walk_over_what_is_kept_sees_queries():
    assert Query in kept_kinds(report_of(finding()))


def test_no_value_and_no_folder_of_this_machine_is_kept():
    queries = tuple(query(param="S3CRET") for _ in range(3))
    edited = Fix("in_bulk", "x", PYTHON, (Edit("y", elsewhere(TEMPLATE)),))
    secret = finding(group=QueryGroup(queries), fix=edited)

    pickled = pickle.dumps(folded([report_of(secret, suppressed=(Suppressed(secret, ""),))]))

    assert b"shop/views.py" in pickled
    for kept in (b"S3CRET", b"/srv/", b"/home/"):
        assert kept not in pickled


def test_one_finding_travels_in_less_than_eight_kilobytes():
    summary = folded(report_of(finding(), name=f"test_page[{number}]") for number in range(900))

    pickled = pickle.dumps(summary)

    assert len(pickled) < 8_000
    assert_equal(pickle.loads(pickled), summary)


# Real ones.


@pytest.mark.django_db
def test_real_captures_are_folded_and_let_go(rows):
    summaries = [Summary(), Summary()]
    for number in range(6):
        with querylens.capture(f"page {number}") as trace:
            for book in Book.objects.all():
                assert book.author.name
            for author in Author.objects.order_by("pk"):
                assert author.books.count() >= 0
        summaries[number % 2].add(querylens.check(trace))

    total = reduce(Summary.__add__, (pickle.loads(pickle.dumps(each)) for each in summaries))

    report = total.report()
    assert [(met.rule.code, met.count, met.saved) for met in report.findings] == [
        ("QL101", rows, rows * 6),
        ("QL105", rows, rows * 6),
    ]
    assert [met.tally.counts for met in report.findings] == [((rows, 6),)] * 2
    assert report.totals.traces == 6
    assert str(report).startswith(f"{(2 * rows + 2) * 6} queries, {rows * 12} of them could go")
    assert_equal(summaries[1] + summaries[0], total)
    assert kept_kinds(total).isdisjoint({Query, QueryGroup, Trace})


FOLD = """\
from itertools import combinations
from tests.test_summary import CUSTOMER, canonical, finding, folded, replace, report_of

facts = ["nullable", "attname: customer_id", "deferred", "cached", "ordered"]
causes = [replace(CUSTOMER, facts=frozenset(some)) for some in combinations(facts, 3)]
print(canonical(folded(report_of(finding(cause=cause)) for cause in causes)).hex())
"""


def test_another_process_gives_the_same_bytes():
    """Sets of texts come in another order there."""
    told = {
        subprocess.check_output(
            [sys.executable, "-c", f"import django; django.setup()\n{FOLD}"],
            env=os.environ
            | {"PYTHONHASHSEED": seed, "DJANGO_SETTINGS_MODULE": "tests.project.settings"},
            cwd=ROOT,
        )
        for seed in ("1", "2", "3")
    }

    assert len(told) == 1
