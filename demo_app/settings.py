"""Django settings of the demo; what differs from run to run comes from the environment."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import dj_database_url
from django.core.management.utils import get_random_secret_key

BASE_DIR = Path(__file__).resolve().parent

# Sessions live in the throwaway database, so their key need not outlive the process either.
SECRET_KEY = get_random_secret_key()
# `serve` shows the live page beside the pages; `play` counts without it.
IS_SERVED = os.environ.get("DEMO_SERVES") == "1"
DEBUG = IS_SERVED
INTERNAL_IPS = ["127.0.0.1"]
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "demo_app.accounts",
    "demo_app.media",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "demo_app.urls"
if IS_SERVED:
    INSTALLED_APPS = ["querylens.django", "querylens.django.inspector", *INSTALLED_APPS]
    MIDDLEWARE.insert(1, "querylens.django.QueryLensMiddleware")
    QUERYLENS = {"REPORT": ["terminal", "headers", "page"]}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "demo_app.accounts.context_processors.profile",
            ],
        },
    },
]

# `python -m demo_app` always names a database of its own; this file is for manage.py commands.
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "demo.sqlite3"}}
if _DATABASE_URL := os.environ.get("DEMO_DATABASE_URL"):
    DATABASES["default"] = dj_database_url.parse(_DATABASE_URL)
if not DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

USE_TZ = True
TIME_ZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {
        "demo_app": {"handlers": ["console"], "level": os.environ.get("DEMO_LOG_LEVEL", "ERROR")},
        "django.request": {"handlers": ["console"], "level": "ERROR"},
    },
}

STREAMING_API_URL = os.environ.get("STREAMING_API_URL", "http://127.0.0.1:8001")
STREAMING_API_TIMEOUT = float(os.environ.get("STREAMING_API_TIMEOUT", "2"))
STREAMING_OFFERS_TTL = timedelta(seconds=int(os.environ.get("STREAMING_OFFERS_TTL", "86400")))
