"""Django's own log of SQL: written by real Django, and by hand where that writes no such thing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querylens.sql import fingerprint
from querylens.traces.importers import django_log
from querylens.traces.statements import Block, Statement, Untold

SCRIPT = Path(__file__).with_name("django_log_project.py")
ROOT = Path(__file__).parents[3]
SECOND = 1_000_000_000
#: 2024-11-22 21:00:00 UTC
AT = 1_732_309_200 * SECOND


def read(data, importer=None, line=1):
    """The statements of a file in one block, and what it does not tell."""
    importer = importer or django_log.recognise(data)
    untold = Untold()
    return list(importer.statements([Block(data, line)], untold)), untold


def one(text):
    [statement], untold = read(text.encode())
    assert untold == Untold()
    return statement


def prefixed(prefix):
    """Read with what the log's own beginning teaches: six statements of two threads."""
    others = "".join(
        prefix.replace("THREAD", str(139914743080640 + number % 2 * 512)).replace("N", str(number))
        + f"(0.001) SELECT {number}; args=(); alias=default\n"
        for number in range(6)
    )
    statements, untold = read(others.encode())
    assert untold == Untold()
    assert [told.sql for told in statements] == [f"SELECT {number}" for number in range(6)]
    return statements


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """What real Django logs under a configuration, and what each of its pages sent."""
    kept = {}

    def play(name):
        if name not in kept:
            file = tmp_path_factory.mktemp(name) / "db.sqlite3"
            result = subprocess.run(
                [sys.executable, str(SCRIPT), name, str(file)],
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                capture_output=True,
                timeout=300,
                check=False,
            )
            assert result.returncode == 0, result.stderr.decode()
            kept[name] = result.stderr, json.loads(result.stdout)
        return kept[name]

    return play


def shape(sql):
    """`2 times: INSERT …` is how `connection.queries` tells of an executemany."""
    return fingerprint(sql.removeprefix("2 times: "), "sqlite").text


def by_request(statements):
    """As the lines of a server part the statements of a log, session by session."""
    waiting = {}
    requests = []
    for told in statements:
        if told.told_by == "span":
            session = told.session if told.session in waiting else next(iter(waiting))
            sent = waiting.pop(session)
            requests.append([told.name, [shape(statement.sql) for statement in sent]])
        else:
            waiting.setdefault(told.session, []).append(told)
    assert not waiting
    return requests


CONFIGURATIONS = [
    "message",
    "verbose",
    "threads",
    "counted",
    "correlated",
    "debug_sql",
    "json",
    "json_message",
]


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_real_log_is_what_the_pages_sent(played, name):
    log, sent = played(name)

    statements, untold = read(log)

    assert untold == Untold()
    assert by_request(statements) == [
        [f"GET {path}", [shape(sql) for sql in queries]] for path, queries in sent
    ]


@pytest.mark.parametrize("name", sorted({*CONFIGURATIONS} - {"debug_sql"}))
def test_real_log_has_the_text_and_its_values(played, name):
    log, sent = played(name)

    statements, _ = read(log)

    told = [statement for statement in statements if statement.told_by == "log"]
    assert [statement.sql for statement in told] == [
        sql.removeprefix("2 times: ").strip() for _, queries in sent for sql in queries
    ]
    values = {statement.params.strip("([,])") for statement in told if "args" in statement.params}
    assert values == {f'"it\'s; args=({key}); alias=x"' for key in range(3)}


@pytest.mark.parametrize("name", ["verbose", "threads", "json", "json_message"])
def test_real_log_with_threads_has_sessions(played, name):
    log, sent = played(name)

    statements, _ = read(log)

    sessions = {told.session for told in statements}
    assert "" not in sessions
    assert {told.session for told in statements if told.sql} == sessions
    assert len(sessions) <= len(sent)


def test_real_log_with_ids_of_requests(played):
    log, _ = played("correlated")

    statements, _ = read(log)

    requests = [told.request for told in statements if told.told_by == "span"]
    assert requests == ["request-0", "request-1", "request-2"]
    assert {told.request for told in statements} == set(requests)


