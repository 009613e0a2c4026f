"""The Django application: `INSTALLED_APPS = ["querylens.django", …]`."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks

from querylens.django import hooks
from querylens.django.checks import check_configuration, check_middleware


class QueryLensConfig(AppConfig):
    """Puts the hooks in place before other applications build their first querysets.

    List it first: a queryset at class level, as in a generic view, tells where it was built only
    when the hooks were there before it.
    """

    name = "querylens.django"
    label = "querylens"

    def ready(self) -> None:
        hooks.install()
        checks.register(check_middleware)
        checks.register(check_configuration)
