"""Which fields the database keeps every value of once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from querylens.lint.models.drafts import Draft
from querylens.lint.models.values import Field
from querylens.lint.models.written import Written


def unique_sets(draft: Draft, fields: Mapping[str, Field]) -> frozenset[tuple[str, ...]]:
    """The fields, or the fields together; of one under a condition only its name in brackets."""
    single = ((field.name,) for field in fields.values() if field.unique)
    return frozenset((*single, *_together(draft), *_constraints(draft)))


def _together(draft: Draft) -> Iterator[tuple[str, ...]]:
    items = draft.options.items("unique_together")
    groups = [item.parts for item in items if item.kind == "items"]
    for group in groups or ([items] if items else []):
        yield tuple(str(part.value) for part in group)


def _constraints(draft: Draft) -> Iterator[tuple[str, ...]]:
    for constraint in draft.options.items("constraints"):
        if constraint.kind == "call" and constraint.parts[0].text.endswith("UniqueConstraint"):
            yield _constrained(constraint, draft)


def _constrained(constraint: Written, draft: Draft) -> tuple[str, ...]:
    fields = constraint.keyword("fields")
    is_plain = constraint.keyword("condition") is None and len(constraint.parts) == 1
    if is_plain and fields is not None:
        return tuple(str(part.value) for part in fields.parts)
    name = constraint.string("name").replace("%(class)s", draft.ref.name.lower())
    return (f"({name.replace('%(app_label)s', draft.app_label.lower())})",)
