"""Loud shapes that source alone can't show, each with the reason; all others can be found in it.

This list was written before the rules were, and says nothing of what they find.
"""

from __future__ import annotations

_ASKED_TWICE = (
    "the same query twice is no rule of the linter: whether both run is not in the source"
)
_SENT_BY_FORMS = "Django's forms send it while they validate: no line of the project asks"

NOT_IN_SOURCE: dict[str, str] = {
    "duplicate_get": _ASKED_TWICE,
    "duplicate_helper": _ASKED_TWICE,
    "duplicate_in_two_functions": _ASKED_TWICE,
    "duplicate_in_loop_of_three": _ASKED_TWICE,
    "duplicate_in_loop": _ASKED_TWICE,
    "duplicate_list_in_loop": _ASKED_TWICE,
    "duplicate_evaluation": _ASKED_TWICE,
    "duplicate_exists": _ASKED_TWICE,
    "duplicate_related_set": _ASKED_TWICE,
    "duplicate_related_count": _ASKED_TWICE,
    "duplicate_raw": _ASKED_TWICE,
    "duplicate_in_template": _ASKED_TWICE,
    "duplicate_in_view_and_context_processor": _ASKED_TWICE,
    "async_duplicate": _ASKED_TWICE,
    "formset_choices": _ASKED_TWICE,
    "formset_validation": _SENT_BY_FORMS,
    "formset_save": _SENT_BY_FORMS,
    "formset_save_all": _SENT_BY_FORMS,
    "serializer_save_many": "the serializer's base class writes: no line of the project does",
    "rows_from_cache": "what a cache holds is not in the source",
    "chain_behind_generic_row": "the model behind a generic key is in its rows",
    "generic_foreign_key_to_two_models": "the model behind a generic key is in its rows",
    "update_save_with_receiver_that_queries": "the receiver is connected while it runs",
    "relation_beside_get_in_view_and_template": "the two reads are in a view and in its template",
}
