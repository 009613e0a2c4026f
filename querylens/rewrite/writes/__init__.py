"""Writes that a loop sends one at a time, rewritten so that they go out together."""

from __future__ import annotations
