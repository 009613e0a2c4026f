"""Duplicates are told by one trace for all with the same sequence, as trace by trace."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from querylens.audit import audit, processes
from querylens.audit.recordings import Recordings
from querylens.config import Config
from querylens.model import Cause, Place, Query, Trace
from querylens.record import Ignored
from tests.audit.conftest import text, write_recording
from tests.audit.test_alike import trace_by_trace

USER = 'SELECT "u"."name" FROM "u" WHERE "u"."id" = %s'
LOOKUP = Cause("lookup", "get", "shop.User", "", "", False, ("id",))
ATTRIBUTE = Cause("forward", "attribute", "shop.User", "shop.Book.owner", "owner", True)


def at(line):
    return Place("shop/views.py", line, line, "listing", f"line {line}", column=4, end_column=9)


#: SQL, cause and line of what a request may send.
STEPS = {
    "user": (USER, LOOKUP, 5),
    "user, elsewhere": (USER, LOOKUP, 9),
    "user, by attribute": (USER, ATTRIBUTE, 12),
    "user, for update": (f"{USER} FOR UPDATE", LOOKUP, 14),
    "tags": ('SELECT "t"."id" FROM "t" ORDER BY "t"."id"', None, 20),
    "write user": ('UPDATE "u" SET "name" = %s', None, 30),
    "write tags": ('INSERT INTO "t" ("id") VALUES (%s)', None, 31),
    "begin": ("SAVEPOINT x", None, 40),
    "user, in a loop": (USER, ATTRIBUTE, 60),
    "user, in another": (USER, LOOKUP, 61),
    "user, in a library": (USER, ATTRIBUTE, None),
    "books": ('SELECT "b"."id" FROM "b" WHERE "b"."shelf_id" = %s', None, 50),
}
LOOPS = ("books", "user, in a loop", "user, in another", "user, in a library")
QUERIES = st.lists(
    st.tuples(
        st.sampled_from(list(STEPS)),
        st.integers(0, 1),
        st.sampled_from(["request", "request", "another"]),
        st.sampled_from(["", "", "", "OperationalError"]),
        st.sampled_from([(), (), (), (Ignored(("QL301",), "on purpose"),)]),
    ),
    max_size=12,
)


def queries(name, steps):
    for number, (step, value, scope, error, ignored) in enumerate(steps):
        sql, cause, line = STEPS[step]
        yield Query(
            sql,
            # Books are asked for row by row, the others with few values.
            () if "%s" not in sql else (number if step == "books" else value,),
            "default",
            "sqlite",
            started_ns=1_000 * number,
            duration_ns=200 + 7 * number + len(name),
            cause=cause,
            call_site=line and at(line),
            scope=scope,
            error=error,
            ignored=ignored,
            # A manager is asked for no row.
            row=number if step in LOOPS and cause is not LOOKUP else None,
            stack=step if step in LOOPS else number,
        )


def trace(name, steps):
    made = Trace(name, "request")
    made.records.extend(queries(name, steps))
    return made


def told(report):
    found = {}
    for finding in (*report.findings, *(each.finding for each in report.suppressed)):
        row = (finding.count, finding.saved, finding.scopes, replace(finding.tally, examples=()))
        # Loops are told by the worst trace, whatever the scopes of their queries.
        is_of_loop = finding.rule.code.startswith("QL1")
        found[finding.key, finding.places] = finding.count if is_of_loop else row
    return found


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.sampled_from(["GET /a/", "GET /bb/"]), QUERIES), min_size=1, max_size=5),
    st.sampled_from([*[Config()] * 3, Config(select=("QL301",)), Config(third_party=True)]),
)
def test_as_trace_by_trace(tmp_path_factory, made, config):
    path = tmp_path_factory.mktemp("made") / "recorded.jsonl"
    # Twice, as the same page is asked for again and again.
    write_recording(path, *(trace(*each) for each in (*made, *made)))

    folded, plain = audit([str(path)], config).report, trace_by_trace(path, config)

    assert folded.totals == plain.folded
    assert told(folded) == told(plain)
    assert [each.reason for each in folded.suppressed] == [each.reason for each in plain.suppressed]


def step(name, value=0, scope="request", error="", ignored=()):
    return (name, value, scope, error, ignored)


@pytest.fixture
def counted(monkeypatch):
    """No trace is given to the rules by itself."""

    def checked(*_):
        raise AssertionError("the rules had to look at a trace")

    monkeypatch.setattr(Recordings, "_checked", checked)


def test_one_sequence_stands_for_all(tmp_path, counted):
    path = tmp_path / "recorded.jsonl"
    books = [step("books") for _ in range(8)]
    made = [
        trace("GET /a/", [step("user"), *books[:number], step("user, elsewhere"), step("tags")])
        for number in range(2, 8)
    ]
    write_recording(path, *made)

    report = audit([str(path)], Config()).report

    [finding] = [each for each in report.findings if each.rule.code == "QL301"]
    assert (finding.count, finding.tally.traces, finding.tally.queries) == (2, 6, 12)
    assert finding.tally.counts == ((2, 6),)
    assert len(finding.tally.examples) == 1
    assert finding.call_site == at(5)
    assert finding.fix.caveats == (
        "Keep the result of shop/views.py:5 and pass it on to shop/views.py:9.",
    )


def test_duplicates_of_what_a_loop_sends_are_explained_by_it(tmp_path, counted):
    once, loop = step("user, by attribute"), [step("user, in a loop")] * 5
    path = write_recording(
        tmp_path / "recorded.jsonl",
        trace("GET /a/", [once, *loop]),
        trace("GET /b/", [*loop, *loop, once, once]),
        trace("GET /c/", [once, once, step("write user"), *loop]),
    )

    findings = audit([str(path)], Config()).report.findings

    told = [(each.rule.code, each.count, each.tally.traces) for each in findings]
    assert told == [("QL101", 10, 3), ("QL301", 2, 1)]


def test_what_a_library_sends_explains_nothing(tmp_path, counted):
    """It is not told, so the duplicates of the project are."""
    once, library = step("user, by attribute"), [step("user, in a library")] * 5
    path = write_recording(
        tmp_path / "recorded.jsonl", trace("GET /a/", [once, *library, *library])
    )

    [finding] = audit([str(path)], Config()).report.findings

    assert (finding.rule.code, finding.count, finding.call_site) == ("QL301", 11, at(12))


def test_a_row_looked_up_beside_its_attribute_is_told_by_the_rules(tmp_path, monkeypatch):
    asked = []
    checked = Recordings._checked
    monkeypatch.setattr(
        Recordings, "_checked", lambda self, data: (asked.append(1), checked(self, data))
    )
    steps = [step("user"), *[step("user, in a loop")] * 5]
    path = write_recording(tmp_path / "recorded.jsonl", trace("GET /a/", steps))

    findings = audit([str(path)], Config()).report.findings

    assert [each.rule.code for each in findings] == ["QL302", "QL101"]
    assert asked == [1]


def test_in_any_order_and_by_several_processes(tmp_path, counted):
    sequences = (
        [step("user"), step("user")],
        [step("user"), step("write user"), step("user"), step("user", 1), step("user", 1)],
        [step("tags"), step("user"), step("tags"), step("user, by attribute")],
    )
    names = []
    for number in range(9):
        path = tmp_path / f"{number}.jsonl"
        write_recording(path, *(trace(f"GET /{number}/", each) for each in sequences))
        names.append(str(path))

    whole = text(*names)

    assert text(*reversed(names)) == whole
    with processes(2) as pool:
        assert text(*names, executor=pool, workers=2) == whole
