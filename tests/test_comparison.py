"""Two reports side by side: what is new, gone, not seen again, and what cannot be said."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import get_type_hints

import jsonschema
import pytest

from querylens.model import Cause, Place, Report, RouteTotals, Suppressed, Tally, Totals
from querylens.model.comparison import compare
from querylens.reporters.scoreboard.json import JsonScoreboard
from querylens.reporters.scoreboard.markdown import MarkdownScoreboard
from querylens.reporters.scoreboard.terminal import Scoreboard
from querylens.schema_commands import DIFF_OBJECTS, SHOW_OBJECTS, diff_schema, show_schema
from tests.reporters.examples import HOSTILE, INSERTS, LAZY, finding_of, query

MANUAL = Path(__file__).parents[1] / "docs" / "reference" / "diff-and-show-json.md"


def route(name, *counts):
    """Traces of one name that sent so many queries."""
    numbers = tuple((count, counts.count(count)) for count in sorted(set(counts)))
    return RouteTotals(name, Totals(traces=len(counts), queries=sum(counts)), numbers)


def found(name="a", count=3, *, rule=LAZY, field="author", line=1):
    """A finding that traces of this name have."""
    return finding_of(
        rule,
        [query("SELECT a FROM b WHERE c = %s", number) for number in range(count)],
        "read in a loop",
        cause=Cause("forward", "get", relation=f"library.Book.{field}"),
        call_site=Place("views.py", line, function="view"),
        tally=Tally.of_one(name, "", count, count, 0),
    )


def report(*routes, findings=(), traces=None, **fields):
    total = sum((each.totals for each in routes), Totals())
    if traces is not None:
        total = replace(total, traces=traces)
    return Report(tuple(findings), (), folded=total, routes=routes, **fields)


def test_nothing_on_either_side():
    both = compare(report(), report())

    assert (both.routes, both.new, both.gone, both.kept, both.remarks) == ((), (), (), (), ())


def test_equal_reports_have_no_change():
    same = report(route("a", 3), findings=[found()])

    both = compare(same, same)

    assert (both.new, both.gone, both.unseen, len(both.kept)) == ((), (), (), 1)
    assert [each.saved for each in both.routes] == [0]


def test_another_line_and_count_are_the_same_finding():
    both = compare(
        report(route("a", 3), findings=[found(line=1, count=3)]),
        report(route("a", 9), findings=[found(line=8, count=9)]),
    )

    assert (both.new, both.gone) == ((), ())
    assert [(kept.before.count, kept.after.count) for kept in both.kept] == [(3, 9)]


@pytest.mark.parametrize("other", [found(rule=INSERTS), found(field="editor")])
def test_another_rule_or_subject_is_another_finding(other):
    both = compare(
        report(route("a", 3), findings=[found()]), report(route("a", 3), findings=[other])
    )

    assert (both.new, both.gone) == ((other,), (found(),))


def test_gone_is_said_of_traces_that_were_recorded_again():
    before = report(route("a", 3), route("b", 3), findings=[found("a"), found("b", field="editor")])

    both = compare(before, report(route("a", 1)))

    assert both.gone == (found("a"),)
    assert both.unseen == (found("b", field="editor"),)


def test_suppressed_is_not_gone():
    silenced = Suppressed(found(), "admin only")

    both = compare(
        report(route("a", 3), findings=[found()]), report(route("a", 3), suppressed=(silenced,))
    )

    assert (both.gone, both.suppressed) == ((), (found(),))


def test_what_was_suppressed_before_is_not_new():
    silenced = Suppressed(found(), "admin only")

    both = compare(
        report(route("a", 3), suppressed=(silenced,)), report(route("a", 3), findings=[found()])
    )

    assert (both.new, len(both.kept)) == ((), 1)


def test_routes_that_changed_most_come_first_whichever_way():
    names = {"little": (5, 4), "much": (2, 9), "not": (30, 30)}

    both = compare(
        report(*(route(name, before) for name, (before, _) in names.items())),
        report(*(route(name, after) for name, (_, after) in names.items())),
    )

    assert [(each.name, each.saved) for each in both.routes] == [
        ("much", -7),
        ("little", 1),
        ("not", 0),
    ]
    assert both.typical == (37, 43)


def test_names_that_were_left_out_are_said():
    both = compare(report(route("a", 3), traces=5_000), report(route("a", 3)))

    [remark] = both.remarks
    assert remark.startswith("before: of 5,000 traces only those of the 1 names with most queries")


def test_remarks_of_both_sides_are_kept():
    both = compare(report(remarks=("one",)), report(remarks=("two",)))

    assert both.remarks == ("before: one", "after: two")


def test_markdown_leaves_out_what_does_not_fit():
    routes = [route(f"{HOSTILE * 9}{number}", 3) for number in range(50)]
    findings = [found(HOSTILE * 20, field=f"{HOSTILE * 9}{number}") for number in range(200)]
    both = compare(report(*routes), report(*routes, findings=findings))

    text = MarkdownScoreboard().render(both)

    assert len(text.encode()) <= 65_000
    assert re.search(r"\n\d[\d,]* more lines did not fit\.\n\Z", text)


def test_more_findings_than_are_shown_are_counted():
    findings = [found(field=f"field_{number}") for number in range(90)]
    both = compare(report(route("a", 3)), report(route("a", 300), findings=findings))

    text = Scoreboard(width=80, color=False).render(both)

    assert text.count("lazy-forward-relation") == 20
    assert "  and 20 more that save less\n" in text


def test_json_is_as_the_schema_says():
    both = compare(
        report(route("a", 3), route(HOSTILE, 1), findings=[found()]),
        report(route("a", 3), findings=[found(field="editor")], remarks=(HOSTILE,)),
    )

    text = JsonScoreboard().render(both)

    assert text.isascii()
    jsonschema.validate(json.loads(text), diff_schema())


@pytest.mark.parametrize("schema", [diff_schema(), show_schema()])
def test_schemas_are_schemas(schema):
    jsonschema.Draft202012Validator.check_schema(schema)


def test_the_manual_explains_every_key_in_the_order_of_the_schemas():
    text = MANUAL.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    explained = {
        name: re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", section, re.MULTILINE)
        for name, section in sections.items()
    }

    objects = DIFF_OBJECTS | SHOW_OBJECTS
    assert explained == {name: list(get_type_hints(kind)) for name, kind in objects.items()}
