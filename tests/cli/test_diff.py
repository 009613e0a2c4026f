"""`querylens diff`: the scoreboard of two recordings, new findings, and what it exits with."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import unicodedata

import jsonschema
import pytest

from querylens.schema_commands import diff_schema
from querylens.traces import TraceWriter
from tests.cli.conftest import DEADLINE, environment
from tests.reporters.examples import HOSTILE
from tests.traces.samples import VIEW, page, recordings


@pytest.fixture
def record(tmp_path):
    """Writes traces to a folder of this name."""

    def written(name, *traces):
        with TraceWriter(tmp_path / name) as writer:
            for trace in traces:
                writer.write(trace)
        return tmp_path / name

    return written


def clean(name, count=1):
    """Queries of which none repeats."""
    trace = page(name, values=(1,))
    trace.records.clear()
    for number in range(count):
        trace.records.extend(page(name, (1,), f"SELECT a FROM t{number} WHERE b = %s").records)
    return trace


def test_demo_is_the_scoreboard_of_the_article(command, demo_recording):
    code, output, errors = command("diff", demo_recording / "before", demo_recording / "after")

    assert (code, errors) == (0, "")
    assert output.splitlines()[:6] == [
        "2 routes: 41 → 18 queries for one request of each, 4 findings gone, 0 new",
        "2 requests before, 2 requests after",
        "",
        "route       before  after  saved",
        "cache miss      25     11     14",
        "cache hit       16      7      9",
    ]
    gone = output.partition("4 gone\n")[2]
    assert re.findall(r"^  (QL\d+)  (\d) queries  (.*?)  ", gone, re.MULTILINE) == [
        ("QL101", "8", "media.StreamingOffer.service"),
        ("QL104", "8", "media.Service get"),
        ("QL201", "8", "media.StreamingOffer create"),
        ("QL302", "2", "accounts.Profile get"),
    ]


def test_demo_the_other_way_round_has_new_findings_with_place_and_fix(command, demo_recording):
    before, after = demo_recording / "after", demo_recording / "before"

    code, output, _ = command("diff", "--fail-on", "new", before, after)

    assert code == 1
    assert output.startswith("2 routes: 18 → 41 queries for one request of each, 0 findings gone, ")
    assert "\ncache hit        7     16     -9\n" in output
    assert "access    demo_app/templates/media/movie_detail.html:9\n" in output
    assert "fix: add at the end of demo_app/media/services/as_found.py:23\n    .select_related" in (
        output
    )


def test_what_run_recorded_before_and_after_a_fix_is_compared(querylens, call, project):
    run = ("run", "--quiet", "--record")
    querylens(*run, "before", "manage.py", "list_shelves", "--request")
    reading = project / "shop" / "reading.py"
    text = reading.read_text()
    reading.write_text(
        text.replace("Item.objects.order_by", 'Item.objects.select_related("shelf").order_by', 1)
    )
    querylens(*run, "after", "manage.py", "list_shelves", "--request")

    result = querylens("diff", "before", "after", "--fail-on", "new")

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("2 names: 8 → 2 queries for one trace of each, 1 finding gone")
    assert re.search(r"^GET slow/<int:pk>/ +4 +1 +3$", result.stdout, re.MULTILINE)
    assert "\x1b" not in result.stdout


def test_the_same_twice_has_nothing_new(command, demo_recording):
    both = demo_recording / "before"

    code, output, _ = command("diff", "--fail-on", "new,any", both, both)

    assert code == 0
    assert output.startswith(
        "2 routes: 41 → 41 queries for one request of each, 0 findings gone, 0 new\n"
    )
    assert "\n4 unchanged\n" in output


def test_equal_bytes_for_equal_input(command, demo_recording):
    sides = (demo_recording / "before", demo_recording / "after")

    for name in ("terminal", "json", "markdown"):
        arguments = ("diff", "--output-format", name, *sides)
        assert command(*arguments) == command(*arguments)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", 0),
        ("new", 1),
        ("n-plus-one", 1),
        ("QL101", 1),
        ("lazy-forward-relation", 1),
        ("duplicated", 0),
        ("QL3, budget", 0),
        ("budget,new", 1),
    ],
)
def test_fail_on_asks_new_findings(command, record, words, expected):
    sides = (record("before", clean("GET books/")), record("after", page("GET books/")))

    assert command("diff", "--fail-on", words, *sides)[0] == expected


def test_fail_on_does_not_ask_unchanged_and_gone_ones(command, record):
    two = [page("GET books/"), page("GET more/", sql="SELECT b FROM c WHERE d = %s")]
    sides = (record("before", *two), record("after", two[0], clean("GET more/")))

    assert command("diff", "--fail-on", "any", *sides)[0] == 0


@pytest.mark.parametrize("word", ["neww", "QL999"])
def test_unknown_word_is_one_line(command, record, word):
    side = record("side", page())

    code, output, errors = command("diff", "--fail-on", word, side, side)

    assert (code, output, errors.count("\n")) == (2, "", 1)
    assert f"no rule {word!r}" in errors


def test_one_route(command, record):
    sides = (record("before", page("GET a/")), record("after", clean("GET a/", 1)))

    assert command("diff", *sides)[1].startswith(
        "1 route: 3 → 1 queries a request, 1 finding gone, 0 new\n"
    )


def test_typical_is_the_median_and_the_worst_stands_beside_it(command, record):
    before = [clean("GET a/", count) for count in (2, 3, 9)]
    sides = (record("before", *before), record("after", clean("GET a/", 3)))

    output = command("diff", *sides)[1]

    assert re.search(r"^GET a/  3 \(worst 9\) +3 +0$", output, re.MULTILINE)


def test_routes_of_one_side_are_told_apart_and_not_compared(command, record):
    before = record("before", clean("GET a/", 5), clean("GET old/", 4))
    after = record("after", clean("GET a/", 5), clean("GET fresh/", 3))

    output = command("diff", before, after)[1]

    assert output.startswith("1 route: 5 → 5 queries a request, 0 findings gone, 0 new\n")
    assert re.search(r"^1 only before, not compared\n +4  GET old/$", output, re.MULTILINE)
    assert re.search(r"^1 only after, not compared\n +3  GET fresh/$", output, re.MULTILINE)


def test_no_route_in_both(command, record):
    sides = (record("before", clean("GET a/")), record("after", clean("GET b/")))

    assert command("diff", *sides)[1].startswith("no route in both, 0 findings gone, 0 new\n")


def test_what_was_not_recorded_again_is_not_gone(command, record):
    before = record("before", page("GET books/"), clean("GET a/"))
    after = record("after", clean("GET a/"))

    output = command("diff", before, after)[1]

    assert output.splitlines()[0].endswith(", 0 findings gone, 0 new")
    assert "\n1 not seen again, and no route of theirs was recorded\n  QL101 " in output


def test_new_finding_of_a_new_route_is_said_to_be_so(command, record):
    before = record("before", clean("GET a/"))
    after = record("after", clean("GET a/"), page("GET books/"))

    code, output, _ = command("diff", "--fail-on", "new", before, after)

    assert code == 1
    assert "note: 1 of the new findings: their route was not recorded before\n" in output


def test_finding_that_moved_to_another_line_is_unchanged(command, record, tmp_path):
    before = record("before", page("GET books/"))
    after = record("after", page("GET books/"))
    [file] = recordings(after)
    text = file.read_text()
    moved = json.loads(text)
    for place in [*moved["places"], *(statement[5] for statement in moved["statements"])]:
        place[1:3] = place[1] + 7, place[2] + 7
    file.write_text(json.dumps(moved) + "\n")

    output = command("diff", before, after)[1]

    assert ", 0 findings gone, 0 new\n" in output
    assert f"  QL101  3 queries  library.Book.author  {VIEW.file}:{VIEW.line + 7}\n" in output


def test_change_of_an_unchanged_finding_is_told(command, record):
    sides = [record(str(count), page("GET books/", values=range(count))) for count in (3, 5)]

    assert "  QL101  3 → 5 queries  library.Book.author  " in command("diff", *sides)[1]


def test_problems_are_told_and_the_rest_is_compared(command, record):
    before = record("before", page("GET books/"), clean("GET a/"))
    [file] = recordings(before)
    file.write_bytes(file.read_bytes()[:-30])

    code, output, errors = command("diff", before, record("after", page("GET books/")))

    assert code == 0
    assert errors.startswith(f"querylens: {file}:2: ")
    assert errors.count("\n") == 1
    assert output.startswith("1 route: 3 → 3 queries a request")


@pytest.mark.parametrize("side", ["BEFORE", "AFTER"])
@pytest.mark.parametrize("content", [None, b"", b"\0\1", b"text\n"])
def test_nothing_to_read_on_a_side_is_2(command, record, tmp_path, side, content):
    good, bad = record("good", page()), tmp_path / "bad"
    if content is not None:
        bad.write_bytes(content)

    code, output, errors = command("diff", *((bad, good) if side == "BEFORE" else (good, bad)))

    assert (code, output, errors.count("\n")) == (2, "", 2)
    assert f"querylens: {side}: no traces in {bad}: there is nothing to compare\n" in errors


def test_stdin_can_be_one_side(querylens, project, record):
    side = record("side", page("GET books/"))
    [file] = recordings(side)

    with file.open("rb") as stdin:
        piped = subprocess.run(
            [sys.executable, "-m", "querylens", "diff", "-", str(side)],
            cwd=project,
            env=environment(),
            stdin=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
    both = querylens("diff", "-", "-")

    assert piped.stdout.startswith("1 route: 3 → 3 queries a request")
    assert (both.returncode, both.stdout, both.stderr.count("\n")) == (2, "", 1)


def test_pattern_is_a_side(command, record, tmp_path):
    record("before-1", page("GET a/"))
    record("before-2", page("GET b/"))

    pattern = tmp_path / "before-*" / "*.jsonl"

    assert command("diff", pattern, pattern)[1].startswith("2 routes: 6 → 6 queries")


def test_a_log_has_requests_without_a_name(command, tmp_path):
    log = tmp_path / "log"
    log.write_text(
        "".join(
            f"2026-07-04 12:00:00.{number:03} UTC [7] LOG:  duration: 0.1 ms  statement: "
            f"SELECT a FROM b WHERE c = {number}\n"
            for number in range(6)
        )
    )

    code, output, errors = command("diff", log, log)

    assert (code, errors) == (0, "")
    assert output.startswith("1 route: 6 → 6 queries a request")
    assert re.search(r"^\(no name\) +6 +6 +0$", output, re.MULTILINE)


def test_a_log_and_a_recording_are_said_not_to_match(command, record, tmp_path):
    log = tmp_path / "log"
    log.write_text(
        "".join(
            f"2026-07-04 12:00:00.{number:03} UTC [7] LOG:  duration: 0.1 ms  statement: "
            f'SELECT "b"."id" FROM "b" WHERE "b"."id" = {number} LIMIT 21\n'
            for number in range(6)
        )
    )

    output = command("diff", record("before", page()), log)[1]

    assert "0 findings gone" in output
    assert "one side tells lines of code and the other does not" in " ".join(output.split())


def test_files_are_written_by_ending(command, demo_recording, tmp_path):
    files = [tmp_path / "new" / "board.json", tmp_path / "board.md"]
    options = [word for file in files for word in ("--output-file", file)]

    code, output, _ = command("diff", *options, demo_recording / "before", demo_recording / "after")

    assert code == 0
    assert output.startswith("2 routes: ")
    document = json.loads(files[0].read_text())
    jsonschema.validate(document, diff_schema())
    assert "| <code>cache hit</code> | 16 | 7 | 9 |\n" in files[1].read_text()


def test_unknown_ending_is_told_before_anything_is_read(command, tmp_path):
    code, output, errors = command("diff", "--output-file", tmp_path / "a.txt", "none", "none")

    assert (code, output, errors.count("\n")) == (2, "", 1)
    assert "its ending names no format. Use .json, .md" in errors


def test_file_that_cannot_be_written_is_one_line(command, record, tmp_path):
    side = record("side", page())
    (tmp_path / "taken.json").mkdir()
    (tmp_path / "file").write_text("")
    target = tmp_path / "file" / "a.json"

    code, _, errors = command("diff", "--output-file", target, side, side)

    assert (code, errors.count("\n")) == (2, 1)
    assert str(target) in errors


def test_json_is_as_the_schema_says(command, demo_recording):
    sides = (demo_recording / "before", demo_recording / "after")

    document = json.loads(command("diff", "--output-format", "json", *sides)[1])

    jsonschema.validate(document, diff_schema())
    routes = {each["name"]: each for each in document["routes"]}
    assert {name: each["saved"] for name, each in routes.items()} == {
        "cache miss": 14,
        "cache hit": 9,
    }
    assert [routes["cache hit"][side]["typical"] for side in ("before", "after")] == [16, 7]
    assert [routes["cache miss"][side]["typical"] for side in ("before", "after")] == [25, 11]
    assert document["summary"]["gone"] == len(document["gone"]) == 4
    assert [finding["code"] for finding in document["gone"]] == ["QL101", "QL104", "QL201", "QL302"]


@pytest.mark.parametrize("name", ["terminal", "json", "markdown"])
@pytest.mark.parametrize("is_new", [True, False])
def test_hostile_text_is_plain(command, record, name, is_new):
    odd = page(HOSTILE, sql=f"SELECT '{HOSTILE}' FROM \"{HOSTILE}\" WHERE a = %s", error=HOSTILE)
    sides = [record("before", clean(HOSTILE), page(f"GET {HOSTILE}")), record("after", odd)]

    code, output, _ = command("diff", "--output-format", name, *(sides if is_new else sides[::-1]))

    assert code == 0
    shown = output.replace("\u200b", "") if name == "markdown" else output
    assert not [
        char for char in shown if unicodedata.category(char) in ("Cc", "Cf") and char != "\n"
    ]
    if name == "markdown":
        assert "</script>" not in output
        assert "<!--" not in output.removeprefix("<!-- querylens diff -->")
    if name == "json":
        jsonschema.validate(json.loads(output), diff_schema())


def test_markdown_fits_a_comment(command, record):
    many = [page(f"GET {HOSTILE * 6}{number}/") for number in range(300)]
    sides = (record("before", clean("GET a/")), record("after", *many))

    output = command("diff", "--output-format", "markdown", *sides)[1]

    assert len(output.encode()) <= 65_000


def test_many_routes_are_not_all_listed(command, record):
    side = record("side", *(clean(f"GET {number}/") for number in range(80)))

    output = command("diff", side, side)[1]

    assert "  and 30 more that changed less\n" in output
    assert len(output.splitlines()) < 70


@pytest.mark.parametrize("columns", [80, 120])
def test_long_names_are_whole_and_numbers_fit(command, record, columns):
    name = f"GET {'api/' * 40}"
    side = record("side", clean(name), clean("GET a/"))

    lines = command("diff", side, side, columns=columns)[1].splitlines()

    assert name in lines
    assert [line for line in lines if len(line) > columns] == [name]


@pytest.mark.parametrize("columns", [80, 120])
def test_demo_fits(command, demo_recording, columns):
    sides = (demo_recording / "before", demo_recording / "after")

    lines = command("diff", *sides, columns=columns)[1].splitlines()

    assert [line for line in lines if len(line) > columns and ":" not in line] == []


def test_colour_is_for_terminals(project, demo_recording):
    sides = [str(demo_recording / side) for side in ("before", "after")]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "querylens", "diff", *sides],
        cwd=project,
        env=environment(TERM="xterm"),
        stdout=theirs,
    )
    assert process.wait(DEADLINE) == 0

    assert "\x1b[1m2 routes: 41 → 18" in os.read(ours, 20_000).decode()
