"""OpenTelemetry spans, as the collector's file exporter writes them."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querylens.model import Place
from querylens.traces.importers import otlp
from querylens.traces.statements import Block, Statement, Untold

TRACE = "5b8efff798038103d269b633813fc60c"
SQL = 'SELECT "a" FROM "b" WHERE "id" = %s'
START = 1_544_712_660_000_000_000


def attributes(**values):
    """Attributes as OTLP has them; `__` stands for a dot."""
    return [
        {"key": key.replace("__", "."), "value": as_any_value(value)}
        for key, value in values.items()
    ]


def as_any_value(value):
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"stringValue": value}


def span(name="SELECT", kind=3, told=(), **fields):
    return {
        "traceId": TRACE,
        "spanId": "eee19b7ec3c1b174",
        "parentSpanId": "eee19b7ec3c1b173",
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(START),
        "endTimeUnixNano": str(START + 5_000),
        "attributes": list(told),
        "status": {},
    } | fields


def database_span(sql=SQL, fields=(), **told):
    told = {"db__system": "postgresql", "db__statement": sql} | told
    return span(told=attributes(**told), **dict(fields))


def document(*spans, service="shop"):
    resource = {"attributes": attributes(service__name=service)}
    scope = {"scope": {"name": "dbapi"}, "spans": list(spans)}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}


def read(data, line=1):
    """The statements of a file in one block, and what it does not tell."""
    importer = otlp.recognise(b'{"resourceSpans":[]}')
    untold = Untold()
    return list(importer.statements([Block(data, line)], untold)), untold


def read_spans(*spans):
    return read(json.dumps(document(*spans)).encode())


def one(*spans):
    [statement], untold = read_spans(*spans)
    assert untold == Untold()
    return statement


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"db__system": "redis", "db__statement": "GET ?"}, id="redis"),
        pytest.param({"db__system.name": "mongodb", "db__query.text": "find"}, id="mongodb"),
        pytest.param({"db__system": "elasticsearch"}, id="elasticsearch without text"),
        pytest.param({"http__url": "https://example.org/?q=SELECT"}, id="request to another"),
        pytest.param({}, id="no attributes"),
    ],
)
def test_client_span_that_sends_no_sql(told):
    assert read_spans(span(told=attributes(**told))) == ([], Untold())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b'{"resourceLogs":[{"scopeLogs":[]}]}', id="logs"),
        pytest.param(b'{"resourceMetrics":[]}', id="metrics"),
        pytest.param(b'{"resourceSpans":[]}', id="no spans"),
        pytest.param(b'{"resourceSpans":null}', id="null"),
        pytest.param(b"{}\n{}\n", id="empty"),
        pytest.param(b"\n\n \r\n", id="blank lines"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_document_without_spans(text):
    assert read(text) == ([], Untold())


def test_statement():
    assert one(database_span()) == Statement(
        SQL, START, 5_000, session="shop", request=TRACE, told_by="log"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            {"db__system": "mysql", "db__statement": SQL, "db__name": "shop"},
            {"db__system__name": "mysql", "db__query__text": SQL, "db__namespace": "shop"},
            id="statement",
        ),
        pytest.param(
            {"db__system": "mssql", "db__statement": SQL},
            {"db__system__name": "microsoft.sql_server", "db__query__text": SQL},
            id="system",
        ),
        pytest.param(
            {"db__statement": SQL, "code__filepath": "shop/views.py", "code__lineno": 7},
            {"db__query__text": SQL, "code__file__path": "shop/views.py", "code__line__number": 7},
            id="line",
        ),
    ],
)
def test_attributes_of_both_names(old, new):
    assert one(span(told=attributes(**old))) == one(span(told=attributes(**new)))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({}, None, id="neither"),
        pytest.param({"code__lineno": 7}, None, id="line"),
        pytest.param({"code__filepath": "a.py"}, None, id="file"),
        pytest.param({"code__filepath": "a.py", "code__lineno": 0}, None, id="line 0"),
        pytest.param({"code__filepath": "a.py", "code__lineno": -7}, None, id="negative"),
        pytest.param({"code__filepath": "a.py", "code__lineno": 10**40}, None, id="huge"),
        pytest.param({"code__filepath": "a.py", "code__lineno": "seven"}, None, id="word"),
        pytest.param(
            {"code__filepath": "a.py", "code__lineno": 7, "code__function": "show"},
            Place("a.py", 7, function="show"),
            id="old",
        ),
        pytest.param(
            {
                "code__file__path": "/srv/shop/views.py",
                "code__line__number": 7,
                "code__function__name": "shop.views.Movie.get",
            },
            Place("/srv/shop/views.py", 7, function="Movie.get"),
            id="new",
        ),
    ],
)
def test_call_site(told, expected):
    assert one(database_span(**told)).call_site == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({}, "", id="none"),
        pytest.param({"db__statement__parameters": "(1, 'a')"}, "(1, 'a')", id="old"),
        pytest.param({"db__query__parameter__b": "2", "db__query__parameter__a": "1"}, "a=1, b=2"),
    ],
)
def test_parameters(told, expected):
    assert one(database_span(**told)).params == expected


@pytest.mark.parametrize(
    ("fields", "told", "expected"),
    [
        pytest.param({"status": {"code": 1}}, {"error__type": "X"}, "", id="ok"),
        pytest.param({"status": {"code": 2}}, {}, "error", id="no word"),
        pytest.param({"status": {"code": 2}}, {"error__type": "TimeoutError"}, "TimeoutError"),
        pytest.param(
            {"status": {"code": "STATUS_CODE_ERROR", "message": "IntegrityError: key (secret)"}},
            {},
            "IntegrityError",
        ),
        pytest.param({"status": {"code": 2, "message": "the key 7 is taken"}}, {}, "error"),
        pytest.param({"status": {"code": 2}}, {"db__response__status_code": "23505"}, "23505"),
        pytest.param(
            {
                "status": {"code": 2, "message": "no"},
                "events": [
                    {"name": "log"},
                    {"name": "exception", "attributes": attributes(exception__type="DataError")},
                ],
            },
            {},
            "DataError",
            id="event",
        ),
    ],
)
def test_error_is_a_name_and_no_message(fields, told, expected):
    assert one(database_span(fields=fields, **told)).error == expected


@pytest.mark.parametrize(
    "written",
    [
        TRACE.upper(),
        base64.b64encode(bytes.fromhex(TRACE)).decode(),
    ],
)
def test_ids_in_other_letters(written):
    assert one(database_span(fields={"traceId": written})).request == TRACE


@pytest.mark.parametrize("written", ["", "0" * 32, "A" * 22 + "=="])
def test_no_trace(written):
    assert one(database_span(fields={"traceId": written})).request == ""


def test_times_as_numbers_and_without_an_end():
    assert one(database_span(fields={"startTimeUnixNano": START, "endTimeUnixNano": 0}))[1:3] == (
        START,
        0,
    )


def test_clock_that_went_back():
    earlier = {"endTimeUnixNano": str(START - 1)}

    assert one(database_span(fields=earlier)).duration_ns == 0


@pytest.mark.parametrize(
    ("name", "told", "expected"),
    [
        pytest.param(
            "GET",
            {"http__method": "GET", "http__route": "movies/<int:pk>/"},
            "GET movies/<int:pk>/",
        ),
        pytest.param(
            "x", {"http__request__method": "POST", "http__route": "a/"}, "POST a/", id="new method"
        ),
        pytest.param("GET home", {"http__method": "GET", "http__target": "/?a=1"}, "GET /"),
        pytest.param("GET home", {"http__method": "GET", "http__url": "http://x/?a=1"}, "GET /"),
        pytest.param("GET", {"http__method": "GET", "url__path": "/a/1/"}, "GET /a/1/"),
        pytest.param("HTTP GET", {"http__method": "GET", "http__target": "/a?b"}, "GET /a"),
        pytest.param("GET", {}, "GET", id="method only"),
        pytest.param("run/app.tasks.send", {}, "run/app.tasks.send", id="task"),
    ],
)
def test_name_of_a_request(name, told, expected):
    fields = {"parentSpanId": ""}

    assert one(span(name, 2, attributes(**told), **fields)) == Statement(
        "", START, 5_000, session="shop", request=TRACE, name=expected, told_by="span"
    )


@pytest.mark.parametrize(
    ("kind", "parent", "told", "names"),
    [
        pytest.param(2, "", {}, True, id="server"),
        pytest.param("SPAN_KIND_SERVER", "12", {}, True, id="server called by another"),
        pytest.param(5, "", {}, True, id="consumer"),
        pytest.param(1, "", {}, True, id="internal root"),
        pytest.param(1, "12", {"http__route": "a/"}, True, id="framework in a server"),
        pytest.param(1, "12", {}, False, id="internal"),
        pytest.param(3, "", {}, False, id="client root"),
        pytest.param(4, "", {}, False, id="producer root"),
    ],
)
def test_which_spans_name_requests(kind, parent, told, names):
    statements, _ = read_spans(span("x", kind, attributes(**told), parentSpanId=parent))

    assert [statement.told_by for statement in statements] == ["span"] * names


def test_server_around_the_framework():
    """uvicorn's span has the path, Django's the route."""
    server = span("GET /a/1/", 2, parentSpanId="")
    framework = span(
        "GET a/<int:pk>/", 1, attributes(http__method="GET", http__route="a/<int:pk>/")
    )

    statements, _ = read_spans(framework, server)

    assert [statement.name for statement in statements] == ["GET a/<int:pk>/"]


def test_services_of_one_trace_are_kept_apart():
    lines = [
        document(span("GET /a", 2), database_span(), service="front"),
        document(span("GET /b", 2), database_span(), service="back"),
    ]

    statements, _ = read("\n".join(map(json.dumps, lines)).encode())

    assert [(told.session, told.name) for told in statements] == [
        ("front", ""),
        ("front", "GET /a"),
        ("back", ""),
        ("back", "GET /b"),
    ]


@pytest.mark.parametrize(
    ("spans", "missed"),
    [
        pytest.param(
            [span(told=attributes(db__system="mysql"))], {"database spans without SQL text": 1}
        ),
        pytest.param([database_span("")], {"database spans without SQL text": 1}, id="empty"),
        pytest.param([database_span("SELECT a, b...")], {"truncated statements": 1}, id="..."),
        pytest.param([database_span("SELECT a, b…")], {"truncated statements": 1}, id="…"),
        pytest.param(
            [database_span("SELECT (" + "a" * 1016)], {"truncated statements": 1}, id="at a limit"
        ),
        pytest.param([database_span("SELECT (a)" + "a" * 1014)], {}, id="whole at a limit"),
        pytest.param([database_span("SELECT (" + "a" * 1014)], {}, id="open below a limit"),
        pytest.param(
            [database_span(fields={"droppedAttributesCount": 1})], {"truncated statements": 1}
        ),
        pytest.param(
            [database_span(fields={"traceState": "a=b,ot=rv:1;th:8"})],
            {"spans of sampled traces": 1},
        ),
        pytest.param(
            [database_span(fields={"traceState": "ot=p:2;r:3"})], {"spans of sampled traces": 1}
        ),
        pytest.param([database_span(fields={"traceState": "ot=th:0"})], {}, id="all are kept"),
        pytest.param([database_span(fields={"traceState": "x=th:8"})], {}, id="of another"),
        pytest.param([database_span(fields={"flags": 1})], {}, id="flags"),
    ],
)
def test_what_spans_do_not_tell(spans, missed):
    _, untold = read_spans(*spans)

    assert untold == Untold(missed=missed)


@pytest.mark.parametrize(
    "layout",
    [
        pytest.param(lambda documents: "\n".join(map(json.dumps, documents)), id="a line each"),
        pytest.param(lambda documents: "".join(map(json.dumps, documents)), id="joined"),
        pytest.param(lambda documents: " \n" + " ".join(map(json.dumps, documents)), id="spaces"),
        pytest.param(lambda documents: "\r\n".join(map(json.dumps, documents)) + "\r\n", id="crlf"),
        pytest.param(
            lambda documents: "\n".join(json.dumps(each, indent=2) for each in documents),
            id="laid out",
        ),
        pytest.param(lambda documents: "\ufeff" + json.dumps(documents[0]), id="byte order mark"),
    ],
)
def test_layouts(layout):
    documents = [document(database_span(f"SELECT {number}")) for number in range(3)]
    data = layout(documents).encode()

    statements, untold = read(data)

    assert otlp.recognise(data.lstrip()) is not None
    assert untold == Untold()
    assert {told.sql for told in statements} <= {"SELECT 0", "SELECT 1", "SELECT 2"}
    assert len(statements) == data.count(b"db.statement")


def blocks_of(importer, data, size):
    start, line = 0, 1
    while start < len(data):
        end = importer.next_record(data, start + size)
        end = len(data) if end < 0 else end
        yield Block(data[start:end], line)
        line += data.count(b"\n", start, end)
        start = end


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("size", [1, 100, 1500])
def test_same_statements_however_the_file_is_cut(size, indent):
    texts = [
        json.dumps(document(database_span(f"SELECT {number}"), span("x", 2)), indent=indent)
        for number in range(20)
    ]
    data = "\n".join([*texts[:7], "{half of a", *texts[7:], ""]).encode()
    importer = otlp.recognise(data)
    untold = Untold()

    cut = list(importer.statements(blocks_of(importer, data, size), untold))

    assert (cut, untold) == read(data)
    assert len(cut) == 40
    [(line, message)] = untold.problems
    assert data.splitlines()[line - 1] == b"{half of a"
    assert message == "not JSON: the line is damaged or cut off; export the spans again"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param(b'{"resourceSpans":[{"scopeSp', "not JSON", id="cut off"),
        pytest.param(b'{"a":' + b"[" * 100_000, "nested too deep", id="nested"),
        pytest.param(b'{"resourceSpans":' + b"9" * 5_000 + b"}", "out of range", id="huge int"),
        pytest.param(b'{"resourceSpans":5}', "not as OTLP has it", id="number for a list"),
        pytest.param(b'{"resourceSpans":NaN}', "not as OTLP has it", id="NaN"),
        pytest.param(b'{"resourceSpans":[5]}', "not as OTLP has it", id="number for spans"),
        pytest.param(b'{"resourceSpans":[{"scopeSpans":{"a":1}}]}', "not as OTLP has it"),
        pytest.param(b"{}5", "not as OTLP has it", id="number"),
        pytest.param(b'{"\xff":1}x', "not JSON", id="not UTF-8"),
        *[
            pytest.param(
                json.dumps(document(span(told=attributes(db__statement="SELECT 1"), **fields))),
                "not as OTLP has it",
                id=str(fields)[:40],
            )
            for fields in [
                {"startTimeUnixNano": str(10**30)},
                {"startTimeUnixNano": "-1"},
                {"startTimeUnixNano": float("nan")},
                {"endTimeUnixNano": float("inf")},
                {"endTimeUnixNano": "9" * 5_000},
                {"traceId": 5},
                {"traceId": "not an id!"},
                {"status": 5},
                {"attributes": [5]},
                {"attributes": [{"key": "db.statement", "value": "bare"}]},
                {"attributes": {"db.statement": "SELECT"}},
                {"traceState": 5, "attributes": []},
            ]
        ],
    ],
)
def test_damaged_line_is_told_and_the_rest_is_read(line, reason):
    line = line.encode() if isinstance(line, str) else line
    good = json.dumps(document(database_span())).encode()

    statements, untold = read(b"\n".join([good, line, good]), line=5)

    assert [told.sql for told in statements] == [SQL, SQL]
    [(number, message)] = untold.problems
    assert number == 6
    assert reason in message


def test_only_the_first_problems_of_a_kind_have_lines():
    statements, untold = read(b"{broken\n" * 5_000)

    assert statements == []
    assert [line for line, _ in untold.problems] == list(range(1, 21))
    assert untold.missed == {"lines that could not be parsed": 4_980}


def test_bytes_that_are_no_text():
    data = json.dumps(document(database_span("SELECT 'X\ud800\0'"))).replace("X", "\xff")

    [statement], untold = read(data.encode("latin-1"))

    assert untold == Untold()
    assert statement.sql.encode()
    assert statement.sql.startswith("SELECT '")
    assert statement.sql.endswith("\0'")


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"{",
        b"{}\n",
        b'{"v":1,"name":"a \\"resourceSpans\\""}\n',
        b'{"message": "x", "resourceSpans": 1}\n',
        b"2024-01-01 LOG: resourceSpans\n",
        b'{"resourceLogs":[]}\n',
        b'"resourceSpans": []',
        b"\x00\xff\x1f\x8b",
    ],
)
def test_other_files_are_notrecognised(head):
    assert otlp.recognise(head) is None


@pytest.mark.parametrize(
    "head",
    [
        b'{"resourceSpans":[]}',
        b'{"resourceSpans":[{"resource":{"attribu',
        b'{\n  "resourceSpans": [\n',
        b'{"resourceLogs":[]}\n{"resourceSpans":[]}\n',
        b'alf a line"}]}\n{"resourceSpans":[]}\n',
    ],
)
def testrecognised(head):
    assert otlp.recognise(head) == otlp.OtlpImporter()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "resourceSpans",
                    "scopeSpans",
                    "spans",
                    "resource",
                    "attributes",
                    "key",
                    "value",
                    "stringValue",
                    "kind",
                    "status",
                    "code",
                    "traceId",
                    "startTimeUnixNano",
                    "events",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_any_bytes(parts):
    good = json.dumps(document(database_span())).encode()

    statements, _ = read(b"".join(b"\n" + part + b"\n" + good for part in parts))

    assert len(statements) >= len(parts) - sum(b"{" in part for part in parts)


@given(JSON, st.sampled_from(["attributes", "status", "traceId", "kind", "name", "events", "all"]))
def test_any_json(value, field):
    if field == "all":
        text = json.dumps({"resourceSpans": value})
    else:
        text = json.dumps(document(database_span(fields={field: value})))
    good = json.dumps(document(database_span("SELECT 'good'")))

    statements, _ = read(f"{text}\n{good}".encode())

    assert statements[-1].sql == "SELECT 'good'" or statements[-1].told_by == "span"
    for statement in statements:
        "".join(filter(None, map(str, statement))).encode()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"{" * 1_000_000, id="braces"),
        pytest.param(b"{\n" * 300_000, id="braces in lines"),
        pytest.param(b'{"a":[\n' * 150_000, id="nested in lines"),
        pytest.param(b"{}" * 300_000, id="documents"),
        pytest.param(b"[" * 1_000_000, id="brackets"),
        pytest.param(b'{"resourceSpans":"' + b"\\u00e9" * 150_000, id="string"),
        pytest.param(b"\xef\xbb\xbf" * 300_000, id="byte order marks"),
        pytest.param(b" " * 1_000_000 + b"x", id="spaces"),
    ],
)
def test_hostile_file_is_read_in_linear_time(data):
    otlp.recognise(data)

    statements, _ = read(data)

    assert statements == []


def test_hostile_trace_state_is_read_in_linear_time():
    state = "ot=" + "a:b;" * 250_000

    assert one(database_span(fields={"traceState": state})).sql == SQL
