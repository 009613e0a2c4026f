"""Reads the project's source for queries in loops, before anything runs."""

from __future__ import annotations
