"""PostgreSQL's logs, written by hand: what other versions write, and what is hostile."""

from __future__ import annotations

import json
import pickle
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querylens.traces.importers import postgres_csv, postgres_json
from querylens.traces.importers.postgres import PostgresLog, recognise
from querylens.traces.statements import Block, Untold

HEAD = "2026-11-22 21:05:13.500 UTC [22825] "
AT = 1_795_381_513_500_000_000
LINE = f"{HEAD}LOG:  duration: 0.125 ms  statement: SELECT 1\n"
CSV = (
    '2026-11-22 21:05:13.500 UTC,"app","shop",22825,"[local]",6b0358f5.57a0,2,"SELECT",'
    '2026-11-22 21:04:53 UTC,3/7,0,{severity},{state},"{message}",{detail},,,,,{statement},,,"x"'
)


def csv(message="duration: 0.125 ms  statement: SELECT 1", columns=',"client backend",,0', **more):
    fields = {"severity": "LOG", "state": "00000", "detail": "", "statement": ""} | more
    return CSV.format(message=message, **fields) + columns + "\n"


def json_line(message="duration: 0.125 ms  statement: SELECT 1", **more):
    record = {"timestamp": "2026-11-22 21:05:13.500 UTC", "session_id": "6b0358f5.57a0"}
    record |= {"vxid": "3/7", "error_severity": "LOG", "message": message} | more
    return json.dumps(record, separators=(",", ":")) + "\n"


FORMS = {"stderr": LINE * 3, "csvlog": csv() * 3, "jsonlog": json_line() * 3}


def read(text, importer=None):
    data = text if isinstance(text, bytes) else text.encode()
    importer = importer or recognise(data)
    untold = Untold()
    return list(importer.statements([Block(data, 1)], untold)), untold


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\0\xff\x1f\x8b" * 100, id="binary"),
        pytest.param(b"(0.001) SELECT 1; args=(); alias=default\n", id="Django"),
        pytest.param(b"2026-11-22T21:05:13.500Z\t12 Query\tSELECT 1\n", id="MySQL general log"),
        pytest.param(b"# Time: 2026-11-22T21:05:13\n# Query_time: 0.1\nSELECT 1;\n", id="slow log"),
        pytest.param(b'{"resourceSpans": []}\n', id="spans"),
        pytest.param(b'{"timestamp":"2026-11-22","level":"ERROR"}\n', id="JSON of another"),
        pytest.param(b"2026-11-22 21:05:13 UTC ERROR:  it failed\n", id="log of another"),
        pytest.param(b"ERROR:  relation x does not exist\nLINE 1: SELECT\n", id="psql"),
        pytest.param(b"import x\n# LOG:  statement: SELECT 1\n" + b"pass\n" * 9, id="quoted"),
        pytest.param(b"2026-11-22 21:05:13.500 UTC,1,2,3\n", id="CSV of another"),
        pytest.param(
            b'{"log":"2026-11-22 21:05:13 UTC [7] LOG:  statement: SELECT 1\\n","x":"y"}\n',
            id="in JSON",
        ),
    ],
)
def test_other_files_are_notrecognised(head):
    assert recognise(head) is None


@pytest.mark.parametrize(
    "line",
    [
        "LOG:  duration: 0.1 ms  parse <unnamed>: SELECT 2",
        "LOG:  duration: 0.1 ms  bind p1/c1: SELECT 2",
        "LOG:  duration: 0.1 ms  execute fetch from p1/c1: SELECT 2",
        "LOG:  execute fetch from p1/c1: SELECT 2",
        'LOG:  duration: 0.1 ms  fastpath function call: "x" (OID 1)',
        "LOG:  checkpoint complete: statement: SELECT 2",
        "LOG:  process 7 still waiting for ShareLock\n" + HEAD + "STATEMENT:  SELECT 2",
        "WARNING:  statement: SELECT 2\n" + HEAD + "STATEMENT:  SELECT 2",
        "FATAL:  the database system is starting up",
        "ERROR:  no statement is told\n" + HEAD + "HINT:  none",
        "LOG:  ",
        "PROTOKOLL:  automatic vacuum",
    ],
)
def test_other_messages_are_passed_over(line):
    statements, untold = read(f"{LINE}{HEAD}{line}\n{LINE}")

    assert [told.sql for told in statements] == ["SELECT 1"] * 2
    assert untold == Untold()


def test_a_statement_has_its_beginning():
    [told], _ = read(LINE)

    assert told.sql == "SELECT 1"
    assert (told.at_ns, told.duration_ns) == (AT - 125_000, 125_000)
    assert (told.session, told.transaction, told.told_by) == ("22825", "", "log")


