"""Models from their drafts: fields, relations of both ends, managers, methods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from querylens.lint.models.attributes import attributes_of
from querylens.lint.models.columns import fields_of, primary_key
from querylens.lint.models.drafts import Draft, Drafts
from querylens.lint.models.managers import managers_of
from querylens.lint.models.relations import relations_of, reverse_of
from querylens.lint.models.unique import unique_sets
from querylens.lint.models.values import ClassRef, Model, Relation

Reversed = dict[ClassRef, list[Relation]]


def build_models(drafts: Drafts) -> dict[ClassRef, Model]:
    """Every model of the project, and those outside that are known."""
    reverse = _reverse_relations(drafts)
    return {draft.ref: _build(drafts, draft, reverse) for draft in drafts.by_ref.values()}


def _reverse_relations(drafts: Drafts) -> Reversed:
    """The other ends of all relations, by the model whose table they are on."""
    found: Reversed = defaultdict(list)
    for draft in drafts.by_ref.values():
        if draft.label and drafts.by_label.get(draft.label.lower()) is draft:
            for declared in drafts.declarations.local(draft.ref):
                back = reverse_of(drafts, draft, declared)
                if back is not None and (back[0].is_apart or not draft.is_apart):
                    for ref, relation in _placed(drafts, *back):
                        found[ref].append(relation)
    return found


def _placed(
    drafts: Drafts, target: Draft, relation: Relation
) -> Iterator[tuple[ClassRef, Relation]]:
    """The model whose table it is has the attribute; of many-to-many the proxy itself."""
    concrete = drafts.concrete(target).ref
    if target.ref == concrete or relation.kind != "many_to_many":
        yield concrete, relation
    else:
        yield concrete, replace(relation, accessor="")
        yield target.ref, relation


def _build(drafts: Drafts, draft: Draft, reverse: Reversed) -> Model:
    relations = list(_relations(drafts, draft, reverse))
    fields = fields_of(drafts, draft)
    managers, default = managers_of(drafts, draft)
    concrete = draft if draft.is_abstract else drafts.concrete(draft)
    facts = drafts.classes.facts(draft.ref)
    by_accessor = {relation.accessor: relation for relation in relations if relation.accessor}
    return Model(
        label=draft.label,
        name=draft.ref.name,
        app_label=draft.app_label,
        ref=draft.ref,
        line=facts.line if facts else 0,
        fields=fields,
        relations=by_accessor,
        lookups={relation.lookup: relation for relation in relations if relation.lookup},
        managers=managers,
        default_manager=default,
        has_ordering=any(map(draft.options.is_true, ("ordering", "order_with_respect_to"))),
        is_abstract=draft.is_abstract,
        is_proxy=draft.is_proxy,
        parents=() if draft.is_proxy else tuple(p.label for p in drafts.parents(draft)),
        concrete=concrete.label,
        primary_key="" if draft.is_abstract else primary_key(drafts, draft).name,
        methods=drafts.classes.members(draft.ref),
        attributes=attributes_of(drafts, draft, fields, managers).union(
            by_accessor, _inherited_names(drafts, concrete, reverse)
        ),
        unique_sets=unique_sets(draft, fields),
        has_unknown_base=drafts.has_unknown_base(draft),
    )


def _relations(drafts: Drafts, draft: Draft, reverse: Reversed) -> Iterator[Relation]:
    """The relations of a model's rows: inherited ones, those of other models' fields, its own."""
    concrete = draft if draft.is_abstract else drafts.concrete(draft)
    for parent in drafts.parents(concrete):
        for relation in _relations(drafts, parent, reverse):
            is_link_back = relation.is_parent_link and relation.kind == "reverse"
            is_copied = relation.kind == "generic"
            if not is_link_back and not is_copied:
                yield relation
    yield from reverse.get(concrete.ref, ())
    for declared in drafts.declarations.local(concrete.ref):
        yield from relations_of(drafts, concrete, declared)
    if draft is not concrete:
        yield from reverse.get(draft.ref, ())
        for declared in drafts.declarations.local(draft.ref):
            yield from relations_of(drafts, draft, declared)


def _inherited_names(drafts: Drafts, draft: Draft, reverse: Reversed) -> Iterator[str]:
    """Attributes that a parent's class has for its rows, the one that leads to a child included."""
    for parent in drafts.parents(draft):
        yield from (relation.accessor for relation in reverse.get(parent.ref, ()))
        yield from _inherited_names(drafts, parent, reverse)
