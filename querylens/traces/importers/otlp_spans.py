"""What one span tells: a statement, or the name of the request that statements belong to.

Attributes are read under their present names and those before
(https://opentelemetry.io/docs/specs/semconv/database/database-spans/ and
https://opentelemetry.io/docs/specs/semconv/non-normative/db-migration/). A batch is one statement.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any

from querylens.traces.importers.otlp_attributes import (
    Attributes,
    call_site,
    database_of,
    error_name,
    is_error,
    printable,
    request_name,
    sql_text,
    text_of,
    values_of,
)
from querylens.traces.importers.otlp_jaeger import as_otlp, jaeger_spans
from querylens.traces.statements import Statement, Untold

#: Values of `db.system` and of `db.system.name`, which may have a vendor before a dot.
_SQL_SYSTEMS = frozenset(
    """
    clickhouse cockroachdb db2 derby firebird firebirdsql h2 hana hsqldb informix mariadb mssql
    mysql oracle oracle.db other_sql postgresql redshift snowflake spanner sql_server sqlite sybase
    trino vertica
    """.split()  # noqa: SIM905
)
_SERVER = frozenset({2, 5, "SPAN_KIND_SERVER", "SPAN_KIND_CONSUMER"})
_INTERNAL = frozenset({0, 1, "SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL"})
_HEX_ID = re.compile(r"[0-9a-fA-F]{32}")
_SAMPLED = re.compile(r"(?:^|,)[ \t]*ot=(?:[^,;]*;)*?(?:th:0*[1-9a-f]|p:0*[1-9])")
_LATEST_NS = 1 << 63
#: Lengths at which exporters are commonly told to cut attributes.
_LENGTH_LIMITS = frozenset(
    [1 << bits for bits in range(6, 18)]
    + [(1 << bits) - 1 for bits in range(6, 18)]
    + [100, 200, 250, 500, 1000, 2000, 2500, 4000, 5000, 8000, 10_000, 12_000, 16_000, 32_000]
)

#: What reading a document of other types than OTLP's can raise.
_WRONG_TYPES = (
    AttributeError,
    KeyError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)
_MALFORMED = "a span is not as OTLP has it: export the spans again"


class SpanReader:
    """Makes statements of the spans of OTLP documents, and counts what spans do not tell."""

    def __init__(self, untold: Untold) -> None:
        self._untold = untold

    def statements(self, document: Any, problem: Callable[[str], None]) -> Iterator[Statement]:
        """The database spans of a document, then what its spans call their requests."""
        names: list[tuple[bool, Statement]] = []
        try:
            for service, span in _spans(document):
                try:
                    yield from self._told_by(span, service, names)
                except _WRONG_TYPES:
                    problem(_MALFORMED)
        except _WRONG_TYPES:
            problem(_MALFORMED)
        yield from _best_names(names)

    def _told_by(
        self, span: dict[str, Any], service: str, names: list[tuple[bool, Statement]]
    ) -> Iterator[Statement]:
        if "operationName" in span:
            span = as_otlp(span)
        attributes = values_of(span.get("attributes"))
        if (state := span.get("traceState")) and _SAMPLED.search(state):
            self._untold.miss("spans of sampled traces")
        if _is_of_sql(attributes):
            statement = self._statement(span, service, attributes)
            if statement is not None:
                yield statement
        elif _names_request(span, attributes):
            at, duration = _times(span)
            name = request_name(printable(span.get("name", "")), attributes)
            request = _trace_id(span.get("traceId", ""))
            statement = Statement(
                "", at, duration, service, request=request, name=name, told_by="span"
            )
            names.append((bool(attributes.get("http.route")), statement))

    def _statement(
        self, span: dict[str, Any], service: str, attributes: Attributes
    ) -> Statement | None:
        sql = sql_text(attributes)
        if not sql:
            self._untold.miss("database spans without SQL text")
            return None
        if span.get("droppedAttributesCount") or _is_cut(sql):
            self._untold.miss("truncated statements")
        at, duration = _times(span)
        return Statement(
            sql,
            at,
            duration,
            service,
            "",
            _trace_id(span.get("traceId", "")),
            "",
            _parameters(attributes),
            error_name(span, attributes) if is_error(span) else "",
            call_site(attributes),
            database=database_of(attributes),
        )


def _spans(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each span with the name of its service."""
    if "data" in document:
        yield from jaeger_spans(document)
        return
    # Tempo's API has names of its own for what holds OTLP's lists.
    document = document.get("trace") or document
    for of_resource in document.get("resourceSpans") or document.get("batches") or ():
        resource = values_of((of_resource.get("resource") or {}).get("attributes"))
        service = text_of(resource.get("service.name"))
        # The older name was written up to OTLP 0.19.
        scopes = of_resource.get("scopeSpans") or of_resource.get("instrumentationLibrarySpans")
        for of_scope in scopes or ():
            for span in of_scope.get("spans") or ():
                yield service, span


def _is_of_sql(attributes: Attributes) -> bool:
    system = attributes.get("db.system.name") or attributes.get("db.system")
    if system is None:
        return "db.query.text" in attributes or "db.statement" in attributes
    name = text_of(system)
    return name in _SQL_SYSTEMS or name.rpartition(".")[2] in _SQL_SYSTEMS


def _names_request(span: dict[str, Any], attributes: Attributes) -> bool:
    kind = span.get("kind", 0)
    if kind in _SERVER:
        return True
    is_root = not span.get("parentSpanId")
    return kind in _INTERNAL and (is_root or "http.route" in attributes)


def _best_names(names: list[tuple[bool, Statement]]) -> Iterator[Statement]:
    """Names without a route only where the document has none with one for the same request.

    A server's own span lies around the framework's, which alone knows the route.
    """
    routed = {(name.request, name.session) for has_route, name in names if has_route}
    for has_route, name in names:
        if has_route or (name.request, name.session) not in routed:
            yield name


def _times(span: dict[str, Any]) -> tuple[int, int]:
    """Beginning and duration. Raises ValueError when they are out of range."""
    start = int(span.get("startTimeUnixNano") or 0)
    end = int(span.get("endTimeUnixNano") or start)
    if not (0 <= start < _LATEST_NS and 0 <= end < _LATEST_NS):
        raise ValueError
    return start, max(end - start, 0)


def _trace_id(written: str) -> str:
    """In hexadecimal digits, or empty. Raises ValueError for what is neither these nor base64."""
    if not _HEX_ID.fullmatch(written):
        # The plain mapping of Protobuf to JSON writes bytes so.
        written = base64.b64decode(written, validate=True).hex()
    return written.lower() if written.strip("0") else ""


def _parameters(attributes: Attributes) -> str:
    if "db.statement.parameters" in attributes:
        return printable(text_of(attributes["db.statement.parameters"]))
    told = [key for key in attributes if key.startswith("db.query.parameter.")]
    return printable(", ".join(f"{key[19:]}={text_of(attributes[key])}" for key in sorted(told)))


def _is_cut(sql: str) -> bool:
    """Whether the text says that it was cut, or ends at a usual limit with something open."""
    if sql.endswith(("...", "…")):
        return True
    return len(sql) in _LENGTH_LIMITS and (
        sql.count("(") != sql.count(")") or sql.count("'") % 2 == 1 or sql.count('"') % 2 == 1
    )
