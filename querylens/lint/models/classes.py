"""Which classes are models, managers, querysets or fields, and what they inherit."""

from __future__ import annotations

import builtins
import sys
from dataclasses import dataclass
from typing import Literal

from querylens.lint.models.names import Names, Value
from querylens.lint.models.values import ClassRef, Member
from querylens.lint.models.written import ClassFacts, Written
from querylens.lint.project import External

Family = Literal["model", "manager", "queryset", "field", "config", ""]

_MODEL = {"django.db.models.Model", "django.db.models.base.Model"}
_DJANGO_MODELS = ("django.db.models.", "django.contrib.gis.db.models.")
#: Libraries whose `BaseModel` is no table of Django's.
_OTHER_MODELS = frozenset(
    (
        *("pydantic", "sqlalchemy", "sqlmodel", "peewee", "tortoise", "keras", "tensorflow"),
        *("torch", "mongoengine", "msgspec", "neomodel", "djongo", "openai", "langchain", "typing"),
        *("rest_framework_json_api", "schematics", "pynamodb", "attr", "dataclasses", "enum"),
    )
)
_FIELD_ENDS = ("Field", "ForeignKey", "GenericRelation", "ParentalKey", "TaggableManager")
_KNOWN_PACKAGES = ("django.", "builtins.")
_MOST_BASES = 40


@dataclass(frozen=True, slots=True)
class Copied:
    """The class that `Manager.from_queryset(QuerySet)` makes."""

    manager: Base | None
    queryset: Base


Base = ClassRef | External | Copied


class Classes:
    """Linearised bases of the project's classes."""

    def __init__(self, names: Names) -> None:
        self.names = names
        #: The class of the user model, once its app is known: what `get_user_model()` gives.
        self.user: ClassRef | None = None
        self._orders: dict[Base, tuple[Base, ...]] = {}
        self._families: dict[Base, Family] = {}

    def facts(self, ref: ClassRef) -> ClassFacts | None:
        """What the class's file says of it."""
        module = self.names.modules.get(ref.module)
        return module.classes.get(ref.name) if module else None

    def bases(self, base: Base) -> tuple[Base, ...]:
        """The classes that a class is directly made from."""
        if isinstance(base, Copied):
            return (base.manager or External("django.db.models.Manager"),)
        facts = self.facts(base) if isinstance(base, ClassRef) else None
        if facts is None or isinstance(base, External):
            return ()
        found = (self.named(base.module, written) for written in facts.bases)
        return tuple(item for item in found if item is not None and item != base)

    def named(self, module: str, written: Written) -> Base | None:
        """The class that an expression stands for; None when nobody can tell."""
        if written.kind == "call":
            return self._made(module, written)
        if written.kind != "name":
            return None
        found = self.names.meaning(module, written.text)
        if found is None and hasattr(builtins, written.text):
            return External(f"builtins.{written.text}")
        if isinstance(found, Value) and found.written.kind == "call":
            return self._made(found.module, found.written)
        return found if isinstance(found, (ClassRef, External)) else None

    def _made(self, module: str, call: Written) -> Base | None:
        """`Manager.from_queryset(BookQuerySet)`, `get_user_model()`."""
        owner, _, maker = call.parts[0].text.rpartition(".")
        if maker == "get_user_model":
            return self.user
        given = call.argument(0, "queryset_class")
        if maker != "from_queryset" or given is None:
            return None
        queryset = self.named(module, given)
        return Copied(self.named(module, Written("name", owner)), queryset) if queryset else None

    def order(self, base: Base) -> tuple[Base, ...]:
        """The class and all it inherits from, in the order in which attributes are looked up."""
        known = self._orders.get(base)
        if known is None:
            self._orders[base] = (base,)
            bases = self.bases(base)
            known = (base, *_merged([list(self.order(b)) for b in bases] + [list(bases)]))
            self._orders[base] = known[:_MOST_BASES]
        return self._orders[base]

    def family(self, base: Base) -> Family:
        """What a class is, by what it is made from in the end."""
        if base not in self._families:
            # A ring of bases has no family.
            self._families[base] = ""
            if isinstance(base, External):
                self._families[base] = family_by_name(base.name)
            else:
                found = (self.family(item) for item in self.bases(base))
                self._families[base] = next((family for family in found if family), "")
        return self._families[base]

    def members(self, base: Base) -> dict[str, Member]:
        """Methods and properties by name, the nearest of each; names bound to values hide them."""
        found: dict[str, Member | None] = {}
        for item in self.order(base):
            if isinstance(item, ClassRef):
                for name, member in self._own(item).items():
                    found.setdefault(name, member)
            elif isinstance(item, Copied):
                found = self._copied(item) | found
        return {name: member for name, member in found.items() if member is not None}

    def _copied(self, made: Copied) -> dict[str, Member | None]:
        """The queryset's methods that the manager has not got itself."""
        kept = self.members(made.manager) if made.manager else {}
        methods = self.members(made.queryset)
        return {n: m for n, m in methods.items() if n not in kept and not n.startswith("_")}

    def _own(self, ref: ClassRef) -> dict[str, Member | None]:
        facts = self.facts(ref)
        if facts is None:
            return {}
        own: dict[str, Member | None] = dict.fromkeys(facts.names)
        for name, member in facts.members.items():
            own[name] = Member(name, ref, member.line, member.kind)
        return own

    def is_known(self, base: Base) -> bool:
        """Whether all it inherits from is the project's or Django's."""
        return all(self._is_known(item) for item in self.order(base))

    def _is_known(self, item: Base) -> bool:
        if isinstance(item, Copied):
            return self.is_known(item.queryset)
        if isinstance(item, External):
            is_standard = item.name.partition(".")[0] in sys.stdlib_module_names
            return is_standard or item.name.startswith(_KNOWN_PACKAGES)
        facts = self.facts(item)
        return facts is not None and len(self.bases(item)) == len(facts.bases)


def _merged(sequences: list[list[Base]]) -> list[Base]:
    """Python's own way of putting the orders of all bases into one; theirs where it has none."""
    merged: list[Base] = []
    while sequences := [sequence for sequence in sequences if sequence]:
        heads = [sequence[0] for sequence in sequences]
        tails = {item for sequence in sequences for item in sequence[1:]}
        head = next((item for item in heads if item not in tails), heads[0])
        merged.append(head)
        sequences = [[item for item in sequence if item != head] for sequence in sequences]
    return merged


def family_by_name(name: str) -> Family:
    """What a class outside the project is taken for."""
    last = name.rpartition(".")[2]
    if name in _MODEL:
        return "model"
    if last.endswith("AppConfig"):
        return "config"
    if last.endswith(_FIELD_ENDS) or (last == "Field" and name.startswith("django.db")):
        return "field"
    if last.endswith("QuerySet"):
        return "queryset"
    if last.endswith("Manager"):
        return "manager"
    is_django = name.startswith(_DJANGO_MODELS) or name.partition(".")[0] in _OTHER_MODELS
    looks_like_one = last.endswith("Model") or ".models." in name
    return "model" if looks_like_one and not is_django else ""
