"""Keeps the page's own questions out of the terminal, where each request reports itself."""

from __future__ import annotations

import logging

from django.urls import NoReverseMatch, reverse


class PollFilter(logging.Filter):
    """Drops what runserver says of each time that the open page asks for news."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is to be logged."""
        line = record.args[0] if isinstance(record.args, tuple) and record.args else ""
        if getattr(record, "status_code", 0) not in (200, 204) or not isinstance(line, str):
            return True
        try:
            return not line.startswith(f"GET {reverse('querylens_inspector:rows')}")
        except NoReverseMatch:
            return True


def quiet_the_server() -> None:
    """Filters the log of Django's development server."""
    logging.getLogger("django.server").addFilter(PollFilter())
