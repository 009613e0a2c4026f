"""Reads the places that may set something, the weakest first, into one `Config`."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from querylens.codes import closest
from querylens.config.checks import SETTINGS, RefusedValueError
from querylens.config.project_files import find_project_root
from querylens.config.values import Config
from querylens.errors import ConfigError

_PREFIX = "QUERYLENS_"


@dataclass(frozen=True, slots=True)
class Layer:
    """One place that sets something: what it is called, how it spells names, what it says."""

    label: str
    spell: Callable[[str], str]
    given: Mapping[Any, object]
    is_text: bool = False


def load_config(
    root: Path | None = None,
    *,
    settings: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Config:
    """The configuration of a project.

    The command line's `overrides` (by field name; None is *not given*) go before the
    `environment` (`QUERYLENS_…`; the process's own by default), that before `[tool.querylens]` in
    pyproject.toml, and that before Django's `settings.QUERYLENS`. The strongest place that sets
    something decides; two settings add up instead. A place that gives `select` starts afresh,
    otherwise its `extend-select` and `ignore` go with those of weaker places, as in ruff. Options
    of one rule are combined.

    Variables that begin with `QUERYLENS_` but resemble no setting are not ours, and not read.

    Raises `ConfigError`, one line that names the place, the setting, what was given and what is
    allowed.
    """
    root = Path(os.path.normpath(Path(root).absolute())) if root else find_project_root()
    variables = os.environ if environment is None else environment
    state = _state(root, variables)
    is_plain = settings is None and overrides is None
    if is_plain and state in _loaded:
        return _loaded[state]
    merged: dict[str, Any] = {}
    for layer in _layers(root, settings, variables, overrides):
        _merge(merged, _read(layer, root))
    config = Config(root=root, given=frozenset(merged), **merged)
    if is_plain:
        _loaded.clear()
        _loaded[state] = config
    return config


#: The last configuration, by what it was read from: a capture asks for it each time it opens.
_loaded: dict[tuple[object, ...], Config] = {}


def _state(root: Path, environment: Mapping[str, str]) -> tuple[object, ...]:
    try:
        file = (root / "pyproject.toml").stat()
        version = (file.st_mtime_ns, file.st_size, file.st_ino)
    except OSError:
        version = (0, 0, 0)
    ours = (item for item in environment.items() if item[0].startswith(_PREFIX))
    return (root, version, *sorted(ours))


def _layers(
    root: Path,
    settings: Mapping[str, object] | None,
    environment: Mapping[str, str],
    overrides: Mapping[str, object] | None,
) -> list[Layer]:
    variables = dict(filter(_is_meant_for_us, environment.items()))
    given = {key: value for key, value in (overrides or {}).items() if value is not None}
    return [
        Layer("settings.QUERYLENS", str.upper, _as_table("settings.QUERYLENS", settings)),
        Layer("pyproject.toml [tool.querylens]", _kebab, _pyproject_table(root)),
        Layer("environment", lambda name: _PREFIX + name.upper(), variables, is_text=True),
        Layer("command line", str, given),
    ]


def _is_meant_for_us(variable: tuple[str, str]) -> bool:
    """Whether it is a setting or a misspelt one, not a name that happens to begin like ours.

    The environment belongs to everybody: a service called `querylens` makes Kubernetes set
    `QUERYLENS_SERVICE_HOST` in every container.
    """
    name = variable[0].removeprefix(_PREFIX).lower()
    return variable[0].startswith(_PREFIX) and closest(name, SETTINGS, likeness=0.75) != ""


def _kebab(name: str) -> str:
    return name.replace("_", "-")


def _pyproject_table(root: Path) -> Mapping[str, object]:
    path = root / "pyproject.toml"
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        return {}
    except OSError as error:
        if not os.path.exists(path):  # noqa: PTH110 - nobody can tell in a folder that is closed
            return {}
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not valid TOML: not UTF-8") from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_toml_complaint(path, text, str(error))) from None
    tool = document.get("tool", {})
    table = tool.get("querylens", {}) if isinstance(tool, dict) else {}
    return _as_table("pyproject.toml [tool.querylens]", table)


def _toml_complaint(path: Path, text: str, message: str) -> str:
    where = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", message)
    line = where[1] if where and where[1] else str(text.rstrip("\n").count("\n") + 1)
    reason = message[: where.start()] if where else message
    return f"{path}:{line}: not valid TOML: {' '.join(reason.split())}"


def _as_table(label: str, given: object) -> Mapping[str, object]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        kind = type(given).__name__
        raise ConfigError(f"{label} must be a table of settings, not {given!r} (of type {kind})")
    return given


def _read(layer: Layer, root: Path) -> dict[str, Any]:
    allowed = {layer.spell(name): name for name in SETTINGS}
    values: dict[str, Any] = {}
    for key, given in layer.given.items():
        if key not in allowed:
            raise ConfigError(_unknown_setting(layer.label, str(key), list(allowed)))
        name = allowed[key]
        setting = SETTINGS[name]
        try:
            value = setting.from_text(str(given)) if layer.is_text else given
            values[name] = setting.check(value)
            if name == "source":
                _check_folders(root, values[name])
        except RefusedValueError as refused:
            raise ConfigError(f"{layer.label}: {refused.sentence(key)}") from None
    return values


def _unknown_setting(label: str, key: str, allowed: list[str]) -> str:
    meant = closest(key, allowed)
    hint = f" Did you mean {meant!r}?" if meant else ""
    return f"{label}: unknown setting {key!r}.{hint} Allowed: {', '.join(allowed)}"


def _check_folders(root: Path, source: tuple[str, ...]) -> None:
    """A misspelt folder would make every finding vanish, so it is an error."""
    for folder in source:
        if not (root / folder).exists():
            raise RefusedValueError(f"a list of folders, each absolute or below {root}", folder)


def _merge(merged: dict[str, Any], stronger: dict[str, Any]) -> None:
    if "select" in stronger:
        merged.pop("extend_select", None)
        merged.pop("ignore", None)
    for name, value in stronger.items():
        if name in ("extend_select", "ignore"):
            merged[name] = tuple(dict.fromkeys((*merged.get(name, ()), *value)))
        elif name == "rules":
            tables = merged.get("rules", {})
            merged[name] = tables | {
                rule: tables.get(rule, {}) | options for rule, options in value.items()
            }
        else:
            merged[name] = value
