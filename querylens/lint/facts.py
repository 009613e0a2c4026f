"""Facts of causes."""

from __future__ import annotations

from typing import Any


def lookup_facts(models: Any, model: Any, fields: Any) -> frozenset[str]:
    return frozenset()


def reading_facts(models: Any, relation: Any) -> frozenset[str]:
    return frozenset()


def write_facts(models: Any, kind: str, access: str, model: Any) -> frozenset[str]:
    return frozenset()


def relation_facts(models: Any, relation: Any) -> frozenset[str]:
    return frozenset()


def key_facts(models: Any, relation: Any) -> frozenset[str]:
    return frozenset()
