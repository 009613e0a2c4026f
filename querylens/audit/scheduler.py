"""Reads on a Dask cluster: pieces are tasks, and a task of a worker that died goes to another."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from querylens.audit.work import WorkerError

_ADDRESS = re.compile(
    r"(?P<protocol>tcp|tls|wss?)://(?:\[(?P<ip>[^\]\s]{1,100})\]|(?P<host>[^\s:/]{1,255}))"
    r":(?P<port>[0-9]{1,5})/?"
)
#: Seconds until the scheduler has to answer, and until it has to have a worker.
_CONNECT = 10
_FIRST_WORKER = 60
_LENGTH = 8
_LONGEST_GREETING = 1_000_000
_LONGEST_REASON = 200


class ClusterExecutor(Executor):
    """The workers of a cluster, as an executor that `audit` takes.

    Its futures are Dask's. Those of Dask's own executor never end when the scheduler goes.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        #: How many pieces are read at the same time.
        self.workers = max(sum(client.nthreads().values()), 1)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = self._client.submit(fn, *args, pure=False, **kwargs)
        return future


@contextmanager
def cluster(address: str) -> Iterator[ClusterExecutor]:
    """The workers of a Dask cluster: `tcp://…`, the address of its scheduler.

    Raises `WorkerError` when it can't be reached, has no workers, or workers of another version,
    and when the extra is not installed.
    """
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        raise WorkerError(f"--scheduler {address!r} is no address: give tcp://host:8786")
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise WorkerError("--scheduler needs Dask: pip install 'querylens[cluster]'") from None
    _silence("distributed", "tornado")
    try:
        if parts["protocol"] == "tcp":
            _ask(parts["ip"] or parts["host"], int(parts["port"]))
        client = distributed.Client(address, timeout=_CONNECT, set_as_default=False)
    except Exception as error:  # noqa: BLE001 - whatever answers at a wrong address
        raise WorkerError(
            f"--scheduler {address}: cannot be reached ({_reason(error)}): "
            "check that the scheduler runs, and its port"
        ) from None
    with client:
        _check_versions(client, address)
        yield ClusterExecutor(client)


def _ask(host: str, port: int) -> None:
    """Raises OSError or OverflowError unless a scheduler answers.

    Dask speaks first: the length of a greeting, in eight bytes. Its client waits for that without
    end when something else listens there.
    """
    import socket

    with socket.create_connection((host, port), timeout=_CONNECT) as connection:
        greeting = connection.recv(_LENGTH)
    if len(greeting) < _LENGTH or int.from_bytes(greeting, "little") > _LONGEST_GREETING:
        raise OSError("what listens there is no scheduler")


def _check_versions(client: Any, address: str) -> None:
    """Raises `WorkerError` for workers that could not read, or would read otherwise than we do.

    The scheduler is asked too, for it loads what a task is made of. What they are asked with is
    Python's own: Dask waits without end for an answer to what it can't load.
    """
    # What only a cluster needs is loaded here: most audits have none.
    from pydoc import locate

    from querylens.reporters.json import version

    ask = (locate, "querylens.__version__")
    try:
        # A task makes a cluster that grows by itself start a worker.
        client.submit(*ask, pure=False).result(timeout=_FIRST_WORKER)
        found = {client.run_on_scheduler(*ask), *client.run(*ask).values()}
    except TimeoutError:
        raise WorkerError(
            f"--scheduler {address}: no worker in {_FIRST_WORKER} seconds: "
            f"start some with `dask worker {address}`"
        ) from None
    except Exception as error:  # noqa: BLE001 - a cluster that goes away while it is asked
        raise WorkerError(f"--scheduler {address}: does not answer ({_reason(error)})") from None
    if others := found - {version()}:
        named = " and ".join(sorted(str(other or "none") for other in others))
        raise WorkerError(
            f"--scheduler {address}: scheduler and workers need querylens {version()}, and have "
            f"{named}: install the same everywhere"
        )


def _silence(*packages: str) -> None:
    """What goes wrong is told by us, in one line; they set levels for each of their loggers."""
    for name in [*packages, *logging.root.manager.loggerDict]:
        if name.partition(".")[0] in packages:
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:_LONGEST_REASON] or type(error).__name__
