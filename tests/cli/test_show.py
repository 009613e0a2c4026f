"""`querylens show`: which trace is shown, and what is said of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import jsonschema
import pytest

from querylens.model import Query
from querylens.parameters import RecordedParams
from querylens.record import Scope
from querylens.schema import schema_of
from querylens.schema_commands import SHOW_OBJECTS, SHOW_VERSION, show_schema
from querylens.traces import TraceWriter, read_traces
from tests.reporters.examples import HOSTILE, trace_of
from tests.traces.samples import page, recordings


@pytest.fixture
def record(tmp_path):
    """Writes traces to one file, a line each."""

    def written(*traces, **options):
        folder = tmp_path / "traces"
        with TraceWriter(folder, **options) as writer:
            for trace in traces:
                writer.write(trace, {"status": 200})
        [file] = recordings(folder)
        return file

    return written


def sent(sql, started=0, **fields):
    return Query(sql, (), "default", "sqlite", started, 200_000, **fields)


def ids(file):
    return [trace.id for trace in read_traces(file)]


def tree_of(output):
    """The lines below the heading, without their times: `  └ SELECT …`."""
    lines = output.partition("offset ms")[2].splitlines()[1:]
    return [line[21:] for line in lines]


def test_demo_page_is_a_tree(command, demo_recording):
    code, output, errors = command("show", demo_recording / "before", "worst", columns=120)

    assert (code, errors) == (0, "")
    assert output.startswith("cache miss\n25 queries (+1 transaction), 16 similar, 8 duplicated, ")
    assert "method GET, route relations-fixed/<slug:slug>/, status 200 " in " ".join(output.split())
    lines = tree_of(output)
    [lookups] = [place for place, line in enumerate(lines) if 'FROM "media_service"' in line]
    assert lines[lookups].startswith("8\N{MULTIPLICATION SIGN} SELECT ••• FROM ")
    assert lines[lookups + 1] == "8 similar, duplicated 2 times"
    places = "demo_app/media/services/relations_fixed.py"
    assert lines[lookups + 2].startswith(f"access    {places}:48  service = Service.objects.get(")
    assert lines[lookups + 3].startswith(f"loop      {places}:46  for provider in country_data")
    [user] = [place for place, line in enumerate(lines) if 'FROM "auth_user"' in line]
    assert lines[user + 1].startswith('└ SELECT ••• FROM "accounts_profile"')
    assert any(line.startswith("BEGIN") for line in lines)


def test_what_was_recorded_by_run_is_shown(querylens, project):
    querylens("run", "--record", "traces", "--quiet", "manage.py", "list_shelves")

    result = querylens("show", "traces")

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("list_shelves\n4 queries, 3 similar, ")
    lines = tree_of(result.stdout)
    assert lines[0].startswith('SELECT "shop_item"."id", ')
    assert lines[1].startswith("└ 3\N{MULTIPLICATION SIGN} SELECT ")
    assert "shop/reading.py:5" in result.stdout
    assert "\x1b" not in result.stdout


def test_rows_of_several_queries_are_below_none(command, record):
    first = sent("SELECT a FROM one")
    second = sent("SELECT a FROM two", 1_000)
    children = [sent("SELECT b FROM three", 2_000, parent=parent, row=parent) for parent in (0, 1)]

    _, output, _ = command("show", record(trace_of("t", [first, second, *children])))

    assert [line for line in tree_of(output) if "SELECT" in line] == [
        "SELECT a FROM one",
        "SELECT a FROM two",
        "2\N{MULTIPLICATION SIGN} SELECT b FROM three",
    ]


def test_rows_of_unknown_origin_are_below_none(command, record):
    children = [sent("SELECT b FROM three", 2_000, parent=parent) for parent in (0, None)]

    _, output, _ = command("show", record(trace_of("t", [sent("SELECT a FROM one"), *children])))

    assert tree_of(output)[1].startswith("2\N{MULTIPLICATION SIGN} SELECT b")


def test_rows_that_a_node_loaded_itself_are_below_the_one_before(command, record):
    first = sent("SELECT a FROM one")
    chain = [sent("SELECT b FROM parent", at, parent=at - 1) for at in (1, 2, 3)]

    _, output, _ = command("show", record(trace_of("t", [first, *chain])))

    assert tree_of(output)[:2] == [
        "SELECT a FROM one",
        "└ 3\N{MULTIPLICATION SIGN} SELECT b FROM parent",
    ]


def test_tree_of_a_thousand_levels_stays_on_the_page(command, record):
    queries = [
        sent(f"SELECT a FROM t{number}", number, parent=number - 1 if number else None)
        for number in range(1_000)
    ]

    code, output, _ = command("show", record(trace_of("t", queries)))

    assert code == 0
    assert output.count("SELECT a FROM t") == 1_000
    assert max(map(len, output.splitlines()[5:])) <= 100


def test_a_parent_that_comes_later_is_none(command, record):
    queries = [sent("SELECT a FROM one", parent=1), sent("SELECT a FROM two", parent=0)]

    _, output, _ = command("show", record(trace_of("t", queries)))

    assert tree_of(output) == ["SELECT a FROM one", "└ SELECT a FROM two"]


def test_transactions_setup_errors_and_aliases_are_said(command, record):
    queries = [
        sent("BEGIN"),
        sent("SET search_path = it", is_setup=True),
        replace(sent("INSERT INTO t (a) VALUES (1)"), error="IntegrityError", alias="replica"),
    ]

    _, output, _ = command("show", record(trace_of("t", queries)))

    assert "1 query (+1 transaction, +1 set-up), " in output
    assert tree_of(output) == [
        "BEGIN  on default",
        "SET search_path = it  on default  set-up",
        "INSERT INTO t (a) VALUES (0)  on replica  failed: IntegrityError",
    ]


def test_scopes_are_told_apart(command, record):
    queries = [sent("SELECT 1 FROM a", scope=Scope(name)) for name in ("GET one/", "GET two/")]

    _, output, _ = command("show", record(trace_of("t", queries)))

    assert re.findall(r"^in .*$", output, re.MULTILINE) == ["in GET one/", "in GET two/"]


def test_values_are_shown_where_they_were_recorded(command, record):
    file = record(page(), record_params=True)

    assert "with 1, 2\n" in command("show", file)[1]


def test_values_are_hidden_elsewhere(command, record):
    file = record(page(values=("s3cret", "s3cret-2")))

    assert "s3cret" not in command("show", file, "--sql")[1]
    assert "s3cret" not in command("show", file, "--output-format", "json")[1]


def test_sql_is_shown_in_full(command, record):
    columns = ", ".join(f'"t"."column_{number}"' for number in range(60))
    file = record(trace_of("t", [sent(f'SELECT {columns} FROM "t" WHERE "t"."id" = %s')]))

    brief, full = command("show", file)[1], command("show", file, "--sql", columns=80)[1]

    assert "column_1" not in brief
    assert all(f'"t"."column_{number}"' in full for number in range(60))
    assert "\n" + " " * 21 + 'WHERE "t"."id" = %s\n' in full


def test_gaps_are_told(command, record):
    trace = page()
    trace.gaps.append("a part of the request was not captured")

    assert "not seen: a part of the request" in command("show", record(trace))[1]


def test_a_trace_without_queries_is_shown(command, record):
    code, output, _ = command("show", record(trace_of("GET quiet/", [])))

    assert code == 0
    assert output.startswith("GET quiet/\n0 queries, ")


def test_many_are_listed_worst_first(command, record):
    traces = [page(f"GET {number}/", values=range(number)) for number in range(1, 61)]
    file = record(*traces)

    code, output, errors = command("show", file)

    assert (code, errors) == (0, "")
    assert output.startswith("60 traces, those with most queries first\n")
    names = re.findall(r"GET (\d+)/$", output, re.MULTILINE)
    assert names == [str(number) for number in range(60, 10, -1)]
    assert "and 10 more with fewer queries\n" in output
    assert output.endswith(f"see one: querylens show {file} {ids(file)[59][:8]}\n")


def test_of_equals_the_first_is_listed_first_and_worst(command, record):
    file = record(page("GET one/"), page("GET two/"), page("GET small/", values=(1,)))

    assert re.findall(r"GET (\w+)/$", command("show", file)[1], re.M) == ["one", "two", "small"]
    assert command("show", file, "worst")[1].startswith("GET one/\n")


@pytest.mark.parametrize("length", [16, 15])
def test_by_id_or_its_beginning(command, record, length):
    file = record(page("GET one/"), page("GET two/"))

    code, output, _ = command("show", file, ids(file)[1][:length])

    assert code == 0
    assert output.startswith("GET two/\n")


def test_by_line(command, record):
    file = record(page("GET one/"), page("GET two/"))

    for arguments in ([file, ":2"], [f"{file}:2"]):
        assert command("show", *arguments)[1].startswith("GET two/\n")


def test_line_that_holds_no_trace_is_one_line_with_the_nearest(command, record):
    file = record(page("GET one/"), page("GET two/"))

    code, output, errors = command("show", file, ":9")

    assert (code, output) == (2, "")
    assert errors == f"querylens: {file}: no trace on line 9. The nearest is on line 2\n"


def test_line_of_a_folder_is_refused(command, record):
    file = record(page())

    code, output, errors = command("show", file.parent, ":1")

    assert (code, output) == (2, "")
    assert "a folder has no lines" in errors


def test_unknown_id_is_one_line_with_the_nearest(command, record):
    file = record(page("GET one/"))
    [identity] = ids(file)

    code, output, errors = command("show", file, f"{identity[:5]}zz")

    assert (code, output) == (2, "")
    assert f"The nearest is {identity} (GET one/)" in errors
    assert errors.count("\n") == 1


def test_id_that_several_begin_with_is_one_line(command, tmp_path):
    file = tmp_path / "traces.jsonl"
    with TraceWriter(tmp_path / "written") as writer:
        for name in ("one", "two"):
            writer.write(page(name))
    [written] = recordings(tmp_path / "written")
    lines = [json.loads(line) for line in written.read_text().splitlines()]
    for line, identity in zip(lines, ("abc1", "abc2"), strict=True):
        line["id"] = identity
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))

    code, output, errors = command("show", file, "abc")

    assert (code, output) == (2, "")
    assert "several ids begin with 'abc': abc1 and abc2" in errors


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty file"),
        (b"# a text\n", "no querylens trace file"),
        (b"\0\1\2", "a binary file"),
        (b'{"v": 99}\n', "written by a newer querylens"),
        (b"\x1f\x8bxx", "the compressed data is cut off or damaged"),
    ],
)
def test_what_is_no_recording_is_one_line(command, tmp_path, content, words):
    file = tmp_path / "file"
    file.write_bytes(content)

    code, output, errors = command("show", file)

    assert (code, output) == (2, "")
    assert words in errors
    assert errors.startswith(f"querylens: {file}")
    assert errors.count("\n") == 1


@pytest.mark.parametrize("name", ["none", "a folder"])
def test_nothing_there_is_one_line(command, tmp_path, name):
    (tmp_path / "a folder").mkdir()

    code, output, errors = command("show", tmp_path / name)

    assert (code, output, errors.count("\n")) == (2, "", 1)


def test_half_a_last_line_is_told_and_the_rest_shown(command, record):
    file = record(page("GET one/"), page("GET two/"))
    file.write_bytes(file.read_bytes()[:-40])

    code, output, errors = command("show", file)

    assert code == 0
    assert output.startswith("GET one/\n")
    assert errors.startswith(f"querylens: {file}:2: half a last line")


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("arguments", [[], ["worst"], ["worst", "--sql"]])
def test_hostile_text_is_plain(command, record, columns, arguments):
    trace = page(HOSTILE, sql=f"SELECT '{HOSTILE}', a FROM \"{HOSTILE}\"", error=HOSTILE)
    trace.gaps.append(HOSTILE)
    trace.records[0] = replace(trace.records[0], scope=Scope(HOSTILE), alias=HOSTILE)
    file = record(trace, page(HOSTILE))

    code, output, _ = command("show", file, *arguments, columns=columns)

    assert code == 0
    assert all(char.isprintable() or char == "\n" for char in output)


def test_terminal_that_knows_ascii_only(querylens, demo_recording):
    result = querylens("show", str(demo_recording / "before"), "worst", PYTHONIOENCODING="ascii")

    assert (result.returncode, result.stderr) == (0, "")
    assert "8? SELECT" in result.stdout


@pytest.mark.parametrize("columns", [80, 120])
def test_lines_fit_but_for_paths(command, demo_recording, columns):
    for line in (1, 2):
        [file] = recordings(demo_recording / "before")
        _, output, _ = command("show", file, f":{line}", columns=columns)

        wide = [each for each in output.splitlines() if len(each) > columns]
        assert [each for each in wide if not each.startswith(str(file))] == []


def test_a_megabyte_of_sql_is_shown_at_once(command, record):
    text = "SELECT a FROM t WHERE a IN (" + ", ".join(["%s"] * 250_000) + ")"
    file = record(trace_of("t", [sent(text), sent("(" * 1_000_000)]))

    code, output, _ = command("show", file, "--sql")

    assert code == 0
    assert len(output) < 100_000


@pytest.mark.parametrize("arguments", [[], ["worst"]])
def test_json_is_as_the_schema_says(command, demo_recording, arguments):
    _, output, _ = command("show", "--output-format", "json", demo_recording / "before", *arguments)

    document = json.loads(output)
    first = "ShownTrace" if arguments else "TraceList"
    objects = {first: SHOW_OBJECTS[first], **SHOW_OBJECTS}
    jsonschema.validate(document, schema_of("show", objects, SHOW_VERSION))
    assert output.isascii()
    assert "<" not in output


def test_json_nodes_hold_every_query_once(command, demo_recording):
    _, output, _ = command("show", "--output-format", "json", demo_recording / "before", "worst")

    document = json.loads(output)
    jsonschema.validate(document, show_schema())
    nodes = document["nodes"]
    positions = [each["position"] for node in nodes for each in node["statements"]]
    assert sorted(positions) == list(range(26))
    assert sum(len(node["statements"]) for node in nodes if node["is_counted"]) == 25
    assert all(node["parent"] is None or node["parent"] < place for place, node in enumerate(nodes))
    assert any(node["parent"] is not None for node in nodes)


def test_a_value_that_was_recorded_is_not_in_the_json(command, record):
    file = record(page(values=("s3cret",)), record_params=True)
    [trace] = read_traces(file)
    assert isinstance(trace.queries[0].params, RecordedParams)

    assert "s3cret" not in command("show", file, "--output-format", "json")[1]
