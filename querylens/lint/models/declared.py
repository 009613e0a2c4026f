"""The fields that each model's own table has: written in its body or copied from abstract bases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from querylens.lint.models.classes import Base, Classes, family_by_name
from querylens.lint.models.kinds import (
    AUTOMATIC,
    DATES,
    FILES,
    MADE_ON_SAVE,
    Shape,
    django_kind,
    shape_of,
)
from querylens.lint.models.options import AllOptions
from querylens.lint.models.values import ClassRef
from querylens.lint.models.written import Written
from querylens.lint.project import External


@dataclass(frozen=True, slots=True)
class Declared:
    """A field. Names in `written` are read in `module`; `parent` is what a made link leads to."""

    name: str
    shape: Shape
    kind: str
    django_kind: str
    module: str
    written: Written
    made_on_save: bool = False
    parent: ClassRef | None = None

    @property
    def has_column(self) -> bool:
        """Whether the row holds a value of it."""
        return self.shape in ("column", "key", "one_to_one")

    @property
    def is_private(self) -> bool:
        """Whether children with a table of their own get a copy."""
        return self.shape in ("generic_key", "generic_rows")

    @property
    def attname(self) -> str:
        """The attribute of the value itself."""
        return f"{self.name}_id" if self.shape in ("key", "one_to_one") else self.name


class Declarations:
    """The fields of every model, each worked out once."""

    def __init__(self, classes: Classes, options: AllOptions) -> None:
        self._classes = classes
        self._options = options
        self._local: dict[ClassRef, tuple[Declared, ...]] = {}

    def local(self, ref: ClassRef) -> tuple[Declared, ...]:
        """The fields of the model's own table, and its generic ones; none for a proxy."""
        known = self._local.get(ref)
        if known is None:
            self._local[ref] = ()
            known = self._local[ref] = tuple(self._find(ref))
        return known

    def parents(self, ref: ClassRef) -> tuple[ClassRef, ...]:
        """Models whose tables have a part of each row, or whose table a proxy shares."""
        found: dict[ClassRef, None] = {}
        for base in self.model_bases(ref):
            if self._options.is_abstract(base):
                found.update(dict.fromkeys(self.parents(base)))
            else:
                found[self.concrete(base)] = None
        return tuple(found)

    def concrete(self, ref: ClassRef) -> ClassRef:
        """The model whose table it is: another one's for a proxy."""
        for _ in self._classes.order(ref):
            if not self._options.of(ref).is_true("proxy"):
                break
            ref = next(iter(self.parents(ref)), ref)
        return ref

    def model_bases(self, ref: ClassRef) -> list[ClassRef]:
        """The models that a model is directly made from."""
        return [
            base
            for base in self._classes.bases(ref)
            if isinstance(base, ClassRef) and self._classes.family(base) == "model"
        ]

    def all(self, ref: ClassRef) -> Iterator[tuple[ClassRef, Declared]]:
        """Every field and the model that has it, those of parents first."""
        seen: set[str] = set()
        for parent in self.parents(ref):
            for owner, declared in self.all(parent):
                if declared.name not in seen and not declared.is_private:
                    seen.add(declared.name)
                    yield owner, declared
        yield from ((ref, declared) for declared in self.local(ref) if declared.name not in seen)

    def _find(self, ref: ClassRef) -> Iterator[Declared]:
        own = {declared.name: declared for declared in self._own(ref)}
        is_proxy = self._options.of(ref).is_true("proxy")
        bases = self.model_bases(ref)
        taken: set[str] = set()
        found: dict[str, Declared] = {}
        for base in self._classes.order(ref):
            if not isinstance(base, ClassRef):
                continue
            if base not in bases:
                taken |= self._names(base)
            elif not self._options.is_abstract(base):
                if not is_proxy:
                    found |= self._link_to(self.concrete(base), own, found)
                found |= {d.name: d for d in self.local(self.concrete(base)) if d.is_private}
            else:
                found |= self._copied(base, taken, found)
        yield from (declared for name, declared in found.items() if name not in own)
        yield from own.values()

    def _copied(
        self, base: ClassRef, taken: set[str], found: dict[str, Declared]
    ) -> dict[str, Declared]:
        return {
            declared.name: declared
            for declared in self.local(base)
            if declared.name not in found and (declared.is_private or declared.name not in taken)
        }

    def _link_to(
        self, parent: ClassRef, own: dict[str, Declared], found: dict[str, Declared]
    ) -> dict[str, Declared]:
        """The key to the parent's row, which Django makes where none is written."""
        for declared in (*own.values(), *found.values()):
            if declared.parent == parent or self._is_link(declared, parent):
                return {}
        name = f"{parent.name.lower()}_ptr"
        link = Written("call", keywords=(("parent_link", Written("constant", value=True)),))
        kind = "OneToOneField"
        return {
            name: Declared(name, "one_to_one", kind, kind, parent.module, link, parent=parent),
        }

    def _is_link(self, declared: Declared, parent: ClassRef) -> bool:
        to = declared.written.argument(0, "to")
        if declared.shape != "one_to_one" or not declared.written.is_true("parent_link") or not to:
            return False
        named = to.text or str(to.value or "")
        return named.rpartition(".")[2].lower() == parent.name.lower()

    def _names(self, base: ClassRef) -> set[str]:
        facts = self._classes.facts(base)
        return {*facts.names, *facts.members} if facts else set()

    def _own(self, ref: ClassRef) -> Iterator[Declared]:
        facts = self._classes.facts(ref)
        for name, written in facts.values.items() if facts else ():
            base = self._classes.named(ref.module, written.parts[0]) if written.parts else None
            if base is not None and written.kind == "call":
                declared = self._declared(name, ref.module, written, base)
                if declared is not None:
                    yield declared

    def _declared(self, name: str, module: str, written: Written, base: Base) -> Declared | None:
        if self._classes.family(base) != "field":
            return None
        roots = (b.name for b in self._classes.order(base) if isinstance(b, External))
        outside = next((name for name in roots if family_by_name(name) == "field"), "")
        if not outside:
            return None
        package, _, root = outside.rpartition(".")
        kind = base.name.rpartition(".")[2] if isinstance(base, (External, ClassRef)) else root
        django = django_kind(root, package)
        is_made = root in MADE_ON_SAVE or "pre_save" in self._classes.members(base)
        return Declared(
            name, shape_of(root), kind, django, module, written, is_made and django not in FILES
        )


def is_required(declared: Declared, empty_texts: frozenset[str]) -> bool:
    """Whether a new row can't do without a value of it."""
    written = declared.written
    default = written.keyword("default")
    has_default = default is not None and default != Written("constant")
    is_made = declared.django_kind in AUTOMATIC or declared.django_kind == "GeneratedField"
    sets_itself = declared.django_kind in DATES and (
        written.is_true("auto_now") or written.is_true("auto_now_add")
    )
    is_text = default is None and declared.django_kind in empty_texts
    return not (
        written.is_true("null")
        or has_default
        or written.keyword("db_default") is not None
        or is_made
        or sets_itself
        or is_text
    )