@pytest.mark.parametrize("name", CONFIGURATIONS)
@pytest.mark.parametrize("size", [1, 700, 5_000])
def test_real_log_is_the_same_however_it_is_cut(played, name, size):
    log, _ = played(name)
    importer = django_log.recognise(log)
    untold = Untold()

    told = list(importer.statements(blocks_of(importer, log, size), untold))

    assert (told, untold) == read(log)


def blocks_of(importer, data, size):
    start, line = 0, 1
    while start < len(data):
        end = importer.next_record(data, start + size)
        end = len(data) if end < 0 else end
        yield Block(data[start:end], line)
        line += data.count(b"\n", start, end)
        start = end


@pytest.mark.parametrize(
    "head",
    [
        pytest.param("", id="nothing"),
        pytest.param("Watching for file changes with StatReloader\n", id="server alone"),
        pytest.param('[22/Nov/2024 21:00:00] "GET / HTTP/1.1" 200 1\n', id="requests alone"),
        pytest.param("(0.001) SELECT 1", id="no args"),
        pytest.param("(0.001) spam; args=(); alias=default\n", id="no SQL"),
        pytest.param("(1) SELECT 1; args=(); alias=default\n", id="no duration"),
        pytest.param("took (0.001) to read; args=(1,)\n", id="prose"),
        pytest.param('{"message": "spam; args=(1)", "sql": "SELECT 1"}\n', id="other JSON"),
        pytest.param('{"sql": "SELECT 1", "params": [], "duration": "1"}\n', id="JSON of another"),
        pytest.param(
            "2024-11-22 LOG:  statement: INSERT INTO log VALUES "
            "('(0.001) SELECT 1; args=(); alias=default')\n",
            id="a log in a statement",
        ),
        pytest.param('{"resourceSpans": [{"args=": "(0.001) SELECT"}]}\n', id="spans"),
    ],
)
def test_other_files_are_notrecognised(head):
    assert django_log.recognise(head.encode()) is None


def test_binary_file_is_notrecognised():
    assert django_log.recognise(b"\x00\xff args=\x1f\x8b(0.001)") is None


@pytest.mark.parametrize(
    ("line", "sql", "params"),
    [
        pytest.param("SELECT 1; args=(1,); alias=default", "SELECT 1", "(1,)", id="present"),
        pytest.param("SELECT 1; args=(1,)", "SELECT 1", "(1,)", id="before 4.2"),
        pytest.param("SELECT 1; args=None; alias=default", "SELECT 1", "", id="None"),
        pytest.param("SELECT 1; args=(); alias=default", "SELECT 1", "", id="no values"),
        pytest.param("BEGIN; args=None; alias=a [async]", "BEGIN", "", id="with a word behind"),
        pytest.param("select 1;; args=(); alias=b", "select 1;", "", id="lower case"),
        pytest.param("/* a */ SELECT 1; args=(); alias=b", "/* a */ SELECT 1", "", id="comment"),
        pytest.param("(SELECT 1) UNION (SELECT 2); args=()", "(SELECT 1) UNION (SELECT 2)", ""),
        pytest.param("SELECT (0.125) + 1; args=()", "SELECT (0.125) + 1", "", id="number"),
        pytest.param("SELECT 1\n  FROM a\n; args=(1,)", "SELECT 1\n  FROM a", "(1,)", id="lines"),
        pytest.param(
            "SELECT 1; args=(Value(\n  1),); alias=default", "SELECT 1", "(Value(\n  1),)"
        ),
        pytest.param(
            "SELECT 'a; args=(1,); alias=x'; args=('a; args=(1,); alias=x',); alias=default",
            "SELECT 'a; args=(1,); alias=x'",
            "('a; args=(1,); alias=x',)",
            id="hostile value",
        ),
        pytest.param(
            r"SELECT 'it\'s; args=', 'b'; args=(1,); alias=default",
            r"SELECT 'it\'s; args=', 'b'",
            "(1,)",
            id="hostile value on MySQL",
        ),
    ],
)
def test_forms_of_a_message(line, sql, params):
    assert one(f"(0.012) {line}\n") == Statement(sql, 0, 12_000_000, params=params)


