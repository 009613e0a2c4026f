"""Ctrl-C, and a worker that is killed: real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from querylens.audit import audit, interruption
from querylens.audit.interruption import interruptible, is_interrupted
from querylens.config import Config
from tests.audit.conftest import DEADLINE, environment
from tests.children import children, wait_for_the_end_of

INTERRUPTED = "INTERRUPTED: this is what was read until then, and not all there is"


@pytest.fixture
def started():
    """Starts `querylens audit ARGUMENTS` in a group of processes of its own."""
    running = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "querylens", "audit", *map(str, arguments)],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@pytest.fixture(scope="module")
def large(inputs, tmp_path_factory):
    """So much that reading takes a while."""
    path = tmp_path_factory.mktemp("large") / "recorded.jsonl"
    [recording] = (inputs / "traces").iterdir()
    data = recording.read_bytes() * 100
    with path.open("wb") as file:
        for _ in range(10):
            file.write(data)
    return path


def reads(pid, path):
    """Waits until a process, or one of its children, has the file open."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        for each in (pid, *children(pid)):
            if any(target == str(path) for target in open_files(each)):
                return each
        threading.Event().wait(0.005)
    raise AssertionError("the file was not opened")


def open_files(pid):
    try:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            yield str(link.readlink())
    except OSError:
        return


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("to_group", [False, True])
def test_ctrl_c(started, large, jobs, to_group):
    """A terminal sends it to the whole group, `kill` to one process."""
    process = started("--output-format", "json", "--jobs", jobs, large)
    reads(process.pid, large)

    (os.killpg if to_group else os.kill)(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=DEADLINE)

    assert process.returncode == 2
    assert "Traceback" not in err
    if out:
        assert json.loads(out)["remarks"][0] == INTERRUPTED
    else:
        assert err in (
            "querylens: INTERRUPTED: nothing was read until then\n",
            # While it was still told what kind of file it is.
            "querylens: interrupted: nothing is told of what was read\n",
        )


def test_what_was_read_is_told(large):
    """Between two blocks, in the middle of a file."""
    with interruption.shared(type("Countdown", (), {"value": property(_after(3), _ignore)})()):
        result = audit([str(large)], Config())

    assert result.is_interrupted
    whole = large.stat().st_size / 1_000_000
    assert 0 < result.report.totals.traces < 1_000 * whole
    assert result.report.findings


def _after(count):
    left = [count]

    def value(_):
        left[0] -= 1
        return int(left[0] < 0)

    return value


def _ignore(_, value):
    return None


def test_second_ctrl_c_ends_at_once():
    with interruptible():
        signal.raise_signal(signal.SIGINT)
        assert is_interrupted()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_not_in_the_main_thread(inputs):
    found = []
    paths = [str(inputs / "traces")]
    thread = threading.Thread(target=lambda: found.append(audit(paths, Config())))
    thread.start()
    thread.join()

    assert found[0].report.totals.traces


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_killed_worker(started, large):
    process = started("--jobs", 2, large)
    worker = reads_in_worker(process.pid, large)

    os.kill(int(worker), signal.SIGKILL)
    out, err = process.communicate(timeout=DEADLINE)

    assert (process.returncode, out) == (2, "")
    assert err == (
        f"querylens: a process was killed while {large} was read, maybe for want of memory: "
        "use fewer --jobs\n"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_who_is_killed_leaves_no_worker_behind(started, large, number):
    process = started("--jobs", 2, large)
    reads_in_worker(process.pid, large)
    workers = children(process.pid)

    process.send_signal(number)
    process.communicate(timeout=DEADLINE)

    assert len(workers) == 2
    wait_for_the_end_of(workers)


def reads_in_worker(pid, path):
    while (found := reads(pid, path)) == pid:
        assert Path(f"/proc/{pid}").exists()
    return found
