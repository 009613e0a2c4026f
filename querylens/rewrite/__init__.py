"""Code to paste: how a line, a loop or a chain of methods reads once it is fixed."""

from __future__ import annotations
