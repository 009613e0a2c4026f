"""The model between both ends of a many-to-many relation, and its keys to them."""

from __future__ import annotations

from dataclasses import replace

from querylens.lint.models.columns import key_of
from querylens.lint.models.declared import Declared
from querylens.lint.models.drafts import Draft, Drafts
from querylens.lint.models.references import Labelled
from querylens.lint.models.values import Relation


def between(
    drafts: Drafts, draft: Draft, declared: Declared, target: Draft | Labelled, relation: Relation
) -> Relation:
    """The relation with the model between: Django's own, or the one that `through` names."""
    if declared.written.keyword("through") is None:
        return replace(
            relation,
            through=f"{draft.app_label}.{draft.ref.name}_{declared.name}" if draft.label else "",
            through_keys=_made_keys(draft, target),
        )
    through = drafts.target(declared, draft, "through")
    if isinstance(through, Labelled):
        return replace(relation, through=through.label, through_is_own=True)
    ends: list[tuple[str, str]] = []
    is_by_primary = True
    for _, other in drafts.declarations.all(through.ref):
        if other.shape in ("key", "one_to_one"):
            end = drafts.target(other, through)
            ends.append((other.name, end.label))
            is_by_primary = is_by_primary and key_of(drafts, other, end).is_primary
    return replace(
        relation,
        through=through.label,
        through_is_own=True,
        through_keys=_written_keys(ends, declared, draft.label, target.label),
        through_is_by_primary=is_by_primary,
    )


def _made_keys(draft: Draft, target: Draft | Labelled) -> tuple[str, str]:
    mine = draft.ref.name.lower()
    other = target.label.rpartition(".")[2].lower()
    return (f"from_{mine}", f"to_{other}") if mine == other else (mine, other)


def _written_keys(
    keys: list[tuple[str, str]], declared: Declared, owner: str, target: str
) -> tuple[str, str]:
    """The first key to each end; of two to the same model the first is this row's."""
    given = declared.written.keyword("through_fields")
    if given is not None and len(given.parts) == 2:
        return str(given.parts[0].value), str(given.parts[1].value)
    mine = [name for name, label in keys if label == owner]
    others = [name for name, label in keys if label == target]
    if owner == target:
        others = others[1:]
    return (mine[0] if mine else "", others[0] if others else "")
