"""Which app a module belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from querylens.lint.models.classes import Classes
from querylens.lint.models.values import ClassRef
from querylens.lint.models.written import ClassFacts, ModuleFacts

_MODELS = "models"


class AppLabels:
    """Labels of apps by module, from the apps' configurations and from the layout."""

    def __init__(self, classes: Classes) -> None:
        self._modules = classes.names.modules
        self._configured = {
            package: label
            for module in self._modules.values()
            for package, label in _configured(module, classes)
        }
        for package in installed_apps(classes):
            self._configured.setdefault(package, package.rpartition(".")[2])
        self._known: dict[str, str] = {}

    def of(self, module: str) -> str:
        """The label of the app that a module belongs to; empty for a module outside packages."""
        label = self._known.get(module)
        if label is None:
            label = self._known[module] = self._find(module)
        return label

    def _find(self, module: str) -> str:
        packages = list(_packages(module))
        for package in packages:
            if package in self._configured:
                return self._configured[package]
        for package in packages:
            if f"{package}.{_MODELS}" in self._modules:
                return package.rpartition(".")[2]
        parts = module.split(".")
        if _MODELS in parts[1:]:
            return parts[len(parts) - 2 - parts[::-1].index(_MODELS)]
        return parts[-2] if len(parts) > 1 else ""


def installed_apps(classes: Classes) -> frozenset[str]:
    """The packages in the lists of apps of all settings."""
    return frozenset(
        app.partition(".apps.")[0]
        for module in classes.names.modules.values()
        for app in module.installed
    )


def _packages(module: str) -> Iterator[str]:
    """The packages that a module is in, the nearest first, itself among them."""
    while module:
        yield module
        module = module.rpartition(".")[0]


def _configured(module: ModuleFacts, classes: Classes) -> Iterator[tuple[str, str]]:
    for name, facts in module.classes.items():
        is_named_so = any(base.text.endswith("Config") for base in facts.bases)
        if is_named_so and classes.family(ClassRef(module.name, name)) == "config":
            is_variant = isinstance(classes.bases(ClassRef(module.name, name))[0], ClassRef)
            package = _package(module, _text(facts, "name"))
            label = _text(facts, "label") or package.rpartition(".")[2]
            if package and not (is_variant and not _text(facts, "name")):
                yield package, label


def _package(module: ModuleFacts, name: str) -> str:
    """The app's package, by its name as the project's root names it; else the file's own."""
    own = module.name if module.is_package else module.name.rpartition(".")[0]
    if name and not f".{own}".endswith(f".{name}") and not f".{name}".endswith(f".{own}"):
        return name
    return own


def _text(facts: ClassFacts, name: str) -> str:
    value = facts.values.get(name)
    return value.value if value is not None and isinstance(value.value, str) else ""
