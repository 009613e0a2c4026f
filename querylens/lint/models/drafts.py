"""The model classes of a project with their labels, before they are tied to one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from querylens.lint.models.apps import AppLabels, installed_apps
from querylens.lint.models.classes import Classes
from querylens.lint.models.declared import Declarations, Declared
from querylens.lint.models.options import AllOptions, Options
from querylens.lint.models.references import Labelled, Reference, References
from querylens.lint.models.values import ClassRef

_SETTING = "AUTH_USER_MODEL"
_TAGS = "TaggableManager"
_DJANGO_USER = "auth.User"
_DJANGO_APPS = "django.contrib."


@dataclass(frozen=True, slots=True)
class Draft:
    """A model's class. `label` is empty for one without a place in the registry."""

    ref: ClassRef
    app_label: str
    label: str
    options: Options
    is_abstract: bool
    #: Of tests and the like: it must not show in the project's own models.
    is_apart: bool

    @property
    def full_name(self) -> str:
        """As Django names it, `shop.Book`, also where it has no label."""
        return f"{self.app_label}.{self.ref.name}"

    @property
    def is_proxy(self) -> bool:
        """Whether it has another model's table."""
        return self.options.is_true("proxy")


class Drafts:
    """Every model's class, by class and by label."""

    def __init__(self, classes: Classes, is_apart: Callable[[str], bool]) -> None:
        self.classes = classes
        self.options = AllOptions(classes)
        self.declarations = Declarations(classes, self.options)
        self._apps = AppLabels(classes)
        self._is_apart = is_apart
        self._installed = installed_apps(classes)
        self._lists_apps = any(app.startswith(_DJANGO_APPS) for app in self._installed)
        self.user_label = self._user_label()
        classes.user = self._user_class()
        self.references = References(classes.names, self.user_label)
        ranked = sorted(self._drafts(), key=self._rank)
        #: Of two models of one label the one that counts comes first.
        self.by_ref = {draft.ref: draft for draft in ranked}
        self.by_label: dict[str, Draft] = {}
        for draft in ranked:
            if draft.label:
                self.by_label.setdefault(draft.label.lower(), draft)

    def target(self, declared: Declared, owner: Draft, argument: str = "to") -> Draft | Labelled:
        """The model that a field leads to; by its label alone when it is none of the project's."""
        written = declared.written
        if argument == "to" and declared.django_kind.endswith(_TAGS):
            return self._tag(declared, owner)
        given = written.argument(0, argument) if argument == "to" else written.keyword(argument)
        if declared.parent is not None:
            return self.by_ref[declared.parent]
        reference = self.references.read(given, declared.module, owner.app_label, owner.ref)
        return self.found(reference)

    def _tag(self, declared: Declared, owner: Draft) -> Draft | Labelled:
        """The model of tags: what the model between has as `tag`, else that of the package."""
        through = self.target(declared, owner, "through")
        if isinstance(through, Draft):
            for _, other in self.declarations.all(through.ref):
                if other.name == "tag":
                    return self.target(other, through)
        return Labelled("taggit.Tag")

    def found(self, reference: Reference) -> Draft | Labelled:
        """The draft of a reference, or the reference itself when there is none."""
        if isinstance(reference, ClassRef):
            return self.by_ref.get(reference) or Labelled("")
        return self.by_label.get(reference.label.lower()) or reference

    def parents(self, draft: Draft) -> list[Draft]:
        """Models whose tables have a part of each row."""
        return [self.by_ref[ref] for ref in self.declarations.parents(draft.ref)]

    def concrete(self, draft: Draft) -> Draft:
        """The model whose table it is."""
        return self.by_ref[self.declarations.concrete(draft.ref)]

    def has_unknown_base(self, draft: Draft) -> bool:
        """Whether anything that it inherits from is neither the project's nor known."""
        return not self.classes.is_known(draft.ref)

    def _drafts(self) -> Iterator[Draft]:
        for module in self.classes.names.modules.values():
            for name in module.classes:
                ref = ClassRef(module.name, name)
                if self.classes.family(ref) == "model":
                    yield self._draft(ref)

    def _draft(self, ref: ClassRef) -> Draft:
        options = self.options.of(ref)
        app = options.text("app_label") or self._apps.of(ref.module)
        label = f"{app}.{ref.name}"
        is_abstract = self.options.is_abstract(ref)
        is_swapped = options.text("swappable") == _SETTING and label != self.user_label
        shown = "" if is_abstract or is_swapped or not self._is_live(ref) else label
        return Draft(ref, app, shown, options, is_abstract, self._is_apart(ref.module))

    def _is_live(self, ref: ClassRef) -> bool:
        """Whether a model is the project's, or of an app of Django's that it may have installed."""
        is_own = not ref.module.startswith(_DJANGO_APPS)
        return is_own or not self._lists_apps or self._is_installed(ref.module)

    def _is_installed(self, module: str) -> bool:
        return any(module.startswith(f"{app}.") for app in self._installed)

    def _rank(self, draft: Draft) -> tuple[bool, bool, str]:
        """Of two models of one label the one that a project can have installed comes first."""
        return draft.is_apart, not self._is_installed(draft.ref.module), draft.ref.module

    def _user_class(self) -> ClassRef | None:
        app, _, name = self.user_label.partition(".")
        found = [
            ClassRef(module.name, name)
            for module in self.classes.names.modules.values()
            if name in module.classes and self._apps.of(module.name) == app
        ]
        return min(found, key=lambda ref: (self._is_apart(ref.module), ref.module), default=None)

    def _user_label(self) -> str:
        """The model that most of the project's settings name."""
        named = Counter(
            label
            for module in self.classes.names.modules.values()
            for label in module.user_models
            if label.count(".") == 1 and not self._is_apart(module.name)
        )
        return named.most_common(1)[0][0] if named else _DJANGO_USER
