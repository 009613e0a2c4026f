"""Every name that a model's class has, as far as source and Django's fields give it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from querylens.lint.models.drafts import Draft, Drafts
from querylens.lint.models.kinds import DATES
from querylens.lint.models.values import ClassRef, Field

#: Public names of `django.db.models.Model` and of what every model's class is given.
_OF_DJANGO = frozenset(
    (
        *("DoesNotExist", "MultipleObjectsReturned", "adelete", "arefresh_from_db", "asave"),
        *("check", "clean", "clean_fields", "date_error_message", "delete", "from_db"),
        *("full_clean", "get_constraints", "get_deferred_fields", "objects", "pk"),
        *("prepare_database_save", "refresh_from_db", "save", "save_base", "serializable_value"),
        *("unique_error_message", "validate_constraints", "validate_unique"),
    )
)


def attributes_of(
    drafts: Drafts,
    draft: Draft,
    fields: Mapping[str, Field],
    managers: Iterable[str],
) -> frozenset[str]:
    """Names of the class: written ones, and those that fields and managers add."""
    names = {*_OF_DJANGO, *managers, *_made_by_fields(drafts, draft, fields)}
    for base in drafts.classes.order(draft.ref):
        facts = drafts.classes.facts(base) if isinstance(base, ClassRef) else None
        if facts is not None:
            names.update(facts.names, facts.members)
    return frozenset(names)


def _made_by_fields(drafts: Drafts, draft: Draft, fields: Mapping[str, Field]) -> Iterator[str]:
    for field in fields.values():
        yield from (field.name, field.attname)
        if field.django_kind in DATES - {"TimeField"} and not field.null:
            yield from (f"get_next_by_{field.name}", f"get_previous_by_{field.name}")
    for ref in (draft.ref, *drafts.declarations.parents(draft.ref)):
        for declared in drafts.declarations.local(ref):
            if declared.written.keyword("choices") is not None:
                yield f"get_{declared.name}_display"
