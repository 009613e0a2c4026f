"""The tests of the page, as its own project would have them: `pytest demo_app --ds=…`."""

from __future__ import annotations
