"""`manage.py querylens …` does what `querylens …` does."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Hands its arguments on as they are."""

    help = "Finds, explains and removes N+1 queries: the same commands as `querylens`."
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        _main(argv[2:])

    def print_help(self, *_: str) -> None:
        _main(["--help"])

    def handle(self, *arguments: str, **_: Any) -> None:
        _main(list(arguments))


def _main(arguments: list[str]) -> None:
    # By its name: the command line is a floor above Django's.
    import_module("querylens.cli").main(arguments, "manage.py querylens")
