"""What commands know of the project they are called in."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from querylens.config import Config, load_config
from querylens.errors import ConfigError


def project_config(overrides: Mapping[str, object] | None = None) -> Config:
    """The project's configuration, the command line first. Raises `ConfigError`."""
    return load_config(settings=_django_settings(), overrides=overrides)


def load_django(settings: str) -> None:
    """Sets a Django project up, as its manage.py would from the working directory.

    Raises `ConfigError`, in one line, for whatever the project raises then.
    """
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    folder = os.getcwd()  # noqa: PTH109
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        django.setup()
    except (Exception, SystemExit) as error:  # noqa: BLE001
        # The project's own code runs here: it may raise anything.
        complaint = " ".join(str(error).split()) or "no message"
        raise ConfigError(
            f"--settings {settings}: the project can't be loaded: {type(error).__name__}: "
            f"{complaint}"
        ) from None


def tables_of_models() -> dict[str, str]:
    """The models of tables, where Django's registry is at hand: under manage.py."""
    if "django.apps" not in sys.modules:
        return {}
    from django.apps import apps

    if not apps.models_ready:
        return {}
    models = apps.get_models(include_auto_created=True)
    return {model._meta.db_table: model._meta.label for model in models}


def _django_settings() -> Any:
    """Django's, where it is set up already: under manage.py."""
    if "django.conf" not in sys.modules:
        return None
    from django.conf import settings

    return getattr(settings, "QUERYLENS", None) if settings.configured else None
