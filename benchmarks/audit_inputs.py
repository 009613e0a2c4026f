"""Makes what `querylens audit` reads, at any size, and the truth about it.

    python -m benchmarks.audit_inputs DIR --statements 200000 --seed 7

The requests of a made-up Django project are told in each of the formats, as several workers served
them: `traces/` and `traces-gz/` (recordings), `postgresql.log` (`log_line_prefix` `%m [%p] `, also
cut into four rotated files `postgresql-1.log`, …), `mysql-slow.log` and `otlp.jsonl`. Each request
has a session (process) of its own, and about one in twelve has sqlcommenter's tags in the logs.
`truth.json` has the number of requests, the statements and templates of each input, every template
with an example, and each *body*: the statements of one request that share a template and are more
than one, as `[request, template, statements, different values]`. Transaction statements are in no
body. The same options give the same bytes, and memory does not grow with `--statements`.

`--distinct` gives every statement a table, and so a template, of its own: there is no body.
`--one-request` is one request that never ends; its recording holds the first 10,000 statements.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import IO

from benchmarks.workload.logs import MysqlSlowLog, PostgresLog
from benchmarks.workload.recordings import Recordings
from benchmarks.workload.requests import Request, Sent, Workload
from benchmarks.workload.spans import Spans
from benchmarks.workload.templates import Template
from benchmarks.workload.texts import mysql_text, postgres_text, sent_text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--statements", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--distinct", action="store_true", help="each its own template")
    parser.add_argument("--one-request", action="store_true", help="that never ends")
    options = parser.parse_args()
    made = (options.statements, options.seed, options.distinct, options.one_request)
    write(options.folder, Workload(*made))


def write(folder: Path, workload: Workload) -> None:
    """Writes all inputs of a workload, and its truth, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    by_request = {"traces": Recordings(folder), "otlp.jsonl": Spans(folder)}
    by_statement = {
        "postgresql.log": PostgresLog(folder, workload.statements),
        "mysql-slow.log": MysqlSlowLog(folder),
    }
    with (folder / "truth.json").open("w", encoding="ascii") as file:
        truth = _Truth(file, workload)
        for request, sent, is_first in workload.sent():
            if is_first:
                for whole in (truth, *by_request.values()):
                    whole.add(request)
            for log in by_statement.values():
                log.add(request, sent)
        outputs = by_request | by_statement
        for output in outputs.values():
            output.close()
        truth.close({name: output.statements for name, output in outputs.items()})


class _Truth:
    """Writes `truth.json` as the requests come; what it keeps has an end."""

    def __init__(self, file: IO[str], workload: Workload) -> None:
        self._file = file
        self._workload = workload
        self._templates: dict[Template, Sent] = {}
        self._open: Request | None = None
        self._counts: Counter[Template] = Counter()
        self._distinct: Counter[Template] = Counter()
        self._requests = self._bodies = self._in_bodies = 0
        self._statements: Counter[str] = Counter()
        file.write('{"bodies":[')

    def add(self, request: Request) -> None:
        """What a request, or a further part of one, sends."""
        if self._open is None or self._open.number != request.number:
            self._end_request()
            self._open = request
            self._requests += 1
        for sent in request.sent:
            template = sent.step.template
            self._statements[template.kind] += 1
            if not self._workload.distinct:
                self._templates.setdefault(template, sent)
                self._counts[template] += 1
                self._distinct[template] += sent.has_new_values

    def _end_request(self) -> None:
        for template, count in self._counts.items():
            if count > 1 and not template.is_transaction:
                assert self._open is not None
                body = [self._open.number, template.number, count, self._distinct[template]]
                self._file.write(("," if self._bodies else "") + "\n" + json.dumps(body))
                self._bodies += 1
                self._in_bodies += count
        self._counts.clear()
        self._distinct.clear()

    def close(self, statements: dict[str, int]) -> None:
        """Writes what is known at the end; `statements` are those that each input tells."""
        self._end_request()
        sent = sum(self._statements.values())
        templates = sent if self._workload.distinct else len(self._templates)
        # PostgreSQL is asked for a cursor, for its rows, and to close it.
        more = {"postgresql.log": 2 * bool(self._statements["cursor"])}
        inputs = {
            name: {"statements": count, "templates": templates + more.get(name, 0)}
            for name, count in statements.items()
        }
        known = {
            "requests": self._requests,
            "statements": sent,
            "statements_in_bodies": self._in_bodies,
            "kinds": dict(sorted(self._statements.items())),
            "inputs": inputs,
            "templates": [_example(item, sent) for item, sent in self._templates.items()],
        }
        self._file.write(f"\n],{json.dumps(known, indent=0)[1:]}\n")


def _example(template: Template, sent: Sent) -> dict[str, object]:
    size = min(sent.size, 2)
    values = sent.values[: size * len(template.types)] if size else sent.values
    is_text = template.is_transaction
    return {
        "number": template.number,
        "kind": template.kind,
        "sent": template.sql % values if is_text else sent_text(template, size),
        "postgresql": postgres_text(template, values, size),
        "mysql": mysql_text(template, values, size),
    }


if __name__ == "__main__":
    main()
