"""`--traces DIR`: what was seen raises what was read, and says what was missed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import querylens
import querylens.lint
from querylens.config import Config
from querylens.lint.agreement import missed, raised
from querylens.lint.reported import report_of
from querylens.model import Cause, Place, Report, Suppressed
from querylens.traces import TraceWriter
from tests.cli.conftest import command  # noqa: F401 - a fixture
from tests.lint.handmade import LAZY, found, linted, write_project
from tests.traces.samples import AUTHOR, LOOP, VIEW, page

READ = found(
    "QL101",
    replace(VIEW, column=None, end_column=None),
    "library.Book.author is fetched for each row",
    cause=AUTHOR,
    loop=LOOP,
)


def seen(*traces):
    """What is found in traces."""
    return querylens.check(*traces, config=Config()).findings


def with_place(finding, **changes):
    return replace(finding, call_site=replace(finding.call_site, **changes))


def test_what_was_not_seen_stays_as_it_was_read():
    assert raised([READ, LAZY], []) == [READ, LAZY]
    assert raised([LAZY], seen(page(values=[1, 2, 3]))) == [LAZY]
    assert raised([READ], seen(page(values=[1]))) == [READ]


def test_what_was_seen_has_that_evidence_and_its_numbers():
    [finding] = raised([READ], seen(page(values=[1, 2, 3])))

    assert (finding.evidence, finding.count, finding.saved) == ("loop", 3, 3)
    assert finding.group.similar == 3
    assert finding.message == READ.message
    assert finding.key == READ.key


def test_lines_that_moved_since_are_the_same_finding():
    moved = with_place(READ, line=90, end_line=90)
    [finding] = raised([moved], seen(page(values=[1, 2, 3])))

    assert (finding.count, finding.call_site.line) == (3, 90)


@pytest.mark.parametrize("function", ["listing.<locals>.<listcomp>", "listing.<locals>.<dictcomp>"])
def test_a_comprehension_is_the_function_around_it(function):
    """Python 3.11 runs it in a function of its own, and source has no such function."""
    other = [with_place(finding, function=function) for finding in seen(page(values=[1, 2, 3]))]

    assert raised([READ], other)[0].count == 3
    assert list(missed([READ], other, {"shop/views.py"})) == []


def test_of_several_places_of_one_function_the_same_line_counts():
    [few] = seen(page(values=[1, 2]))
    many = with_place(seen(page(values=[1, 2, 3, 4]))[0], line=30)
    elsewhere = with_place(READ, line=99)

    assert [finding.count for finding in raised([READ, elsewhere], [few, many])] == [2, 4]
    assert [finding.count for finding in raised([READ, elsewhere], [many, few])] == [2, 4]


def test_what_was_seen_and_not_read_is_missed_once_and_by_place():
    second = with_place(seen(page(values=[1, 2]))[0], line=3, function="another")
    findings = [*seen(page(values=[1, 2, 3])), second, second]

    assert [str(item.call_site) for item in missed([], findings, {"shop/views.py"})] == [
        "shop/views.py:3",
        "shop/views.py:12",
    ]


def test_what_lies_in_files_that_were_not_linted_is_not_missed():
    findings = seen(page(values=[1, 2, 3]))
    of_log = replace(findings[0], call_site=None, route="GET /books/")

    assert list(missed([], findings, {"shop/other.py"})) == []
    assert list(missed([], [of_log], {"shop/views.py"})) == []


def test_a_comment_that_was_needed_at_run_time_is_not_needless(tmp_path):
    write_project(tmp_path)
    path = tmp_path / "shop" / "views.py"
    path.write_text(
        path.read_text().replace("names = []", "names = []  # querylens: ignore[QL101]")
    )
    config = Config(root=tmp_path)
    place = Place("shop/views.py", 5, 5, "listing")
    at_run_time = replace(seen(page(values=[1, 2]))[0], call_site=place, loop=None, origin=None)

    needless = report_of(linted(), config).remarks
    silenced = Report((), (), suppressed=(Suppressed(at_run_time, ""),))
    needed = report_of(linted(), config, seen=silenced).remarks

    assert needless == ("shop/views.py:5: querylens: ignore[QL101] suppresses nothing",)
    assert needed == ()


@pytest.fixture
def lint(tmp_path, monkeypatch, command):  # noqa: F811
    """`querylens lint --traces traces` where the recording has an N+1 and this was read."""
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    with TraceWriter(tmp_path / "traces") as writer:
        writer.write(page("GET /books/", values=[1, 2, 3]))
        writer.write(page("GET /quiet/", values=[1]))

    def run(*read, arguments=(), **more):
        monkeypatch.setattr(
            querylens.lint, "lint", lambda *_, **__: linted(*read, **more), raising=False
        )
        return command("lint", "--traces", "traces", *arguments)

    return run


def test_the_report_tells_the_counts(lint):
    code, out, err = lint(READ)

    assert (code, err) == (1, "")
    assert out.startswith("1 finding in 2 files\n")
    assert (
        "\nQL101 lazy-forward-relation  3 queries → 0  seen 3\N{MULTIPLICATION SIGN}, in a loop\n"
        in out
    )
    assert "\n  in 1 trace (GET /books/)\n" in out
    assert "not found in source" not in out


def test_the_report_tells_what_was_missed_and_it_fails_nothing(lint):
    code, out, _ = lint()

    assert code == 0
    assert out.startswith("nothing to fix in 2 files\n")
    assert (
        "note: seen, not found in source: QL101 library.Book.author is fetched for each of 3 rows "
        "at shop/views.py:12 in listing" in " ".join(out.split())
    )


def test_the_same_in_json(lint):
    _, out, _ = lint(READ, LAZY, arguments=["--output-format", "json"])

    findings = json.loads(out)["findings"]
    assert [(item["evidence"], item["count"]) for item in findings] == [("source", 0), ("loop", 3)]


def test_what_is_silenced_at_run_time_is_neither_seen_nor_missed(lint, tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.querylens]\nignore-relations = ["library.Book.author"]\n'
    )
    code, out, _ = lint(READ)

    assert code == 0
    assert "ignore-relations 'library.Book.author'" in out
    assert "not found in source" not in out


def test_what_can_not_be_read_is_a_line(lint, tmp_path):
    with (tmp_path / "traces" / "broken.jsonl").open("w") as file:
        file.write('{"querylens": 1, "broken\n')
    code, out, err = lint(READ)

    assert (code, err.count("\n")) == (1, 1)
    assert "broken.jsonl" in err
    assert "3 queries → 0" in out


def test_the_cause_decides_not_the_message():
    other = replace(READ, cause=Cause("forward", "attribute", "", "library.Book.editor"))

    assert raised([other], seen(page(values=[1, 2, 3]))) == [other]
