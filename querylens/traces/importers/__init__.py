"""What else is read as statements: logs of servers, of Django, and spans. One module a format."""

from __future__ import annotations

from collections.abc import Callable

from querylens.traces.importers import django_log, mysql, mysql_general, otlp, postgres
from querylens.traces.statements import Importer

#: Each is asked whether the first bytes of a file are of its format, in this order.
IMPORTERS: tuple[Callable[[bytes], Importer | None], ...] = (
    otlp.recognise,
    django_log.recognise,
    mysql.recognise,
    mysql_general.recognise,
    postgres.recognise,
)
