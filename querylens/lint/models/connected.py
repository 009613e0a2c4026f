"""Which receivers hear the signals of which models."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from querylens.lint.models.drafts import Drafts
from querylens.lint.models.names import FunctionRef, Value, Within
from querylens.lint.models.values import ClassRef, Model
from querylens.lint.models.written import ReceiverFacts, Written

#: Dotted names of functions by signal and label; those for every sender have an empty label.
Receivers = Mapping[tuple[str, str], tuple[str, ...]]
Built = Mapping[ClassRef, Model]
_NOBODY = ClassRef("", "")


def receivers_by_label(drafts: Drafts, models: Built, is_apart: Callable[[str], bool]) -> Receivers:
    """The receivers that the project's modules connect."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for module in drafts.classes.names.modules.values():
        if is_apart(module.name):
            continue
        for facts in module.receivers:
            function = _function(drafts, module.name, facts)
            label = _label(drafts, models, module.name, facts)
            if function and label is not None:
                for signal in facts.signals:
                    found[signal, label].append(function)
    return {key: tuple(dict.fromkeys(names)) for key, names in found.items()}


def _function(drafts: Drafts, module: str, facts: ReceiverFacts) -> str:
    found = drafts.classes.names.meaning(module, facts.function, facts.imports)
    if isinstance(found, FunctionRef):
        return f"{found.module}.{found.name}"
    if isinstance(found, Within) and found.owner is not None:
        return ".".join((found.module, found.owner.name, *found.path))
    return ""


def _label(drafts: Drafts, models: Built, module: str, facts: ReceiverFacts) -> str | None:
    """The label of the sender; empty for any sender, None for one that nobody can tell."""
    sender = facts.sender
    if sender is None:
        return ""
    if sender.kind == "name":
        found = drafts.classes.names.meaning(module, sender.text, facts.imports)
        if isinstance(found, ClassRef):
            draft = drafts.by_ref.get(found)
            return draft.label if draft and draft.label else None
        if isinstance(found, Within):
            return _through(models, found)
        if isinstance(found, Value):
            module, sender = found.module, found.written
    return _of_reference(drafts, module, sender)


def _of_reference(drafts: Drafts, module: str, sender: Written) -> str | None:
    target = drafts.found(drafts.references.read(sender, module, "", _NOBODY))
    return target.label or None


def _through(models: Built, found: Within) -> str | None:
    """`Book.tags.through`: the model between."""
    model = models.get(found.owner) if found.owner else None
    if model is None or len(found.path) != 2 or found.path[1] != "through":
        return None
    relation = model.relations.get(found.path[0])
    return relation.through if relation else None
