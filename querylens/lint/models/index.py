"""The models of a project, found by label, by class and by what names them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping

from querylens.lint.models.building import build_models
from querylens.lint.models.classes import Base, Classes, Family
from querylens.lint.models.connected import Receivers, receivers_by_label
from querylens.lint.models.drafts import Drafts
from querylens.lint.models.managers import manager
from querylens.lint.models.names import Names
from querylens.lint.models.outside import outside_facts
from querylens.lint.models.references import References
from querylens.lint.models.syntax import written
from querylens.lint.models.values import ClassRef, Manager, Member, Model
from querylens.lint.models.written import ModuleFacts
from querylens.lint.modules import Module, top_level
from querylens.lint.project import Defined, External, Meaning, Project

_APART = {"tests", "test", "testing", "migrations", "conftest"}


def is_apart(module: str) -> bool:
    """Whether a module is of tests or migrations, by its dotted name."""
    return any(
        part in _APART or part.startswith("test_") or part.endswith("_tests")
        for part in module.split(".")
    )


class Models:
    """What Django models a project has. Immutable once made."""

    def __init__(
        self,
        project: Project,
        classes: Classes,
        models: Mapping[ClassRef, Model],
        receivers: Receivers,
        user_label: str,
    ) -> None:
        self.project = project
        self._classes = classes
        self._models = models
        self._receivers = receivers
        self._references = References(classes.names, user_label)
        self._by_label: dict[str, Model] = {}
        for model in models.values():
            if model.label:
                self._by_label.setdefault(model.label.lower(), model)
        #: Label of the user model: what the settings of the project say, else Django's own.
        self.user_label = user_label

    @classmethod
    def of(
        cls,
        project: Project,
        facts: Mapping[str, ModuleFacts],
        *,
        is_apart: Callable[[str], bool] = is_apart,
    ) -> Models:
        """Links the facts of all modules, by the module's dotted name.

        A model of a module that is apart leaves no trace in the others: no reverse relation, no
        label that another has.
        """
        classes = Classes(Names({**outside_facts(), **facts}))
        drafts = Drafts(classes, is_apart)
        models = build_models(drafts)
        receivers = receivers_by_label(drafts, models, is_apart)
        return cls(project, classes, models, receivers, drafts.user_label)

    def with_loaded(self, models: Iterable[Model], receivers: Receivers, user_label: str) -> Models:
        """The same project with the models of its loaded registry in place of those read."""
        abstract = {ref: model for ref, model in self._models.items() if model.is_abstract}
        loaded = {model.ref: model for model in models}
        return Models(self.project, self._classes, {**abstract, **loaded}, receivers, user_label)

    def __iter__(self) -> Iterator[Model]:
        """Every model that has a label, once."""
        return iter(self._by_label.values())

    def every(self) -> list[Model]:
        """Every model, those without a label too, sorted by class."""
        return [self._models[ref] for ref in sorted(self._models)]

    def every_receiver(self) -> Receivers:
        """Functions connected to signals, by the signal and the label of the model."""
        return self._receivers

    def by_label(self, label: str) -> Model | None:
        """The model of a label such as `shop.Book`; as in Django, its case does not matter."""
        return self._by_label.get(label.lower())

    @property
    def user_model(self) -> Model | None:
        """The model that `AUTH_USER_MODEL` names."""
        return self.by_label(self.user_label)

    def of_class(self, module: Module | str, node: ast.ClassDef | str) -> Model | None:
        """The model that a class at the top level of a module is, abstract ones among them."""
        name = node if isinstance(node, str) else node.name
        return self._models.get(ClassRef(module if isinstance(module, str) else module.name, name))

    def of_meaning(self, meaning: Meaning | None) -> Model | None:
        """The model that a name's meaning is: a class, or a value such as `get_user_model()`."""
        if isinstance(meaning, External):
            package, _, name = meaning.name.rpartition(".")
            if name == "AUTH_USER_MODEL":
                return self.user_model
            return self._models.get(ClassRef(package, name))
        if not isinstance(meaning, Defined):
            return None
        if isinstance(meaning.node, ast.ClassDef):
            return self.of_class(meaning.module, meaning.node)
        if isinstance(meaning.node, ast.expr):
            return self.named(meaning.module, meaning.node)
        return None

    def named(
        self, module: Module, node: ast.expr | str, owner: Model | None = None
    ) -> Model | None:
        """The model that an expression of a module names, or a text such as `"shop.Book"`.

        `owner` is the model in whose class it stands: what `"self"` and a name without an app
        are relative to.
        """
        expression = ast.Constant(node) if isinstance(node, str) else node
        app = owner.app_label if owner else ""
        ref = owner.ref if owner else ClassRef("", "")
        found = self._references.read(written(expression), module.name, app, ref)
        if isinstance(found, ClassRef):
            return self._models.get(found)
        return self.by_label(found.label)

    def receivers(self, signal: str, label: str) -> tuple[str, ...]:
        """Functions of the project connected to a signal of a model, by their dotted names."""
        return self._receivers.get((signal, ""), ()) + self._receivers.get((signal, label), ())

    def family(self, meaning: Meaning | None) -> Family:
        """What a class is: "model", "manager", "queryset", "field", or empty for others."""
        base = self._base(meaning)
        return self._classes.family(base) if base is not None else ""

    def manager_of(self, meaning: Meaning | None) -> Manager | None:
        """What a class of managers or of querysets can do; None for any other class."""
        base = self._base(meaning)
        if base is None or self._classes.family(base) not in ("manager", "queryset"):
            return None
        return manager(self._classes, base)

    def defined(self, member: Member | ClassRef) -> Defined | None:
        """Where a method or a class stands; None for what is not the project's."""
        ref = member.owner if isinstance(member, Member) else member
        module = self.project.module(ref.module)
        node = module.bindings.get(ref.name) if module else None
        if module is None or not isinstance(node, ast.ClassDef):
            return None
        return (
            Defined(module, node) if isinstance(member, ClassRef) else _method(module, node, member)
        )

    def _base(self, meaning: Meaning | None) -> Base | None:
        if isinstance(meaning, External):
            return meaning
        if not isinstance(meaning, Defined):
            return None
        if isinstance(meaning.node, ast.ClassDef):
            return ClassRef(meaning.module.name, meaning.node.name)
        if isinstance(meaning.node, ast.expr):
            return self._classes.named(meaning.module.name, written(meaning.node))
        return None


def _method(module: Module, owner: ast.ClassDef, member: Member) -> Defined | None:
    for node in top_level(owner.body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            is_it = node.name == member.name and node.lineno == member.line
            if is_it:
                return Defined(module, node)
    return None
