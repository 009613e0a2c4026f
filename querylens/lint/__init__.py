"""Reads the project's source for queries in loops, before anything runs."""

from __future__ import annotations

from querylens.lint.linted import LINT_CODES, Linted, NotFollowed
from querylens.lint.linting import lint

__all__ = ["LINT_CODES", "Linted", "NotFollowed", "lint"]
