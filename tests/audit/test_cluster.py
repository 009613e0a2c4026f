"""A real Dask scheduler and workers: the same bytes, also when a worker dies on the way."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec

import pytest

import querylens as package
from benchmarks.audit_inputs import write
from benchmarks.workload.requests import Workload
from tests.cli.conftest import DEADLINE, environment

if find_spec("distributed") is None:
    pytest.skip("needs Dask: pip install 'querylens[cluster]'", allow_module_level=True)

#: Ends as soon as the scheduler has given a worker something to do.
_WAIT_UNTIL_BUSY = """
import sys
from distributed import Client

scheduler, worker = sys.argv[1:]
with Client(scheduler) as client:
    while not client.processing().get(worker):
        pass
"""
#: Audits, and stops a worker before it is given anything to read.
_STOPS_A_WORKER = """
import os
import signal
import sys

from querylens.audit import audit, cluster
from querylens.config import Config
from querylens.reporters.json import JsonReporter

scheduler, pid, *paths = sys.argv[1:]
with cluster(scheduler) as executor:
    audited = audit(
        paths,
        Config(),
        executor=executor,
        workers=executor.workers,
        begun=lambda pieces: os.kill(int(pid), signal.SIGSTOP),
    )
sys.stdout.write(JsonReporter().render(audited.report))
"""
#: `querylens ARGUMENTS`, with little patience for a cluster that has no worker.
_IMPATIENT = """
from querylens.audit import scheduler
from querylens.cli import main

scheduler._FIRST_WORKER = 1
main()
"""


class Listening:
    """A process that said where it listens, and goes on; ready when it says so."""

    def __init__(self, process, ready):
        self.process = process
        self.address = ""
        self._lines = []
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(ready,), daemon=True)
        self._reader.start()
        assert self._ready.wait(DEADLINE), self._lines
        assert self.address, self._lines

    def _read(self, ready):
        for line in self.process.stderr:
            self._lines.append(line)
            if not self.address and (found := re.search(r" at:\s+(tcp://\S+)", line)):
                self.address = found[1]
            if ready in line:
                self._ready.set()
        self._ready.set()


@contextmanager
def dask(module, ready, *arguments, folder, **more):
    process = subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.{module}", *arguments, "--no-dashboard"],
        cwd=folder,
        env=environment(**more),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Listening(process, ready)
    finally:
        process.kill()
        process.wait(DEADLINE)
        process.stderr.close()


@pytest.fixture
def scheduler_process(tmp_path):
    arguments = ("--host", "127.0.0.1", "--port", "0", "--no-show")
    with dask("dask_scheduler", "Scheduler at:", *arguments, folder=tmp_path) as listening:
        yield listening


@pytest.fixture
def scheduler(scheduler_process):
    return scheduler_process.address


@pytest.fixture
def start_worker(scheduler, tmp_path):
    """Starts a worker that is known to the scheduler."""
    with ExitStack() as workers:

        def start(threads=1, **more):
            folder = tmp_path / f"worker-{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            arguments = (scheduler, "--host", "127.0.0.1", "--nthreads", str(threads), "--no-nanny")
            arguments += ("--local-directory", str(folder))
            worker = dask("dask_worker", "Registered to:", *arguments, folder=folder, **more)
            return workers.enter_context(worker)

        yield start


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Recordings, logs of one server in four files, and spans."""
    folder = tmp_path_factory.mktemp("inputs")
    write(folder, Workload(2_000, 7, False, False))
    logs = [f"postgresql-{number}.log" for number in range(1, 5)]
    return [str(folder / name) for name in ("traces", *logs, "mysql-slow.log", "otlp.jsonl")]


@pytest.fixture(scope="module")
def expected(inputs, tmp_path_factory):
    """The report of one process."""
    finished = querylens(inputs, tmp_path_factory.mktemp("here"))
    assert (finished.returncode, finished.stderr) == (0, "")
    return finished.stdout


