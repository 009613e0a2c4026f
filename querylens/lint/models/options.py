"""A model's `class Meta`, with what it inherits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from querylens.lint.models.classes import Classes
from querylens.lint.models.names import Within
from querylens.lint.models.values import ClassRef
from querylens.lint.models.written import ClassFacts, Written

#: What another model's table does not pass on to a child with a table of its own.
_PASSED_ON = "ordering"
_MOST_META = 10


@dataclass(frozen=True, slots=True)
class Option:
    """A value of `Meta`, and the module where its names are read."""

    module: str
    written: Written

    @property
    def is_true(self) -> bool:
        """Whether it is anything but plainly empty."""
        if self.written.kind == "constant":
            return bool(self.written.value)
        return self.written.kind != "items" or bool(self.written.parts)

    @property
    def text(self) -> str:
        """The text it is; empty for anything else."""
        return self.written.value if isinstance(self.written.value, str) else ""


@dataclass(frozen=True, slots=True)
class Options:
    """The values of `Meta` by name, as the model has them."""

    values: dict[str, Option]

    def is_true(self, name: str) -> bool:
        """Whether it has a value that is not plainly false."""
        return name in self.values and self.values[name].is_true

    def text(self, name: str) -> str:
        """The text it has under a name; empty for none."""
        return self.values[name].text if name in self.values else ""

    def items(self, name: str) -> tuple[Written, ...]:
        """The items of a list it has under a name."""
        return self.values[name].written.parts if name in self.values else ()


class AllOptions:
    """The options of every model, each worked out once."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        self._known: dict[ClassRef, Options] = {}

    def of(self, ref: ClassRef) -> Options:
        """A model's own options and those it inherits."""
        known = self._known.get(ref)
        if known is None:
            self._known[ref] = Options({})
            known = self._known[ref] = self._read(ref)
        return known

    def is_abstract(self, ref: ClassRef) -> bool:
        """Whether it says itself that it has no table: that is never inherited."""
        facts = self._classes.facts(ref)
        written = facts.meta.values.get("abstract") if facts and facts.meta else None
        return written is not None and not (written.kind == "constant" and not written.value)

    def _read(self, ref: ClassRef) -> Options:
        facts = self._classes.facts(ref)
        values: dict[str, Option] = {}
        own = self._own_meta(ref)
        if facts is not None and own is not None:
            for module, meta in self._metas(*own, _MOST_META):
                for name, written in meta.values.items():
                    values.setdefault(name, Option(module, written))
                for name in meta.names:
                    values.setdefault(name, Option(module, Written("other")))
        if not self.is_abstract(ref):
            values.pop("abstract", None)
            self._pass_on(ref, values)
        return Options(values)

    def _own_meta(self, ref: ClassRef) -> tuple[str, ClassFacts] | None:
        """The class's own `Meta`, else that of the nearest abstract base or mixin."""
        for base in self._classes.order(ref):
            facts = self._classes.facts(base) if isinstance(base, ClassRef) else None
            if facts is None or facts.meta is None or not isinstance(base, ClassRef):
                continue
            is_kept = self._classes.family(base) != "model" or self.is_abstract(base)
            if base == ref or is_kept:
                return base.module, facts.meta
        return None

    def _metas(self, module: str, meta: ClassFacts, most: int) -> Iterator[tuple[str, ClassFacts]]:
        """A `Meta` and the classes it is made from: `class Meta(Base.Meta)`."""
        yield module, meta
        for written in meta.bases if most else ():
            found = self._classes.names.meaning(module, written.text)
            owner = found.owner if isinstance(found, Within) and found.path == ("Meta",) else None
            if owner is not None:
                inherited = self._own_meta(owner)
                if inherited is not None:
                    yield from self._metas(*inherited, most - 1)
            elif isinstance(found, ClassRef):
                facts = self._classes.facts(found)
                if facts is not None:
                    yield from self._metas(found.module, facts, most - 1)

    def _pass_on(self, ref: ClassRef, values: dict[str, Option]) -> None:
        """A model with a table passes only its order on."""
        for base in self._classes.order(ref)[1:]:
            if isinstance(base, ClassRef) and self._classes.family(base) == "model":
                ordering = self.of(base).values.get(_PASSED_ON)
                if not self.is_abstract(base) and ordering is not None:
                    values.setdefault(_PASSED_ON, ordering)
                # An abstract one before it in the order keeps it from passing anything on.
                return
