"""Traces made by hand, and a process that records them: `python -m tests.traces.samples FOLDER`."""

from __future__ import annotations

import itertools
import os
import sys
import threading
from pathlib import Path

from querylens.model import Cause, Place, Query, Trace
from querylens.traces import TraceWriter

VIEW = Place("shop/views.py", 12, 12, "listing", "book.author.name", column=4, end_column=15)
LOOP = Place("shop/views.py", 11, 11, "listing", "for book in books:", column=0, end_column=18)
AUTHOR = Cause("forward", "attribute", "library.Author", "library.Book.author", "author", True)
SQL = 'SELECT "library_author"."name" FROM "library_author" WHERE "library_author"."id" = %s'


def page(name="GET /books/", values=(1, 2, 2), sql=SQL, **more):
    """One query for each of the values, from one loop."""
    trace = Trace(name, "request")
    trace.records.extend(
        Query(
            sql,
            (value,),
            "default",
            "sqlite",
            started_ns=1_000 * position,
            duration_ns=200,
            cause=AUTHOR,
            call_site=VIEW,
            loop=LOOP,
            scope="request",
            row=position,
            stack="stack",
            **more,
        )
        for position, value in enumerate(values)
    )
    return trace


def statements(*texts, vendor="sqlite", params=None):
    """One query for each text, with nothing known of where it came from."""
    trace = Trace("statements")
    trace.records.extend(Query(text, params, "default", vendor, 0, 1) for text in texts)
    return trace


def recordings(folder: Path) -> list[Path]:
    return sorted(folder.glob("querylens-*"))


def record(folder, threads, traces):
    """Writes the traces of each thread, all threads at once."""
    with TraceWriter(folder) as writer:
        names = [f"{os.getpid()}-{thread}" for thread in range(threads)]
        started = threading.Barrier(threads)

        def work(name):
            started.wait()
            for number in range(traces):
                writer.write(page(f"{name}-{number}"))

        running = [threading.Thread(target=work, args=(name,)) for name in names]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()


def record_for_ever(folder, compress):
    """Tells each trace that is written, until it is killed."""
    writer = TraceWriter(folder, compress=compress, max_bytes=200_000)
    for number in itertools.count():
        writer.write(page(str(number), range(20)))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[2] == "for ever":
        record_for_ever(sys.argv[1], sys.argv[3])
    else:
        record(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
