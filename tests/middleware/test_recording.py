"""Recording under fire: many at once, killed, forked, without a disk or a folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from querylens.traces import read_traces

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-W", "error", "-m", "tests.middleware.recording_site"]
HALF = "half a last line: the process was killed while it wrote; only this trace is missing"
#: Seconds until a test fails for something that does not happen.
DEADLINE = 300


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """A file with four rows of every model."""
    file = str(tmp_path_factory.mktemp("site") / "db.sqlite3")
    assert finished(start("populated", database=file)) == []
    return file


def start(task, *arguments, database=":memory:", **querylens):
    """A site in a process of its own."""
    options = {"ENABLED": True, "REPORT": ["record"]} | querylens
    site = json.dumps({"database": database, "querylens": options}, default=str)
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen([*PROGRAM, task, site, *map(str, arguments)], cwd=ROOT, **pipes)


def finished(process, errors=""):
    """What it told, each line, once it has ended well."""
    told, complaints = process.communicate(timeout=DEADLINE)
    assert complaints.decode() == errors
    assert process.returncode == 0
    return [json.loads(line) for line in told.splitlines()]


def read(folder):
    problems = []
    traces = list(read_traces(folder, problems))
    return traces, [problem.message for problem in problems]


@pytest.mark.parametrize("requests", [50, pytest.param(625, marks=pytest.mark.once)])
def test_requests_of_eight_processes_at_once(tmp_path, database, requests):
    """So many in each of four threads: twenty thousand in all."""
    longest = requests * 640
    options = [{"RECORD_MAX_BYTES": longest}, {"RECORD_COMPRESS": "gz"}] * 4
    processes = [
        start("serve", 4, requests, database=database, RECORD_FOLDER=tmp_path, **each)
        for each in options
    ]
    answered = [finished(process) for process in processes]
    problems, by_process, ids, other = [], Counter(), set(), []
    for trace in read_traces(tmp_path, problems):
        by_process[trace.pid] += 1
        ids.add(trace.id)
        if (trace.name, len(trace), trace.gaps) != ("GET pair/<int:pk>/", 2, []):
            other.append(trace)

    assert answered == [[4 * requests]] * 8
    assert problems == []
    assert by_process == {process.pid: 4 * requests for process in processes}
    assert len(ids) == 32 * requests
    assert other == []
    sizes = [file.stat().st_size for file in tmp_path.glob("*.jsonl")]
    assert len(sizes) > 8
    assert max(sizes) <= longest


@pytest.mark.parametrize("compress", ["", "gz"])
@pytest.mark.parametrize("after", [1, 150])
def test_a_killed_site_loses_its_last_request_at_most(tmp_path, database, compress, after):
    options = {"RECORD_FOLDER": tmp_path, "RECORD_COMPRESS": compress}
    with start("serve_until_killed", database=database, **options) as process:
        told = [process.stdout.readline() for _ in range(after)]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.readlines()
    traces, problems = read(tmp_path)

    answered = sum(line.endswith(b"\n") for line in told)
    assert answered >= after
    assert answered <= len(traces) <= answered + 1
    assert {len(trace) for trace in traces} == {2}
    assert len(problems) <= 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a write goes on to its end")
def test_a_site_that_is_killed_in_the_middle_of_a_write(tmp_path, database):
    """A line of 30 MB takes long enough to be cut, though not each time."""
    deadline = time.monotonic() + DEADLINE
    attempts = iter(range(10_000))
    cut = False
    while not cut and time.monotonic() < deadline:
        folder = tmp_path / str(next(attempts))
        kill_while_it_writes(folder, database)
        traces, problems = read(folder)
        cut = problems == [HALF]
        assert cut or problems == []
        assert Counter(trace.name for trace in traces) in (
            {"GET pair/<int:pk>/": 20},
            {"GET pair/<int:pk>/": 20, "GET long/": 1},
        )
        shutil.rmtree(folder)

    assert cut


def kill_while_it_writes(folder, database):
    options = {"RECORD_FOLDER": folder, "RECORD_MAX_BYTES": 10**9}
    with start("serve_until_killed", "/long/", database=database, **options) as process:
        told = [process.stdout.readline() for _ in range(21)]
        assert told[-1] == b'"asking"\n'
        [file] = folder.iterdir()
        before = file.stat().st_size
        while file.stat().st_size == before:
            assert process.poll() is None
        process.kill()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_process_that_forks_in_the_middle_of_a_request(tmp_path, database):
    site = start("fork", database=database, RECORD_FOLDER=tmp_path)
    (child, *in_child), (parent, *in_parent, code) = finished(site)
    status, content = "200 OK", '{"before": 4, "after": 4}'

    assert code == 0
    assert in_child == [status, content, 50]
    assert in_parent[:2] == [status, content]
    assert in_parent[2] >= 51
    by_file = {
        int(file.name.split("-")[2]): Counter((trace.pid, trace.name) for trace in read(file)[0])
        for file in tmp_path.iterdir()
    }
    assert read(tmp_path)[1] == []
    pair, forking = "GET pair/<int:pk>/", "GET forking/"
    assert by_file == {
        child: {(child, forking): 1, (child, pair): 50},
        parent: {(parent, forking): 1, (parent, pair): in_parent[2]},
    }
    assert [len(trace) for trace in read(tmp_path)[0] if trace.name == forking] == [2, 2]


PATHS = ["/pair/1/", "/nowhere/", "/streamed/word/", "/lookup/word/", "/pair/2/"]


@pytest.fixture
def recorded_site(site, settings, rows):
    """Makes a client of the site that is recorded."""

    def make(**querylens):
        client = site(**({"REPORT": ["record"]} | querylens))
        settings.ROOT_URLCONF = "tests.middleware.recorded_views"
        return client

    return make


def answers(client, times=1):
    """All that a browser gets, for each of the paths."""
    responses = [client.get(path) for _ in range(times) for path in PATHS]
    found = []
    for response in responses:
        with closing(response):
            body = b"".join(response)
        found.append((response.status_code, sorted(response.items()), body))
    return found


def test_requests_go_on_when_the_disk_is_full(recorded_site, tmp_path, caplog):
    expected = answers(recorded_site(ENABLED=False), times=20)
    disk = tmp_path / "disk"
    disk.mkdir()
    mount(disk)
    try:
        given = answers(recorded_site(RECORD_FOLDER=disk), times=20)
        traces, problems = read(disk)
    finally:
        subprocess.run(["umount", disk], check=True)

    assert given == expected
    assert problems == []
    assert 0 < len(traces) < 100
    [warning] = ours(caplog)
    assert warning in {
        f"querylens: recording stopped, {disk}: No space left on device",
        f"querylens: recording stopped, {disk}: the disk is full",
    }


def ours(caplog):
    return [line.getMessage() for line in caplog.records if line.name.startswith("querylens")]


def mount(folder):
    """A disk of 64 kB; only root can have one."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]
    if subprocess.run(command, capture_output=True).returncode:
        if os.environ.get("CI") == "true":
            pytest.fail("no small disk could be mounted")
        pytest.skip("no small disk could be mounted")