@pytest.mark.parametrize("word", ["parameters", "Parameters"])
def test_values(word):
    """PostgreSQL 16 begins them with a capital letter."""
    text = LINE + f"{HEAD}LOG:  execute a/b: SELECT $1\n{HEAD}DETAIL:  {word}: $1 = 'a\n\t\tb'\n"
    in_csv = csv("execute a/b: SELECT $1", detail=f"\"{word}: $1 = 'a\n\tb'\"")
    in_json = json_line("execute a/b: SELECT $1", detail=f"{word}: $1 = 'a\n\tb'")

    for one in (text, in_csv, in_json):
        told = read(one)[0][-1]
        assert (told.sql, told.params) == ("SELECT $1", "$1 = 'a\n\tb'")


def test_values_of_another_message_are_none_of_a_statement():
    statements, _ = read(f"{LINE}{HEAD}LOG:  x\n{HEAD}DETAIL:  parameters: $1 = '1'\n{LINE}")

    assert [told.params for told in statements] == ["", ""]


def test_values_in_a_plan_are_none_of_its_statement():
    plan = "LOG:  duration: 0.1 ms  plan:\n\tQuery Text: SELECT $1\n\t  , 2\n"
    plan += "\tQuery Parameters: $1 = '5'\n\tResult  (cost=0.00..0.01 rows=1 width=4)\n"
    [_, told], _ = read(f"{LINE}{HEAD}{plan}")

    assert (told.sql, told.told_by) == ("SELECT $1\n  , 2", "plan")


def test_a_plan_without_its_statement_is_told():
    statements, untold = read(f"{LINE}{HEAD}LOG:  duration: 0.1 ms  plan:\n\tQuery Text: SELE\n")

    assert len(statements) == 1
    assert untold.missed == {"explained plans without the text of their statement": 1}


@pytest.mark.parametrize("columns", ["", ',"client backend"', ',"client backend",,0'])
def test_columns_of_all_versions(columns):
    [told], untold = read(csv(columns=columns))

    assert (told.sql, told.session, told.transaction) == ("SELECT 1", "6b0358f5.57a0", "3/7")
    assert untold == Untold()


@pytest.mark.parametrize("form", FORMS)
def test_errors(form):
    text = {
        "stderr": f"{LINE}{HEAD}ERROR:  22012: division by zero\n{HEAD}STATEMENT:  SELECT\n\t1/0\n",
        "csvlog": csv("x", severity="FEHLER", state="22012", statement='"SELECT\n1/0"'),
        "jsonlog": json_line(
            "x", error_severity="ERROR", state_code="22012", statement="SELECT\n1/0"
        ),
    }[form]
    told = read(text)[0][-1]

    assert (told.sql, told.error, told.duration_ns, told.at_ns) == ("SELECT\n1/0", "22012", 0, AT)


def test_time_when_a_line_came_is_none_of_a_session():
    """As `aws logs tail` puts it before each line, together with the stream's name."""
    came = "2026-11-22T21:05:{second:02}+00:00 shop.0 "
    sent = "2026-11-22 21:05:{second:02} UTC:10.0.0.1(4{process}):app@shop:[{process}]:"
    text = "".join(
        (came + sent).format(second=second, process=process) + "LOG:  statement: SELECT 1\n"
        for second in range(10, 20)
        for process in (7, 8)
    )

    statements, untold = read(text)

    assert {told.session for told in statements} == {"7", "8"}
    assert untold.problems == []


def wrapped(**record):
    outer = {"level": "info", "ts": 1.5, "logger": "postgres", "msg": "record"}
    record |= {"log_time": "2026-11-22 21:05:13.500 UTC", "session_id": "6b0358f5.57a0"}
    first = {"log_time": record.pop("log_time")}
    return json.dumps(outer | {"record": first | record}, separators=(",", ":")) + "\n"


def test_records_in_the_log_of_cloudnative_pg():
    """It has the names of csvlog's columns, and lines of its own."""
    own = json.dumps({"level": "info", "ts": 1.5, "msg": "Readiness probe failing"}) + "\n"
    message = "duration: 0.125 ms  execute a/b: SELECT $1"
    statement = wrapped(
        virtual_transaction_id="3/7",
        error_severity="LOG",
        message=message,
        detail="parameters: $1 = '1'",
    )
    error = wrapped(error_severity="ERROR", sql_state_code="22012", message="x", query="SELECT 1/0")

    told, untold = read(own + statement + error + own)

    assert [(one.sql, one.params, one.error) for one in told] == [
        ("SELECT $1", "$1 = '1'", ""),
        ("SELECT 1/0", "", "22012"),
    ]
    assert (told[0].at_ns, told[0].duration_ns) == (AT - 125_000, 125_000)
    assert (told[0].session, told[0].transaction) == ("6b0358f5.57a0", "3/7")
    assert untold == Untold()