def querylens(paths, folder, *options, program=("-m", "querylens")):
    return subprocess.run(
        [sys.executable, *program, "audit", *paths, "--output-format", "json", *options],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


@pytest.mark.parametrize("threads", [1, 3])
def test_two_workers_give_the_bytes_of_one_process(
    scheduler, start_worker, inputs, expected, tmp_path, threads
):
    start_worker(threads)
    start_worker(threads)

    finished = querylens(inputs, tmp_path, "--scheduler", scheduler)

    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout == expected
    assert '"code": "QL' in expected


def test_a_worker_that_is_killed_on_the_way_costs_nothing(
    scheduler, start_worker, inputs, expected, tmp_path
):
    """It's stopped first: what it was given to read is surely not read when it is killed."""
    start_worker()
    killed = start_worker()
    program = [sys.executable, "-c", _STOPS_A_WORKER, scheduler, str(killed.process.pid), *inputs]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}

    with subprocess.Popen(program, cwd=tmp_path, env=environment(), **pipes) as reading:
        until_busy = [sys.executable, "-c", _WAIT_UNTIL_BUSY, scheduler, killed.address]
        subprocess.run(until_busy, env=environment(), check=True, timeout=DEADLINE)
        os.kill(killed.process.pid, signal.SIGKILL)
        stdout, stderr = reading.communicate(timeout=DEADLINE)

    assert (reading.returncode, stderr) == (0, "")
    assert stdout == expected


def test_a_scheduler_that_goes_on_the_way_is_an_error_of_ours(
    scheduler_process, start_worker, inputs, tmp_path
):
    scheduler, worker = scheduler_process.address, start_worker()
    program = [sys.executable, "-c", _STOPS_A_WORKER, scheduler, str(worker.process.pid), *inputs]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}

    with subprocess.Popen(program, cwd=tmp_path, env=environment(), **pipes) as reading:
        until_busy = [sys.executable, "-c", _WAIT_UNTIL_BUSY, scheduler, worker.address]
        subprocess.run(until_busy, env=environment(), check=True, timeout=DEADLINE)
        os.kill(scheduler_process.process.pid, signal.SIGKILL)
        stdout, stderr = reading.communicate(timeout=DEADLINE)

    assert (reading.returncode, stdout) == (1, "")
    assert "querylens.audit.work.WorkerError: " in stderr.rstrip("\n").splitlines()[-1]


def test_nobody_at_the_address_is_one_line(inputs, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"

        finished = querylens(inputs, tmp_path, "--scheduler", address)

    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr == (
        f"querylens: --scheduler {address}: cannot be reached ([Errno 111] Connection refused): "
        "check that the scheduler runs, and its port\n"
    )


@pytest.mark.parametrize("greeting", [b"", b"SSH-2.0-OpenSSH_9.2\r\n"])
def test_another_server_at_the_address_is_one_line(greeting, inputs, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet():
            connection, _ = server.accept()
            connection.sendall(greeting)
            connection.close()

        thread = threading.Thread(target=greet)
        thread.start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        finished = querylens(inputs, tmp_path, "--scheduler", address)
        thread.join(DEADLINE)

    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr.count("\n") == 1
    assert "what listens there is no scheduler" in finished.stderr


@pytest.mark.parametrize("address", ["", "nonsense", "http://127.0.0.1:8786", "tcp://127.0.0.1"])
def test_no_address_is_one_line(address, inputs, tmp_path):
    finished = querylens(inputs, tmp_path, "--scheduler", address)

    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr == (
        f"querylens: --scheduler {address!r} is no address: give tcp://host:8786\n"
    )


def test_a_cluster_without_workers_is_one_line(scheduler, inputs, tmp_path):
    program = ("-c", _IMPATIENT)

    finished = querylens(inputs, tmp_path, "--scheduler", scheduler, program=program)

    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr == (
        f"querylens: --scheduler {scheduler}: no worker in 1 seconds: "
        f"start some with `dask worker {scheduler}`\n"
    )


@pytest.mark.parametrize("found", ["none", "0.0.9"])
def test_workers_without_the_same_querylens_are_one_line(
    found, scheduler, start_worker, inputs, tmp_path
):
    own = tmp_path / "own" / "querylens" / "__init__.py"
    own.parent.mkdir(parents=True)
    own.write_text(
        "raise ModuleNotFoundError(name='querylens')\n"
        if found == "none"
        else f"__version__ = {found!r}\n"
    )
    start_worker(PYTHONPATH=str(tmp_path / "own"))

    finished = querylens(inputs, tmp_path, "--scheduler", scheduler)

    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr == (
        f"querylens: --scheduler {scheduler}: scheduler and workers need querylens "
        f"{package.__version__}, and have {found}: install the same everywhere\n"
    )


def test_a_missing_extra_is_one_line(inputs, tmp_path):
    program = ("-c", "import sys; sys.modules['distributed'] = None\n" + _IMPATIENT)

    finished = querylens(inputs, tmp_path, "--scheduler", "tcp://127.0.0.1:1", program=program)

    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr == (
        "querylens: --scheduler needs Dask: pip install 'querylens[cluster]'\n"
    )
