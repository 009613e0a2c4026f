"""The Django application: `INSTALLED_APPS = ["querylens.django.inspector", …]`."""

from __future__ import annotations

from contextlib import suppress

from django.apps import AppConfig
from django.core import checks

from querylens.errors import ConfigError


class InspectorConfig(AppConfig):
    """Keeps the requests that the middleware reports to the page."""

    name = "querylens.django.inspector"
    label = "querylens_inspector"

    def ready(self) -> None:
        from querylens.django.exchanges import subscribers
        from querylens.django.inspector.checks import check_page
        from querylens.django.inspector.quiet_log import quiet_the_server
        from querylens.django.inspector.recent import keep
        from querylens.recorder import configuration

        checks.register(check_page)
        # The system checks tell of a wrong configuration.
        with suppress(ConfigError):
            if "page" in configuration().report and keep not in subscribers:
                subscribers.append(keep)
                quiet_the_server()
