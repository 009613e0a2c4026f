"""Outputs of a comparison: one module each, and the words that they have in common."""

from __future__ import annotations
