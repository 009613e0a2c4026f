"""What a real PostgreSQL logs is read as what was sent to it."""

from __future__ import annotations

import shutil
import subprocess
import time

import pytest

from querylens.traces.importers.postgres import PostgresLog, recognise
from querylens.traces.statements import Block, Untold
from tests.traces.importers.postgres_server import LANGUAGES, SENT, Sent, any_server, send

ALL = {"log_min_duration_statement": "0", "log_line_prefix": "%m [%p] "}
PREFIXES = [
    "%m [%p] ",
    "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    "%m [%p] %q%u@%d ",
    "%t [%p-%l] %q%u@%d ",
    "[%p-%l] %m %q[user=%u,db=%d,app=%a] ",
    "%n %c %v %e: ",
    "%t:%r:%u@%d:[%p]: ",
    "%p %s %x %b [%l] %m | ",
    "<%m %d %u %p %h %i> ",
    "%a|%c|%v|%t|",
    "[%l] %p %m %Q ",
    "%m,%u,%d,%p,%r,%c,%l,%i,%s,%v,%x,",
]


@pytest.fixture(scope="module")
def server():
    with any_server() as running:
        yield running


def read(data):
    untold = Untold()
    importer = recognise(data[:1_000_000])
    return list(importer.statements([Block(data, 1)], untold)), untold


def play(server, settings, read_log=None, statements=SENT):
    """Two connections send the statements by turns; what the log says, by connection."""
    with server.running(settings) as log:
        connections = [server.connect() for _ in range(2)]
        for sent in statements:
            for connected in connections:
                send(connected.connection, sent)
        for connected in connections:
            connected.connection.close()
    data = (server.logs / read_log if read_log else log).read_bytes()
    return connections, data


def of(statements, connected):
    names = (str(connected.pid), connected.session)
    found = [told for told in statements if told.session.split(" ")[0] in names]
    # The first is the question who one is.
    return found[1:]


def seen(told):
    return [(one.sql, one.params, bool(one.error)) for one in told]


EXPECTED = [(sent.sql, "" if sent.error else sent.params or "", bool(sent.error)) for sent in SENT]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_any_prefix(server, prefix):
    before = time.time_ns()
    connections, data = play(server, ALL | {"log_line_prefix": prefix})
    after = time.time_ns()
    statements, untold = read(data)

    assert isinstance(recognise(data), PostgresLog)
    assert (untold.problems, untold.missed) == ([], {})
    assert len({told.session for told in statements}) == 2
    for connected in connections:
        told = of(statements, connected)
        assert seen(told) == EXPECTED
        assert any(one.duration_ns > 0 for one in told)
        assert not any(one.duration_ns for one in told if one.error)
        assert all(before - 2 * 10**9 <= one.at_ns <= after for one in told)
        assert {one.told_by for one in told} == {"log"}


def test_no_prefix_tells_no_session(server):
    _, data = play(server, ALL | {"log_line_prefix": ""})
    statements, untold = read(data)

    assert len(statements) == 2 * len(SENT) + 2
    assert {(told.session, told.at_ns) for told in statements} == {("", 0)}
    assert sorted(untold.missed) == [
        "statements without a session: log_line_prefix has no %p or %c",
        "statements without a time: log_line_prefix has no %t, %m or %n",
    ]
    assert set(untold.missed.values()) == {len(statements)}


def test_a_transaction_is_named(server):
    connections, data = play(server, ALL | {"log_line_prefix": "%m [%p] %v "})
    told = of(read(data)[0], connections[0])

    named = [one.transaction for one in told]
    inside = [
        one.transaction for one in told if "in a transaction" in one.sql or "FETCH" in one.sql
    ]
    assert len(set(inside)) == 1
    assert "/" in inside[0]
    assert named[0] == named[-1] == ""


@pytest.mark.parametrize("form", ["csvlog", "jsonlog"])
@pytest.mark.parametrize("explain", ["text", "json", "xml", "yaml", ""])
def test_csv_and_json(server, form, explain):
    settings = ALL | {"log_destination": form, "logging_collector": "on"} | explained(explain)
    connections, data = play(server, settings, "log.csv" if form == "csvlog" else "log.json")
    statements, untold = read(data)

    assert untold == Untold()
    for connected in connections:
        told = of([one for one in statements if one.told_by == "log"], connected)
        assert seen(told) == EXPECTED
        assert [one.error for one in told] == [sent.error for sent in SENT]
    assert explains(statements) == (EXPLAINED if explain else set())


def explained(form):
    if not form:
        return {}
    return {
        "session_preload_libraries": "auto_explain",
        "auto_explain.log_min_duration": "0",
        "auto_explain.log_analyze": "on",
        "auto_explain.log_format": form,
    }