def test_log_of_another_program_in_kubernetes_is_not_recognised():
    other = {"level": "info", "ts": 1.5, "logger": "postgres", "msg": "LOG:  statement: SELECT 1"}

    assert recognise(json.dumps(other).encode() + b"\n") is None


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("UTC", 0),
        ("+02", 2),
        ("-03", -3),
        ("+0545", 5.75),
        ("+05:45", 5.75),
        ("CEST", 2),
        ("PDT", -7),
    ],
)
def test_time_zones(zone, hours):
    [told], untold = read(LINE.replace("UTC", zone))

    assert told.at_ns == AT - 125_000 - int(hours * 3600) * 10**9
    assert untold == Untold()


def test_an_unknown_time_zone_is_told_once():
    [told, _], untold = read(LINE.replace("UTC", "IST") * 2)

    assert told.at_ns == AT - 125_000
    assert untold.missed == {"timestamps in an unknown time zone": 1}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("written", "instead"),
    [
        pytest.param("2026-11-22 21:05:13", "2026-13-45 99:99:99", id="no such day"),
        pytest.param("2026-11-22 21:05:13", "9999-12-31 23:59:59", id="far away"),
        pytest.param("0.125", "9" * 301 + ".000", id="longer than ever"),
        pytest.param("0.125", "1.2.3", id="no number"),
    ],
)
def test_numbers_out_of_range_are_told(form, written, instead):
    whole = FORMS[form]
    first, rest = whole[: len(whole) // 3], whole[len(whole) // 3 :]
    statements, untold = read(rest + first.replace(written, instead))

    assert [told.sql for told in statements] == ["SELECT 1"] * 3
    assert (statements[2].at_ns, statements[2].duration_ns) == (0, 0)
    assert untold.problems == [(3, "no such time or duration: the statement is read without it")]


@pytest.mark.parametrize("form", FORMS)
def test_what_is_no_record_is_told(form):
    statements, untold = read(FORMS[form] + "cp: cannot stat 'x'\n\n" + FORMS[form])

    assert [told.sql for told in statements] == ["SELECT 1"] * 6
    [(line, message)] = untold.problems
    assert line == 4
    assert message.endswith(": skipped")


def test_another_prefix_is_told():
    other = "22825: LOG:  statement: SELECT 2\n22825: LOG:  shutting down\n"
    _, untold = read(LINE * 9 + other, recognise(LINE.encode()))

    [(line, message)] = untold.problems
    assert line == 10
    assert "log_line_prefix" in message


@pytest.mark.parametrize("form", FORMS)
def test_only_the_first_problems_have_lines(form):
    _, untold = read(FORMS[form] + "?\n" * 1_000, recognise(FORMS[form].encode()))

    assert [line for line, _ in untold.problems] == list(range(4, 24))
    assert untold.missed == {"lines that could not be parsed": 980}


def test_invalid_text_and_half_a_last_line():
    data = LINE.encode() + LINE.encode()[:-1] + b" \xff\0"
    statements, untold = read(data)

    assert [told.sql for told in statements] == ["SELECT 1", "SELECT 1 \\xff\0"]
    assert untold == Untold()


def test_windows_ends_of_lines():
    statements, _ = read((LINE + LINE.replace("1\n", "1,\n\t2\n")).replace("\n", "\r\n"))

    assert [told.sql for told in statements] == ["SELECT 1", "SELECT 1,\n2"]


def test_a_message_of_another_shape_of_prefix():
    """A host or a user is told by some lines only."""
    tcp = "2026-11-22 21:05:13 UTC 10.0.0.1(5432) app@shop [7]: LOG:  statement: SELECT 1\n"
    local = "2026-11-22 21:05:13 UTC [local] a b@x-y.z [8]: LOG:  statement: SELECT 2\n"
    server = "2026-11-22 21:05:13 UTC  @ [5]: LOG:  checkpoint starting: time\n"
    statements, untold = read(tcp * 5 + server + local + server)

    assert [told.session for told in statements] == ["7"] * 5 + ["8"]
    assert untold == Untold()


@pytest.mark.parametrize("form", FORMS)
def test_an_importer_is_sent_to_other_processes(form):
    importer = recognise(FORMS[form].encode())

    assert pickle.loads(pickle.dumps(importer)) == importer
    assert importer.vendor == "postgresql"


SQL = st.text(
    st.sampled_from("ab'\"\n\t,$:\\é\0") | st.characters(exclude_categories=("Cs",)), max_size=30
) | st.sampled_from([LINE, csv(), csv().replace('"', '""'), HEAD, "LOG:  statement: SELECT 6"])


def written(form, sql, params):
    """One statement as the server writes it."""
    message = f"duration: 0.125 ms  execute <unnamed>: {sql}"
    detail = f"parameters: $1 = '{params}'"
    if form == "jsonlog":
        return json_line(message, detail=detail)
    if form == "csvlog":
        quoted = detail.replace('"', '""')
        return csv(message.replace('"', '""'), detail=f'"{quoted}"')
    lines = (f"{HEAD}LOG:  {message}", f"{HEAD}DETAIL:  {detail}")
    return "".join(line.replace("\n", "\n\t") + "\n" for line in lines)


@settings(deadline=None)
@given(st.sampled_from(sorted(FORMS)), st.lists(st.tuples(SQL, SQL), max_size=5), st.data())
def test_any_cut_between_records_gives_the_same(form, sent, data):
    importer = recognise(FORMS[form].encode())
    whole = "".join(written(form, *one) for one in sent).encode()
    starts = [0, *(at + 1 for at, byte in enumerate(whole) if byte == ord("\n"))]
    cuts = {importer.next_record(whole, data.draw(st.sampled_from(starts))) for _ in range(3)}
    edges = sorted(cuts - {-1} | {0, len(whole)})
    blocks = [Block(whole[a:b], 1 + whole.count(b"\n", 0, a)) for a, b in pairwise(edges)]
    untold = Untold()

    told = [(one.sql, one.params) for one in importer.statements(blocks, untold)]

    assert told == [(sql, f"$1 = '{params}'") for sql, params in sent]
    assert untold == Untold()


PIECES = st.sampled_from(
    [LINE, csv(), json_line(), HEAD, "LOG:  ", "ERROR:  ", "STATEMENT:  ", "DETAIL:  parameters: ",
     "duration: ", "plan:\n\tQuery Text: ", "\n", "\t", '"', ",", "[", "2026-11-22 21:05:13 +99"]
)  # fmt: skip


@settings(deadline=None, max_examples=1_500)
@given(st.lists(PIECES.map(str.encode) | st.binary(max_size=9), max_size=12).map(b"".join))
def test_any_bytes_are_read(data):
    importers = [recognise(form.encode()) for form in FORMS.values()]
    for importer in filter(None, [recognise(data), PostgresLog(("",)), *importers]):
        statements, untold = read(data, importer)
        assert all(isinstance(told.sql, str) and told.at_ns >= 0 for told in statements)
        assert all(1 <= line <= data.count(b"\n") + 1 for line, _ in untold.problems)
        assert -1 <= importer.next_record(data, 0) < max(len(data), 1)


HOSTILE = {
    "a long line": "x" * 1_000_000,
    "tabs": "\n\t" * 100_000,
    "quotes": '"' * 1_000_000,
    "half of quotes": '""' * 499_999 + '"',
    "numbers": "1 " * 500_000,
    "dots": "." * 1_000_000,
    "headers": HEAD * 25_000,
    "severities": "LOG:  " * 160_000,
    "lines": "x\n" * 20_000,
    "empty lines": "\n" * 50_000,
    "times": "2026-11-22 21:05:13 UTC\n" * 10_000,
    "nested": "[" * 1_000_000,
    "backslashes": "\\" * 1_000_000,
    "commas": "," * 1_000_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_megabyte_is_read_in_linear_time(kind):
    """What is quadratic does not end within the time that a test run has."""
    hostile = HOSTILE[kind]
    plan = f"{LINE}{HEAD}LOG:  duration: 1 ms  plan:\n\tQuery Text: "
    starts = ("", LINE, plan, f"{LINE}{HEAD}LOG:  duration: ", csv()[:200], json_line()[:-20])
    prefix = HEAD.replace("UTC", "UTC 10.0.0.1(5) a=b,c=d [local] 3/4 5/6")
    many_tokens = LINE * 3 + prefix + "LOG:  x\n"
    importers = [recognise(form.encode()) for form in (*FORMS.values(), many_tokens)]
    for start in starts:
        data = (start + hostile).encode()
        recognise(data)
        for importer in importers:
            read(data, importer)
            importer.next_record(data, 0)


def test_modules_recognise_their_own_form_only():
    assert postgres_csv.recognise(FORMS["stderr"].encode()) is None
    assert postgres_json.recognise(FORMS["csvlog"].encode()) is None
