"""What querylens raises: every message is one clear line."""

from __future__ import annotations


class QueryLensError(Exception):
    """Base of every error that querylens raises on purpose."""


class ConfigError(QueryLensError):
    """A setting is wrong. Names the setting, what was given and what is allowed."""


class BaselineError(QueryLensError):
    """A baseline file cannot be read or written. Names the file, the line and the remedy."""


class UnsupportedDjangoError(QueryLensError):
    """The installed Django is older than querylens supports."""


class MisuseError(QueryLensError):
    """An assertion was asked for something that it cannot judge. Says what to write instead."""