def test_requests_go_on_when_the_folder_vanishes(recorded_site, tmp_path, caplog):
    folder = tmp_path / "traces"
    expected = answers(recorded_site(ENABLED=False), times=2)
    client = recorded_site(RECORD_FOLDER=folder)
    first = answers(client)
    traces, problems = read(folder)
    assert (len(traces), problems, ours(caplog)) == (5, [], [])
    shutil.rmtree(folder)

    assert first + answers(client) == expected
    assert ours(caplog) == [f"querylens: recording stopped, {folder}: the file was removed"]
    assert not folder.exists()


def test_requests_go_on_when_the_folder_cannot_be_made(recorded_site, tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    expected = answers(recorded_site(ENABLED=False), times=2)

    assert answers(recorded_site(RECORD_FOLDER=tmp_path / "file" / "x"), times=2) == expected
    assert ours(caplog) == [f"querylens: recording stopped, {tmp_path}/file/x: Not a directory"]


def test_requests_go_on_when_the_folder_is_not_theirs(tmp_path):
    """Root may write anywhere, so the process that writes is not root."""
    folder = tmp_path / "traces"
    folder.mkdir()
    folder.chmod(0o555)
    expected = finished(start("answers", *PATHS, ENABLED=False))
    warning = f"querylens: recording stopped, {folder}: Permission denied\n"

    assert finished(start("answers", *PATHS, RECORD_FOLDER=folder), errors=warning) == expected
    assert [answer[0] for answer in expected] == ["200 OK", "404 Not Found", *["200 OK"] * 3]
    assert list(folder.iterdir()) == []