def explains(statements):
    wanted = {sent.sql for sent in SENT}
    return {told.sql for told in statements if told.told_by == "plan"} & wanted


EXPLAINED = {sent.sql for sent in SENT if sent.sql.startswith(("SELECT", "DEC")) and not sent.error}


@pytest.mark.parametrize("form", ["text", "json", "xml", "yaml"])
def test_explained_plans(server, form):
    connections, data = play(server, ALL | explained(form) | {"log_error_verbosity": "verbose"})
    statements, untold = read(data)

    assert untold == Untold()
    assert explains(statements) == EXPLAINED
    told = of([one for one in statements if one.told_by == "log"], connections[0])
    assert seen(told) == EXPECTED
    assert [one.error for one in told] == [sent.error for sent in SENT]


@pytest.mark.parametrize("also_timed", ["-1", "0"])
def test_durations_on_lines_of_their_own(server, also_timed):
    settings = ALL | {
        "log_statement": "all",
        "log_duration": "on",
        "log_min_duration_statement": also_timed,
    }
    connections, data = play(server, settings)
    statements, untold = read(data)

    assert untold == Untold()
    told = of(statements, connections[0])
    logged = [one for one in told if one.told_by == "log" and not one.error]
    # What fails while it is bound is told by its error only.
    assert seen(logged) == [
        (sent.sql, sent.params or "", False) for sent in SENT if sent.error != "22012"
    ]
    assert [one.sql for one in told if one.error] == [sent.sql for sent in SENT if sent.error]
    assert {one.duration_ns for one in logged} == {0}
    position = told.index(logged[0])
    assert told[position + 1].told_by == "duration"
    assert any(one.duration_ns > 0 for one in told if one.told_by == "duration")
    assert {one.sql for one in told if one.told_by == "duration"} == {""}


def test_other_messages_tell_no_statement(server):
    noisy = {"log_connections": "on", "log_disconnections": "on", "log_temp_files": "0"}
    noisy |= {"log_min_messages": "info", "log_lock_waits": "on", "work_mem": "64kB"}
    sort = Sent("SELECT count(*) FROM (SELECT i FROM generate_series(1, 50000) i ORDER BY -i) x")
    raising = Sent("DO $$BEGIN RAISE WARNING 'statement: x'; RAISE LOG 'y'; END$$")
    connections, data = play(server, ALL | noisy, statements=[sort, raising, Sent("CHECKPOINT")])
    statements, untold = read(data)

    assert b"temporary file" in data
    assert untold == Untold()
    assert [told.sql for told in of(statements, connections[1])] == [
        sort.sql,
        raising.sql,
        "CHECKPOINT",
    ]


def test_a_time_zone(server):
    before = time.time_ns()
    _, data = play(server, ALL | {"log_timezone": "Asia/Kathmandu"}, statements=SENT[:1])
    statements, untold = read(data)

    assert b" +0545 " in data
    assert untold == Untold()
    assert before - 10**9 <= statements[0].at_ns <= time.time_ns()


@pytest.fixture
def locales(server):
    if not shutil.which("localedef"):
        pytest.skip("localedef is not installed")
    server.locales.mkdir(exist_ok=True)
    for language in LANGUAGES:
        name = server.locales / f"{language}.UTF-8"
        command = ["localedef", "-i", language, "-f", "UTF-8", "--no-archive", name]
        made = subprocess.run(command, capture_output=True)
        if not name.is_dir():
            pytest.skip(f"no locale {language}: {made.stderr.decode()}")


def test_languages(server, locales):
    settings = ALL | {"log_line_prefix": "%m [%p] ", "log_statement": "none"}
    with server.running(settings) as log:
        connections = {}
        for language in LANGUAGES:
            connected = server.connect()
            connected.connection.execute(f"SET lc_messages = '{language}.UTF-8'")
            for sent in SENT:
                send(connected.connection, sent)
            connected.connection.execute("SET log_min_duration_statement = -1")
            connected.connection.execute("SET log_duration = on")
            connected.connection.execute("SET log_statement = 'all'")
            for sent in SENT[:2]:
                send(connected.connection, sent)
            connections[language] = connected
            connected.connection.close()
    statements, untold = read(log.read_bytes())

    assert untold == Untold()
    for language, connected in connections.items():
        told = [one for one in of(statements, connected) if not one.sql.startswith("SET ")]
        texts = seen([one for one in told if one.told_by == "log"])
        assert (language, texts) == (language, EXPECTED + EXPECTED[:2])
        assert [one for one in told if one.told_by == "duration"]
