"""Settings of the test project."""

from __future__ import annotations

import os
from pathlib import Path

from tests.project.servers import server_database

ROOT = Path(__file__).parent

DEBUG = False
SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.project.urls"
USE_TZ = True
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# All tables are made at once, so that those of the app may point to those of Django.
MIGRATION_MODULES = dict.fromkeys(["admin", "auth", "contenttypes", "library", "sessions"])

DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
    "other": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
}
for _alias, _variable in (
    ("postgresql", "QUERYLENS_POSTGRES_URL"),
    ("mysql", "QUERYLENS_MYSQL_URL"),
):
    if _database := server_database(os.environ.get(_variable, "")):
        DATABASES[_alias] = _database

INSTALLED_APPS = [
    "querylens.django",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "debug_toolbar",
    "tests.project.library",
]

MIDDLEWARE = [
    "debug_toolbar.middleware.DebugToolbarMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "tests.project.middleware.function_style",
    "tests.project.middleware.ClassStyle",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tests.project.library.context_processors.menu",
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [ROOT / "jinja2"],
    },
]

# The toolbar shows itself for requests that carry this header: see toolbar.py.
DEBUG_TOOLBAR_CONFIG = {
    "SHOW_TOOLBAR_CALLBACK": "tests.project.toolbar.is_asked_for",
    "IS_RUNNING_TESTS": False,
}