def test_lines_of_other_loggers_are_passed_over():
    log = (
        "Performing system checks...\nTraceback (most recent call last):\n"
        "(0.001) SELECT 1; args=(); alias=default\nWARNING took (0.500) too long; args=None\n"
        "Not Found: /a\n(0.001) SELECT 2; args=(); alias=default\nQuit.\n"
    )

    statements, untold = read(log.encode())

    assert [told.sql for told in statements] == ["SELECT 1", "SELECT 2"]
    assert untold == Untold()


@pytest.mark.parametrize(
    ("line", "name"),
    [
        pytest.param('[22/Nov/2024 21:00:00] "GET / HTTP/1.1" 200 1', "GET /", id="runserver"),
        pytest.param(
            '\x1b[32m[22/Nov/2024 21:00:00] "POST /a/?b=c HTTP/1.0" 302 0\x1b[0m',
            "POST /a/",
            id="colours",
        ),
        pytest.param('INFO:  127.0.0.1:5 - "GET /a HTTP/1.1" 200 OK', "GET /a", id="uvicorn"),
        pytest.param(
            '127.0.0.1 - - [22/Nov/2024:21:00:00 +0000] "GET /a HTTP/1.1" 200 1 "-" "curl"',
            "GET /a",
            id="gunicorn",
        ),
        pytest.param("GET /a HTTP/1.1 200", None, id="without quotes"),
        pytest.param('"SPAM /a HTTP/1.1" 200 1', None, id="no method"),
        pytest.param('"GET /a HTTP/1.1" spam', None, id="no status"),
        pytest.param('said "hello" and "GET /a HTTP/1.1" 200', None, id="in prose"),
    ],
)
def test_line_of_a_server(line, name):
    statements, untold = read(f"(0.001) SELECT 1; args=()\n{line}\n".encode())

    assert untold == Untold()
    assert [told.name for told in statements if told.told_by == "span"] == [name] * bool(name)


def test_line_of_a_server_inside_a_value_ends_no_request():
    hostile = "(0.001) SELECT '\n\"GET /forged HTTP/1.1\" 200 1\n'; args=(); alias=default\n"

    statements, _ = read(hostile.encode())

    assert [told.told_by for told in statements] == ["log"]


@pytest.mark.parametrize(
    ("written", "at"),
    [
        pytest.param("2024-11-22 21:00:00,123", AT + 123_000_000, id="asctime"),
        pytest.param("2024-11-22T21:00:00.123456Z", AT + 123_456_000, id="ISO"),
        pytest.param("2024-11-22 23:00:00+02:00", AT, id="zone"),
        pytest.param("[2024-11-22 19:30:00 -0130]", AT, id="zone of gunicorn"),
        pytest.param("2024/11/22 21:00:00", AT, id="slashes"),
        pytest.param("[22/Nov/2024 21:00:00]", AT, id="server"),
        pytest.param("21:00:00", 0, id="no day"),
        pytest.param("Nov 22 21:00:00 host", 0, id="no year"),
        pytest.param("99999-11-22 21:00:00", 0, id="no time at all"),
        pytest.param("DEBUG", 0, id="no time"),
    ],
)
def test_time(written, at):
    statement = one(f"{written} (0.100) SELECT 1; args=()\n")

    assert statement.at_ns == max(at - 100_000_000, 0)
    assert statement.session == ""


@pytest.mark.parametrize(
    ("prefix", "sessions"),
    [
        pytest.param("", 1, id="no prefix"),
        pytest.param("DEBUG ", 1, id="level"),
        pytest.param("2024-11-22 21:00:00,00N DEBUG ", 1, id="time"),
        pytest.param("N DEBUG ", 1, id="counter"),
        pytest.param("100N DEBUG utils:151 ", 1, id="milliseconds since the start"),
        pytest.param("DEBUG utils THREAD ", 2, id="number of the thread"),
        pytest.param("N [77:THREAD] ", 2, id="counter, process, thread"),
        pytest.param("[Thread-N (process_request_thread)] ", 6, id="name of the thread"),
        pytest.param("[DEBUG/ForkPoolWorker-N] ", 6, id="worker of Celery"),
        pytest.param("MainThread ", 1, id="main thread"),
        pytest.param("MainThread Task-N ", 6, id="task"),
        pytest.param("DEBUG,77,THREAD,utils ", 2, id="between commas"),
        pytest.param("2024-11-22 21:00:00,00N,THREAD,", 2, id="behind a time and a comma"),
    ],
)
def test_session(prefix, sessions):
    assert len({told.session for told in prefixed(prefix)}) == sessions


