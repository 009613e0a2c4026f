"""What is known of a model: its fields, its relations, its managers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

RelationKind = Literal["forward", "reverse", "many_to_many", "generic"]


class ClassRef(NamedTuple):
    """A class at the top level of a module of the project, or of one whose models are known."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """A method or a property, and the class whose body has it."""

    name: str
    owner: ClassRef
    line: int
    #: "method", "property", "classmethod" or "staticmethod".
    kind: str

    @property
    def qualname(self) -> str:
        """`Draft.save`, as Python names the function."""
        return f"{self.owner.name}.{self.name}"


@dataclass(frozen=True, slots=True)
class Field:
    """A column: `kind` is its class's name, `django_kind` that of Django's class it builds on.

    `owner` is the label of the model that declares it: for an inherited column of multi-table
    inheritance that of the parent.
    """

    name: str
    attname: str
    kind: str
    django_kind: str
    owner: str
    null: bool = False
    unique: bool = False
    primary_key: bool = False
    has_default: bool = False
    auto_now: bool = False
    auto_now_add: bool = False
    #: Whether `save` gives it a value by a method of the field's class.
    made_on_save: bool = False
    #: Whether a new row can't do without a value that the project gives it.
    is_required: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Relation:
    """A way from a row to other rows, by the attribute `accessor`.

    `accessor` is also its name in `prefetch_related`; `lookup` that in filters, in `order_by` and
    in `select_related`. Either is empty where Django has none.
    """

    #: Label of the model that declares the attribute: of an inherited one that of the parent.
    owner: str
    accessor: str
    kind: RelationKind
    to_one: bool
    #: Label of the model it leads to; empty for a GenericForeignKey and for what is not known.
    target: str
    lookup: str
    #: The name of the field that declares it, on whichever side that is.
    field: str
    #: Whether that is a field of the owner's own.
    is_own: bool = True
    #: The column of a key that the row holds itself: `author_id`.
    attname: str = ""
    #: The field that the key names in the row it points to: `id`, or what `to_field` says.
    target_key: str = ""
    target_attname: str = ""
    target_is_primary: bool = True
    null: bool = False
    is_parent_link: bool = False
    #: By which lookup queries on the target lead back; empty when they can't.
    back: str = ""
    #: Of many-to-many: label of the model between, and its keys to this row and to the other.
    through: str = ""
    through_keys: tuple[str, str] = ("", "")
    through_is_own: bool = False
    through_is_by_primary: bool = True
    symmetrical: bool = False
    #: Of generic relations: the fields of the type and of the key, and the label the type names.
    generic_ends: tuple[str, str] = ("", "")
    generic_type: str = ""


@dataclass(frozen=True, slots=True)
class Manager:
    """A manager of a model, or a class of managers or querysets, by what it can do.

    `methods` are the project's own, from the manager's class and from the queryset's class that it
    copies. `is_known` says whether Django's methods are all the others it can have.
    """

    name: str
    #: The class written for it; None for Django's own and for `QuerySet.as_manager()`.
    manager_class: ClassRef | None = None
    #: The class of its querysets, by `from_queryset` or `as_manager`; None for Django's own.
    queryset_class: ClassRef | None = None
    methods: Mapping[str, Member] = field(default_factory=dict)
    #: The project's own methods of its querysets' class.
    queryset_methods: Mapping[str, Member] = field(default_factory=dict)
    is_known: bool = True

    @property
    def get_queryset(self) -> Member | None:
        """Its own `get_queryset`, which may leave rows out or load relations."""
        return self.methods.get("get_queryset")


@dataclass(frozen=True, slots=True)
class Model:
    """A model. `label` is empty for one that has no table: abstract, or swapped for another."""

    label: str
    name: str
    app_label: str
    ref: ClassRef
    line: int = 0
    fields: Mapping[str, Field] = field(default_factory=dict)
    relations: Mapping[str, Relation] = field(default_factory=dict)
    #: Relations by their name in filters, also those without an attribute.
    lookups: Mapping[str, Relation] = field(default_factory=dict)
    managers: Mapping[str, Manager] = field(default_factory=dict)
    default_manager: str = "objects"
    has_ordering: bool = False
    is_abstract: bool = False
    is_proxy: bool = False
    #: Labels of the models whose tables have a part of each row: multi-table inheritance.
    parents: tuple[str, ...] = ()
    #: Label of the model whose table it is: another one's for a proxy.
    concrete: str = ""
    primary_key: str = ""
    methods: Mapping[str, Member] = field(default_factory=dict)
    #: Every name of the class that the project or Django's fields give it.
    attributes: frozenset[str] = frozenset()
    unique_sets: frozenset[tuple[str, ...]] = frozenset()
    #: Whether a base class is not known, so that any further attribute is possible.
    has_unknown_base: bool = False

    @property
    def own_save(self) -> Member | None:
        """The model's own `save`."""
        return self.methods.get("save")

    @property
    def own_delete(self) -> Member | None:
        """The model's own `delete`."""
        return self.methods.get("delete")

    @property
    def full_name(self) -> str:
        """As Django names it, `shop.Book`, also where it has no label."""
        return f"{self.app_label}.{self.name}"
