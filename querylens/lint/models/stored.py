"""Facts of a file as plain lists and texts, to be kept as JSON, and back."""

from __future__ import annotations

from typing import Any

from querylens.lint.models.written import (
    ClassFacts,
    Imported,
    MemberFacts,
    ModuleFacts,
    ReceiverFacts,
    Written,
)

#: Raised with every change of what `facts_of` reads or of how it is kept.
FACTS_VERSION = 1

_NAME, _CONSTANT, _CALL, _ITEMS, _OTHER = range(5)


def as_data(facts: ModuleFacts) -> list[Any]:
    """Lists, dicts, texts and numbers only."""
    return [
        facts.name,
        facts.is_package,
        {name: list(imported) for name, imported in facts.imports.items()},
        list(facts.stars),
        _values(facts.values),
        list(facts.functions),
        [_class(found) for found in facts.classes.values()],
        [_receiver(found) for found in facts.receivers],
        list(facts.user_models),
        list(facts.installed),
    ]


def of_data(data: list[Any]) -> ModuleFacts:
    """The facts that `as_data` gave, of the same version."""
    name, is_package, imports, stars, values, functions, classes, receivers, users, apps = data
    read = [_read_class(item) for item in classes]
    return ModuleFacts(
        name,
        is_package,
        _read_imports(imports),
        tuple(stars),
        {key: _read(value) for key, value in values.items()},
        tuple(functions),
        {found.name: found for found in read},
        tuple(_read_receiver(item) for item in receivers),
        tuple(users),
        tuple(apps),
    )


def _values(values: dict[str, Written]) -> dict[str, Any]:
    return {name: _written(value) for name, value in values.items()}


def _class(facts: ClassFacts) -> list[Any]:
    return [
        facts.name,
        facts.line,
        [_written(base) for base in facts.bases],
        {name: [member.line, member.kind] for name, member in facts.members.items()},
        _values(facts.values),
        list(facts.names),
        _class(facts.meta) if facts.meta else None,
    ]


def _read_class(data: list[Any]) -> ClassFacts:
    name, line, bases, members, values, names, meta = data
    return ClassFacts(
        name,
        line,
        tuple(_read(base) for base in bases),
        {key: MemberFacts(*member) for key, member in members.items()},
        {key: _read(value) for key, value in values.items()},
        tuple(names),
        _read_class(meta) if meta else None,
    )


def _receiver(facts: ReceiverFacts) -> list[Any]:
    sender = _written(facts.sender) if facts.sender else None
    imports = {name: list(imported) for name, imported in facts.imports.items()}
    return [list(facts.signals), facts.function, sender, imports]


def _read_receiver(data: list[Any]) -> ReceiverFacts:
    signals, function, sender, imports = data
    read = _read(sender) if sender else None
    return ReceiverFacts(tuple(signals), function, read, _read_imports(imports))


def _read_imports(data: dict[str, list[str]]) -> dict[str, Imported]:
    return {name: (module, attribute) for name, (module, attribute) in data.items()}


def _written(value: Written) -> list[Any]:
    if value.kind == "name":
        return [_NAME, value.text]
    if value.kind == "constant":
        return [_CONSTANT, value.value]
    if value.kind == "items":
        return [_ITEMS, [_written(part) for part in value.parts]]
    if value.kind == "call":
        keywords = [[name, _written(given)] for name, given in value.keywords]
        return [_CALL, value.line, [_written(part) for part in value.parts], keywords]
    return [_OTHER]


def _read(data: list[Any]) -> Written:
    kind, *rest = data
    if kind == _NAME:
        return Written("name", rest[0])
    if kind == _CONSTANT:
        return Written("constant", value=rest[0])
    if kind == _ITEMS:
        return Written("items", parts=tuple(_read(part) for part in rest[0]))
    if kind == _CALL:
        line, parts, keywords = rest
        given = tuple((name, _read(value)) for name, value in keywords)
        return Written("call", "", None, tuple(_read(part) for part in parts), given, line)
    return Written("other")
