"""Relations from the fields that declare them, by both of their ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from querylens.lint.models.columns import key_of
from querylens.lint.models.declared import Declared
from querylens.lint.models.drafts import Draft, Drafts
from querylens.lint.models.references import Labelled
from querylens.lint.models.through import between
from querylens.lint.models.values import Relation
from querylens.lint.models.written import Written

Target = Draft | Labelled


def relations_of(drafts: Drafts, draft: Draft, declared: Declared) -> Iterator[Relation]:
    """The relation that a field makes on its own model."""
    if declared.shape in ("key", "one_to_one"):
        yield _forward(drafts, draft, declared)
    elif declared.shape == "many_to_many":
        yield _many_to_many(drafts, draft, declared)
    elif declared.shape == "generic_rows":
        yield _generic_rows(drafts, draft, declared)
    elif declared.shape == "generic_key":
        yield Relation(
            *(draft.full_name, declared.name, "generic", True, "", "", declared.name),
            generic_ends=_ends(declared),
        )


def reverse_of(drafts: Drafts, draft: Draft, declared: Declared) -> tuple[Draft, Relation] | None:
    """The relation that a field makes on the model it leads to, and that model."""
    if declared.shape not in ("key", "one_to_one", "many_to_many", "generic_rows"):
        return None
    target = drafts.target(declared, draft)
    if isinstance(target, Labelled):
        return None
    if declared.shape == "generic_rows":
        lookup = declared.written.string("related_query_name")
        relation = _generic_rows(drafts, draft, declared)
        back = Relation(
            *(target.label, "", "reverse", False, draft.label, lookup, declared.name),
            is_own=False,
            generic_ends=relation.generic_ends,
        )
    elif declared.shape == "many_to_many":
        back = _reverse_many(drafts, draft, declared, target)
    else:
        back = _reverse_key(drafts, draft, declared, target)
    return (target, back) if back.accessor or back.lookup else None


def _forward(drafts: Drafts, draft: Draft, declared: Declared) -> Relation:
    target = drafts.target(declared, draft)
    key = key_of(drafts, declared, target)
    _, lookup = _names_of_reverse(draft, declared)
    return Relation(
        owner=draft.full_name,
        accessor=declared.name,
        kind="forward",
        to_one=True,
        target=target.label,
        lookup=declared.name,
        field=declared.name,
        attname=declared.attname,
        target_key=key.name,
        target_attname=key.attname,
        target_is_primary=key.is_primary,
        null=declared.written.is_true("null"),
        is_parent_link=declared.parent is not None or declared.written.is_true("parent_link"),
        back=lookup,
    )


def _reverse_key(drafts: Drafts, draft: Draft, declared: Declared, target: Draft) -> Relation:
    accessor, lookup = _names_of_reverse(draft, declared)
    forward = _forward(drafts, draft, declared)
    return replace(
        forward,
        owner=target.label,
        accessor=accessor,
        kind="reverse",
        is_own=False,
        to_one=declared.shape == "one_to_one",
        target=draft.label,
        lookup=lookup,
        back=declared.name,
        null=True,
    )


def _many_to_many(drafts: Drafts, draft: Draft, declared: Declared) -> Relation:
    target = drafts.target(declared, draft)
    symmetrical = _is_symmetrical(declared, draft, target)
    _, lookup = _names_of_reverse(draft, declared)
    relation = Relation(
        owner=draft.full_name,
        accessor=declared.name,
        kind="many_to_many",
        to_one=False,
        target=target.label,
        lookup=declared.name,
        field=declared.name,
        back="" if symmetrical else lookup,
        symmetrical=symmetrical,
    )
    return between(drafts, draft, declared, target, relation)


def _reverse_many(drafts: Drafts, draft: Draft, declared: Declared, target: Draft) -> Relation:
    forward = _many_to_many(drafts, draft, declared)
    accessor, lookup = ("", "") if forward.symmetrical else _names_of_reverse(draft, declared)
    mine, other = forward.through_keys
    return replace(
        forward,
        owner=target.label,
        accessor=accessor,
        is_own=False,
        target=draft.label,
        lookup=lookup,
        back=declared.name,
        through_keys=(other, mine),
    )


def _generic_rows(drafts: Drafts, draft: Draft, declared: Declared) -> Relation:
    target = drafts.target(declared, draft)
    of_concrete = declared.written.keyword("for_concrete_model")
    keeps_proxy = of_concrete is not None and not declared.written.is_true("for_concrete_model")
    named = draft if keeps_proxy or draft.is_abstract else drafts.concrete(draft)
    return Relation(
        *(draft.full_name, declared.name, "generic", False, target.label, declared.name),
        field=declared.name,
        generic_ends=_ends(declared),
        generic_type=named.label.lower(),
    )


def _ends(declared: Declared) -> tuple[str, str]:
    """The fields of the type and of the key of generic rows, in Django's own names or others."""
    written = declared.written
    if declared.shape == "generic_key":
        given = written.argument(0, "ct_field"), written.argument(1, "fk_field")
    else:
        given = written.argument(2, "content_type_field"), written.argument(1, "object_id_field")
    return _text(given[0]) or "content_type", _text(given[1]) or "object_id"


def _text(written: Written | None) -> str:
    return written.value if written is not None and isinstance(written.value, str) else ""


def _is_symmetrical(declared: Declared, draft: Draft, target: Target) -> bool:
    """Whether a many-to-many relation to the model itself has no other end."""
    to = declared.written.argument(0, "to")
    is_self = to is not None and to.value == "self"
    given = declared.written.keyword("symmetrical")
    asked = declared.written.is_true("symmetrical") if given is not None else is_self
    return asked and target.label == draft.label


def _names_of_reverse(draft: Draft, declared: Declared) -> tuple[str, str]:
    """The attribute and the lookup by which the other model leads back; empty for none."""
    position = 1 if declared.shape == "many_to_many" else 2
    given = _text(declared.written.argument(position, "related_name"))
    name = _filled(given or draft.options.text("default_related_name"), draft)
    query = _filled(declared.written.string("related_query_name"), draft)
    plain = draft.ref.name.lower()
    if name.endswith("+"):
        return "", query
    suffix = "" if declared.shape == "one_to_one" else "_set"
    return name or f"{plain}{suffix}", query or name or plain


def _filled(name: str, draft: Draft) -> str:
    model = draft.ref.name.lower()
    for key, value in (("class", model), ("model_name", model), ("app_label", draft.app_label)):
        name = name.replace(f"%({key})s", value.lower())
    return name
