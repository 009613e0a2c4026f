"""Reads Django and Jinja2 templates, and walks them with values that stand for rows."""

from __future__ import annotations
