"""Logs that real servers, and Django, wrote of the demo's requests tell what the process saw.

Nothing tells the requests of a log apart but the session that Django reads first in each: they are
sent over one connection, one at once after the other, among what prepares them on others.

What a log can't tell: that the profile is looked up beside `user.profile`, which fetches the same
row (QL302). The log has the same statement twice (QL301).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest

from querylens.audit.sessions import PAUSE_NS
from tests.audit.conftest import DEADLINE, ROOT, environment, process
from tests.traces.importers.mysql_server import mariadb
from tests.traces.importers.postgres_server import any_server
from tests.traces.importers.syslog import through_syslog

AS_FOUND, FIXED = "as_found", "fixed"
RELATION, LOOKUP, INSERT, AGAIN, BESIDE = "QL101", "QL104", "QL201", "QL301", "QL302"
AS_A_LOG_TELLS_IT = {BESIDE: AGAIN}
POSTGRES_LOGS = {"stderr": "log", "csvlog": "log.csv", "jsonlog": "log.json"}
MARIADB_LOGS = ("slow", "general")
SPANS = ROOT / "tests" / "traces" / "importers" / "otlp_demo.jsonl"
SERVICE = "demo_app/media/services/as_found.py"


class Played(NamedTuple):
    """Files by their kind, and what the library found in each request."""

    files: dict[str, Path]
    found: dict[str, list]
    #: The same kinds of files, of the fixed page alone.
    fixed: dict[str, Path]


def play(folder, url, *forms):
    """What the library found in each request; None when the machine was too busy to tell.

    Between two statements of one request was then a pause as it is between requests.
    """
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.audit.play_requests", str(folder), url, *forms],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    return told["found"] if told["pause_ns"] < PAUSE_NS * 0.8 else None


def undisturbed(attempt):
    """What an attempt gives that was not disturbed."""
    for number in range(50):
        if (result := attempt(number)) is not None:
            return result
    pytest.fail("this machine is too busy: requests pause for as long as between requests")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    folder = tmp_path_factory.mktemp("postgres")
    settings = {
        "logging_collector": "on",
        "log_destination": ",".join(POSTGRES_LOGS),
        "log_min_duration_statement": "0",
        "log_line_prefix": "%m [%p] ",
    }
    with any_server() as server:

        def logged(number, *forms):
            with server.running(settings):
                host = quote(str(server.logs.parents[1]), safe="")
                server.connect().connection.close()
                name = f"{len(forms)} {number}"
                found = play(folder / name, f"postgres://app@{host}/postgres", *forms)
            files = {}
            for kind, log in POSTGRES_LOGS.items():
                files[kind] = folder / name / f"{kind}.txt"
                files[kind].write_bytes((server.logs / log).read_bytes())
            files["syslog"] = folder / name / "syslog.txt"
            files["syslog"].write_bytes(through_syslog(files["stderr"].read_text()))
            return found and (files, found)

        fixed, _ = undisturbed(lambda number: logged(number, FIXED))
        files, found = undisturbed(lambda number: logged(number, AS_FOUND, FIXED))
    return Played(files, found, fixed)


@pytest.fixture(scope="session")
def mysql(tmp_path_factory):
    """Its logs tell whole seconds: no pause is too long."""
    if os.environ.get("CI") != "true":
        pytest.importorskip("MySQLdb", reason="mysqlclient is not installed")
    folder = tmp_path_factory.mktemp("mariadb")
    with mariadb() as server:
        url = f"mysql://root@{quote(str(server.socket), safe='')}/shop"
        server.client(sql="CREATE DATABASE shop CHARACTER SET utf8mb4;")

        def logged(form):
            found = undisturbed(lambda number: play(folder / f"{form} {number}", url, form))
            # The slow log has a statement behind its answer only.
            server.client(sql="SELECT 'behind the last answer';")
            files = {kind: folder / f"{form} {kind}.txt" for kind in MARIADB_LOGS}
            for kind, file in files.items():
                file.write_bytes(server.log(kind))
            return files, found

        fixed, quiet = logged(FIXED)
        files, found = logged(AS_FOUND)
    return Played(files, quiet | found, fixed)


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory):
    """What Django logs, and what querylens records."""
    folder = tmp_path_factory.mktemp("sqlite")

    def logged(number, *forms):
        own = folder / f"{len(forms)} {number}"
        found = play(own, f"sqlite:///{folder}/{len(forms)}-{number}.sqlite3", *forms)
        return found and ({"django": own / "django.log", "recorded": own / "recorded"}, found)

    fixed, _ = undisturbed(lambda number: logged(number, FIXED))
    files, found = undisturbed(lambda number: logged(number, AS_FOUND, FIXED))
    return Played(files, found, fixed)


LOGS = [
    *(("postgres", kind) for kind in (*POSTGRES_LOGS, "syslog")),
    *(("mysql", kind) for kind in MARIADB_LOGS),
    ("sqlite", "django"),
]


@pytest.fixture(params=LOGS, ids=[" ".join(log) for log in LOGS])
def log(request):
    """A kind of log: of all requests, of the fixed page alone, and what the library found."""
    fixture, kind = request.param
    played = request.getfixturevalue(fixture)
    return played.files[kind], played.fixed[kind], played.found


@cache
def audited(path):
    """The findings of `querylens audit`, whose only problem may be none."""
    done = process(path, "--output-format", "json", cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)["findings"]


def seen_in(found):
    """What the library found, as a log can tell it: in how many requests, and how often in each."""
    return Counter(
        (AS_A_LOG_TELLS_IT.get(code, code), table, count)
        for findings in found.values()
        for code, table, count in findings
    )


def told_by(findings):
    """The same of what the audit reports."""
    told = Counter()
    for finding in findings:
        cause = finding["cause"]
        table = cause["relation"].partition(".")[0] or cause["model"]
        for size in finding["tally"]["counts"]:
            told[finding["code"], table, size["queries"]] += size["traces"]
    return told


def test_log_of_the_fixed_page_has_nothing(log):
    _, fixed, _ = log

    assert audited(fixed) == []


def test_log_tells_what_the_library_saw(log):
    """Each N+1 in as many requests, with as many statements."""
    path, _, found = log

    findings = audited(path)

    assert told_by(findings) == seen_in(found)
    assert {finding["evidence"] for finding in findings} == {"seen"}


def test_library_saw_the_article_s_shapes(sqlite, postgres, mysql):
    """What logs are compared with is what the article found."""
    service, offer = "media_service", "media_streamingoffer"

    for played in (sqlite, postgres, mysql):
        assert seen_in(played.found) == {
            (RELATION, offer, 8): 2,
            (LOOKUP, service, 8): 1,
            (INSERT, offer, 8): 1,
            (AGAIN, "accounts_profile", 2): 2,
        }


def test_fixes_of_a_log_are_typed_where_they_can_be(log):
    path, _, _ = log

    fixes = {finding["code"]: finding["fix"] for finding in audited(path)}

    assert {code: fix["code"] for code, fix in fixes.items()} == {
        RELATION: '.select_related("service")',
        LOOKUP: "rows = ….objects.filter(tmdb_provider_id__in=values)",
        INSERT: "….objects.bulk_create(rows)",
        AGAIN: "",
    }
    assert {fix["at"] for fix in fixes.values()} == {None}


def test_spans_tell_what_the_library_saw():
    """The page with its offers in the cache, as it was found and fixed.

    Spans have placeholders and no values: nobody knows whether the profile is the same one.
    """
    findings = audited(SPANS)

    assert told_by(findings) == {(RELATION, "media_streamingoffer", 8): 1}
    assert "8 times in one request, with values that are not told" in findings[0]["message"]
    assert (findings[0]["duplicated"], findings[0]["distinct"]) == (0, 0)
    traces = {each["trace"] for finding in findings for each in finding["tally"]["examples"]}
    assert traces == {"GET as-found/<slug:slug>/"}


def test_recording_of_the_fixed_page_has_nothing(sqlite):
    assert audited(sqlite.fixed["recorded"]) == []


def test_recording_tells_what_the_article_says(sqlite):
    """With the lines, and what to write there."""
    findings = audited(sqlite.files["recorded"])

    told = {(f["code"], f["fix"]["at"]["file"], f["fix"]["at"]["line"]) for f in findings}
    profile = "demo_app/media/views.py"
    loop = line_of(SERVICE, "for offer_type_key in")
    assert told == {
        (RELATION, SERVICE, line_of(SERVICE, "return StreamingOffer.objects", 0)),
        (RELATION, SERVICE, line_of(SERVICE, "return StreamingOffer.objects", 2)),
        (LOOKUP, SERVICE, loop),
        (INSERT, SERVICE, loop),
        (BESIDE, profile, line_of(profile, "Profile.objects.get(")),
    }
    code = {finding["code"]: finding["fix"]["code"] for finding in findings}
    assert code[RELATION] == '.select_related("service")'
    assert "Service.objects.filter(tmdb_provider_id__in=tmdb_provider_ids)" in code[LOOKUP]
    assert "StreamingOffer.objects.bulk_create(streaming_offers_to_create)" in code[INSERT]
    assert code[BESIDE] == "request.user.profile"


def test_terminal_shows_fixes_and_lines_of_a_recording(sqlite):
    done = process(sqlite.files["recorded"], cwd=ROOT)

    printed = " ".join(done.stdout.split())
    line = line_of(SERVICE, "return StreamingOffer.objects")
    assert f'add at the end of {SERVICE}:{line} .select_related("service")' in printed
    for code in (RELATION, LOOKUP, INSERT, BESIDE):
        assert f"{code} " in printed


def line_of(file, text, occurrence=0):
    lines = (ROOT / file).read_text().splitlines()
    return [number for number, line in enumerate(lines, start=1) if text in line][occurrence]
