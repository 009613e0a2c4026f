"""Recording where things go wrong: killed, forked, without a disk or a folder, all at once."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from querylens.traces import TraceWriter, read_traces
from tests.traces.samples import page, recordings

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "tests.traces.samples"]


@pytest.mark.parametrize("compress", ["", "gz"])
@pytest.mark.parametrize("after", [1, 40, 333])
def test_a_killed_process_loses_its_last_line_at_most(tmp_path, compress, after):
    with subprocess.Popen(
        [*PROGRAM, str(tmp_path), "for ever", compress], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        told = [process.stdout.readline() for _ in range(after)]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.readlines()

    problems = []
    by_file = [
        [int(trace.name) for trace in read_traces(file, problems)] for file in recordings(tmp_path)
    ]
    numbers = [number for numbers in sorted(by_file) for number in numbers]

    written = sum(line.endswith(b"\n") for line in told)
    assert written >= after
    assert numbers[:written] == list(range(written))
    assert len(numbers) <= written + 1
    assert len(problems) <= 1


def test_many_processes_and_threads_at_once_lose_nothing(tmp_path):
    processes = [
        subprocess.Popen([*PROGRAM, str(tmp_path), "4", "250"], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    errors = [process.communicate()[1] for process in processes]

    problems = []
    names = {trace.name for trace in read_traces(tmp_path, problems)}

    assert errors == [b""] * 4
    assert problems == []
    assert names == {
        f"{process.pid}-{thread}-{number}"
        for process in processes
        for thread in range(4)
        for number in range(250)
    }


@contextmanager
def locked_by_another_thread(writer):
    """As it is when another thread is writing at that moment."""
    is_held, is_done = threading.Event(), threading.Event()

    def hold():
        with writer._lock:
            is_held.set()
            is_done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    is_held.wait()
    yield
    is_done.set()
    thread.join()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_forked_child_writes_a_file_of_its_own(tmp_path):
    with TraceWriter(tmp_path) as writer:
        writer.write(page("before"))
        with locked_by_another_thread(writer):
            child = os.fork()
            if not child:
                writer.write(page("child"))
                writer.close()
                os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        writer.write(page("after"))

    by_file = {
        file.name.split("-")[2]: [trace.name for trace in read_traces(file, [])]
        for file in recordings(tmp_path)
    }
    assert by_file == {str(os.getpid()): ["before", "after"], str(child): ["child"]}


def test_a_full_disk_stops_the_recording_with_one_warning(tmp_path, caplog):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount(disk)
    try:
        with caplog.at_level(logging.WARNING, "querylens"), TraceWriter(disk) as writer:
            for number in range(300):
                writer.write(page(str(number)))
        problems = []
        names = [trace.name for trace in read_traces(disk, problems)]
    finally:
        subprocess.run(["umount", disk], check=True)

    assert problems == []
    assert names == [str(number) for number in range(len(names))]
    assert 0 < len(names) < 300
    [warning] = caplog.messages
    assert warning == f"querylens: recording stopped, {disk}: No space left on device" or (
        warning == f"querylens: recording stopped, {disk}: the disk is full"
    )


def mount(folder):
    """A disk of 64 kB; only root can have one."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]
    if subprocess.run(command, capture_output=True).returncode:
        if os.environ.get("CI") == "true":
            pytest.fail("no small disk could be mounted")
        pytest.skip("no small disk could be mounted")


def test_a_folder_that_vanishes_stops_the_recording(tmp_path, caplog):
    folder = tmp_path / "traces"
    with caplog.at_level(logging.WARNING, "querylens"), TraceWriter(folder) as writer:
        writer.write(page())
        shutil.rmtree(folder)
        writer.write(page())
        writer.write(page())

    assert caplog.messages == [f"querylens: recording stopped, {folder}: the file was removed"]
    assert not folder.exists()


def test_a_folder_that_cannot_be_made_stops_the_recording(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    with caplog.at_level(logging.WARNING, "querylens"):
        writer = TraceWriter(tmp_path / "file" / "traces")
        writer.write(page())
        writer.write(page())

    assert caplog.messages == [
        f"querylens: recording stopped, {tmp_path}/file/traces: Not a directory"
    ]


def test_an_unwritable_folder_stops_the_recording(tmp_path):
    """Root may write anywhere, so the process that writes is not root."""
    tmp_path.chmod(0o555)
    program = (
        "import os, sys\n"
        "import querylens.traces, tests.traces.samples as samples\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "writer = querylens.traces.TraceWriter(sys.argv[1])\n"
        "writer.write(samples.page()); writer.write(samples.page())\n"
        "print('the host goes on')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )

    assert done.stdout == "the host goes on\n"
    assert done.stderr.count("recording stopped") == 1
    assert "Permission denied" in done.stderr