@pytest.mark.parametrize(
    ("prefix", "request_id"),
    [
        pytest.param(
            "[trace_id=5b8efff798038103d269b633813fc60c span_id=1 ] ",
            "5b8efff798038103d269b633813fc60c",
            id="OpenTelemetry",
        ),
        pytest.param("[trace_id=0 span_id=0] ", "", id="no trace"),
        pytest.param("[request_id=none] ", "", id="none"),
        pytest.param("correlation_id: 3f2a-11 ", "3f2a-11", id="correlation"),
        pytest.param("request 12345 ", "", id="another number"),
    ],
)
def test_request_of_a_prefix(prefix, request_id):
    assert {told.request for told in prefixed(prefix)} == {request_id}


def json_line(**told):
    record = {"message": "x", "sql": "SELECT 1", "params": [1], "alias": "a", "duration": 0.5}
    return json.dumps(record | told)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({}, {}, id="parts"),
        pytest.param({"params": None}, {"params": ""}, id="no values"),
        pytest.param({"timestamp": "2024-11-22T21:00:01Z"}, {"at_ns": AT + SECOND // 2}),
        pytest.param({"created": AT // SECOND + 1.0}, {"at_ns": AT + SECOND // 2}, id="seconds"),
        pytest.param({"ts": AT // 10**6 + 1_000}, {"at_ns": AT + SECOND // 2}, id="milliseconds"),
        pytest.param({"thread": 7, "process": 9}, {"session": "9 7"}, id="numbers"),
        pytest.param({"threadName": "Thread-1"}, {"session": "Thread-1"}, id="name"),
        pytest.param({"taskName": "Task-3"}, {"session": "Task-3"}, id="task"),
        pytest.param({"thread": 7, "taskName": None}, {"session": "7"}, id="no task"),
        pytest.param({"otelTraceID": "0"}, {}, id="no trace"),
        pytest.param({"otelTraceID": "abcdef"}, {"request": "abcdef"}, id="trace"),
        pytest.param({"request_id": None, "trace_id": "abcdef"}, {"request": "abcdef"}),
    ],
)
def test_json(told, expected):
    plain = Statement("SELECT 1", 0, SECOND // 2, params="[1]")

    assert one(json_line(**told)) == plain._replace(**expected)


@pytest.mark.parametrize("key", ["message", "msg", "event"])
def test_json_with_the_message_alone(key):
    line = json.dumps({key: "(0.500) SELECT '\n'; args=(1,); alias=default", "thread": 7})

    assert one(line) == Statement("SELECT '\n'", 0, SECOND // 2, "7", params="(1,)")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param("(0.001) SELECT 1", "without its `args`", id="cut off"),
        pytest.param(f"({'9' * 300}.000) SELECT 1; args=()", "out of range", id="duration"),
        pytest.param("(99999999.000) SELECT 1; args=()", "out of range", id="three years"),
        pytest.param("2024-13-45 21:00:00 (0.001) SELECT 1; args=()", "out of range", id="month"),
        pytest.param("1900-01-01 21:00:00 (0.001) SELECT 1; args=()", "out of range", id="1900"),
    ],
)
def test_damaged_line_is_told_and_the_rest_is_read(line, reason):
    good = "(0.001) SELECT 'good'; args=()"

    statements, untold = read(f"{good}\n{line}\n{good}\n".encode(), line=5)

    assert [told.sql for told in statements] == ["SELECT 'good'"] * 2
    [(number, message)] = untold.problems
    assert number == 6
    assert reason in message


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param('{"sql": "SELECT', "not JSON", id="cut off"),
        pytest.param('{"sql":' + "[" * 100_000, "not JSON", id="nested"),
        pytest.param(json_line(duration=float("nan")), "out of range", id="NaN"),
        pytest.param(json_line(duration=1e300), "out of range", id="duration"),
        pytest.param(json_line(created=float("inf")), "out of range", id="infinite"),
        pytest.param(json_line(created=10**300), "out of range", id="huge"),
        pytest.param(json_line(created=-1), "out of range", id="negative"),
        pytest.param('{"sql": ' + "9" * 5_000 + "}", "out of range", id="digits"),
        pytest.param(json_line(asctime="2024-13-45 21:00:00"), "out of range", id="month"),
    ],
)
def test_damaged_json_is_told_and_the_rest_is_read(line, reason):
    good = json_line()

    statements, untold = read(f"{good}\n{line}\n{good}\n".encode(), line=5)

    assert [told.sql for told in statements] == ["SELECT 1"] * 2
    [(number, message)] = untold.problems
    assert number == 6
    assert reason in message


def test_statement_whose_text_the_database_did_not_tell():
    log = b"(0.001) SELECT 1; args=()\n(0.001) None; args=(1,); alias=default\n"

    statements, untold = read(log)

    assert len(statements) == 1
    assert untold == Untold(missed={"statements without SQL text": 1})


@pytest.mark.parametrize(
    ("table", "vendor"), [("`a`", "mysql"), ('"a"', ""), ("a", ""), ("(SELECT 1)", "")]
)
def test_vendor(table, vendor):
    log = f"(0.001) BEGIN; args=None\n(0.001) SELECT 1 FROM {table}; args=()\n"

    assert django_log.recognise(log.encode()).vendor == vendor


def test_bytes_that_are_no_text():
    [statement], untold = read(b"(0.001) SELECT '\xff\0'; args=('\xff',)\n")

    assert (statement.sql, statement.params) == ("SELECT '\\xff\0'", "('\\xff',)")
    assert untold == Untold()


TEXT = django_log.DjangoLogImporter()
AS_JSON = django_log.DjangoLogImporter(is_json=True)
PIECES = [
    b"(0.001) SELECT 1",
    b"; args=",
    b"; alias=default",
    b"\n",
    b"2024-11-22 21:00:00,1 ",
    b'"GET / HTTP/1.1" 200',
    b"'",
    b"(0.",
    b'{"sql":"SELECT 1","alias":"a","duration":',
    b'{"message":"',
    b"}",
    b"1",
    b"Thread-1 77 ",
]


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=30))
def test_any_bytes(parts):
    data = b"".join(parts)
    recognised = django_log.recognise(data)

    for importer in (TEXT, AS_JSON, recognised or TEXT):
        whole = read(data, importer)
        untold = Untold()
        cut = list(importer.statements(blocks_of(importer, data, 7), untold))
        assert (cut, untold) == whole
        for statement in cut:
            "".join(filter(None, map(str, statement))).encode()


@pytest.mark.parametrize(
    "part",
    [
        b"(0.001) SELECT ",
        b"(0.001) SELECT 1\n",
        b"(0.001) SELECT 1; args=",
        b"(0.001)\n",
        b"; args='",
        b"; args=(); alias=default\n",
        b"(",
        b"(1",
        b"1",
        b'"GET ',
        b'"GET / HTTP/',
        b"21:00:00,",
        b"Thread-1-",
        b" ",
        b"'",
        b"request_id=",
        b'{"sql',
        b"{; args=\n",
    ],
)
def test_hostile_file_is_read_in_linear_time(part):
    """A megabyte that a quadratic reader would need minutes for."""
    data = part * (1_000_000 // len(part))
    django_log.recognise(data)
    good = b"\n(0.001) SELECT 'good'; args=()\n"

    statements, _ = read(good + data + good, TEXT)
    told_as_json, _ = read(data, AS_JSON)

    assert statements[0].sql == statements[-1].sql == "SELECT 'good'"
    assert told_as_json == []
