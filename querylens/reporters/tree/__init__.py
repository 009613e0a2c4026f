"""Outputs of one recorded trace: the tree of its queries, and one module for each output."""

from __future__ import annotations
