"""What each setting accepts, as a value and as text from the environment."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from querylens.codes import RULE_NAMES, allowed_selectors, closest, closest_selector, codes_of
from querylens.config.values import COMPRESSIONS, OUTPUT_FORMATS, REPORT_PLACES

_NAMES = dict(RULE_NAMES)
_FLAGS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}
_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")


class RefusedValueError(Exception):
    """A value that a setting does not accept: what is allowed, and what was given."""

    def __init__(self, allowed: str, given: object, hint: str = "", part: str = "") -> None:
        super().__init__(allowed)
        self.allowed = allowed
        self.given = given
        self.hint = hint
        #: What in the setting is wrong, when it is a table: `.lookup-in-loop.threshold`.
        self.part = part

    def sentence(self, setting: str) -> str:
        """The whole complaint in one line, with the setting's name as the user writes it."""
        given = repr(self.given)
        if len(given) > 60:
            given = f"{given[:59]}…"
        if not isinstance(self.given, str):
            given = f"{given} (of type {type(self.given).__name__})"
        hint = f" Did you mean {self.hint!r}?" if self.hint else ""
        return f"{setting}{self.part} must be {self.allowed}, not {given}.{hint}"


@dataclass(frozen=True, slots=True)
class Setting:
    """How one setting is checked, and read from text first where it comes as text."""

    check: Callable[[object], object]
    from_text: Callable[[str], object]


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise RefusedValueError("true or false", value)
    return value


def _flag_from_text(text: str) -> bool:
    if text.strip().lower() not in _FLAGS:
        raise RefusedValueError("1, true, yes, on, 0, false, no or off", text)
    return _FLAGS[text.strip().lower()]


def _threshold(value: object, part: str = "") -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 2:
        raise RefusedValueError("a whole number of at least 2", value, part=part)
    return value


def _number_from_text(text: str) -> object:
    return int(text) if re.fullmatch(r"\s*[0-9]{1,9}\s*", text) else text


def _strings(value: object, part: str = "") -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise RefusedValueError("a list of strings", value, part=part)
    for item in value:
        if not isinstance(item, str) or not item.strip():
            raise RefusedValueError("a list of strings, none of them empty", item, part=part)
    return tuple(value)


def _list_from_text(text: str) -> object:
    """`a,b`, or a TOML list for values that have a comma in them."""
    if text.lstrip().startswith("["):
        return _toml_from_text(text)
    return [item.strip() for item in text.split(",") if item.strip()]


def _toml_from_text(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        raise RefusedValueError("written as TOML", text) from None


def _paths(value: object) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)):
        value = [os.fspath(item) if isinstance(item, os.PathLike) else item for item in value]
    return _strings(value)


def _selectors(value: object, part: str = "") -> tuple[str, ...]:
    for selector in _strings(value, part):
        if not codes_of(selector):
            hint = closest_selector(selector)
            raise RefusedValueError(f"a list of these: {allowed_selectors()}", selector, hint, part)
    return _strings(value)


def _per_file(value: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise RefusedValueError("a table of file patterns, each with a list of rules", value)
    return {
        pattern: _selectors(selectors, f"[{pattern!r}]") for pattern, selectors in value.items()
    }


def _relations(value: object) -> tuple[str, ...]:
    for pattern in _strings(value):
        if "*" not in pattern and pattern.count(".") != 2:
            raise RefusedValueError('a list of relations such as "app.Model.field"', pattern)
    return _strings(value)


def _patterns(value: object) -> tuple[str, ...]:
    for pattern in _strings(value):
        try:
            re.compile(pattern)
        except re.error as error:
            raise RefusedValueError(f"a list of regular expressions ({error})", pattern) from None
    return _strings(value)


def _rule_tables(value: object) -> dict[str, dict[str, object]]:
    if not isinstance(value, Mapping):
        raise RefusedValueError("a table of rules, each with a table of options", value)
    tables: dict[str, dict[str, object]] = {}
    for given, options in value.items():
        name = _NAMES.get(str(given), str(given))
        if name not in _NAMES.values():
            hint = closest(str(given), _NAMES.values())
            raise RefusedValueError(f"tables named {', '.join(_NAMES.values())}", given, hint)
        if not isinstance(options, Mapping):
            raise RefusedValueError("a table of options", options, part=f".{name}")
        tables[name] = {_option_name(option): item for option, item in options.items()}
        if "threshold" in tables[name]:
            _threshold(tables[name]["threshold"], f".{name}.threshold")
    return tables


def _option_name(option: object) -> str:
    """As the rule spells it: `MIN_ROWS` in settings and `min-rows` in TOML are `min_rows`."""
    return str(option).lower().replace("-", "_")


def _output_format(value: object) -> str:
    if not isinstance(value, str) or value not in OUTPUT_FORMATS:
        hint = closest(str(value), OUTPUT_FORMATS)
        raise RefusedValueError(f"one of {', '.join(OUTPUT_FORMATS)}", value, hint)
    return value


def _report_places(value: object) -> tuple[str, ...]:
    for place in _strings(value):
        if place not in REPORT_PLACES:
            hint = closest(place, REPORT_PLACES)
            raise RefusedValueError(f"a list of these: {', '.join(REPORT_PLACES)}", place, hint)
    return _strings(value)


def _budgets(value: object) -> dict[str, int]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise RefusedValueError("a table of routes, each with a number of queries", value)
    for route, most in value.items():
        if isinstance(most, bool) or not isinstance(most, int) or most < 0:
            raise RefusedValueError(
                "a whole number of queries from 0 on", most, part=f"[{route!r}]"
            )
    return dict(value)


def _share(value: object) -> float:
    # Not a number is neither less nor more.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise RefusedValueError("a number from 0 to 1", value)
    return float(value)


def _share_from_text(text: str) -> object:
    return float(text) if re.fullmatch(r"\s*[0-9]{0,9}\.?[0-9]{1,9}\s*", text) else text


def _path(value: object) -> str:
    path = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(path, str) or not path.strip():
        raise RefusedValueError("the path of a folder", value)
    return path


def _compression(value: object) -> str:
    if value != "" and (not isinstance(value, str) or value not in COMPRESSIONS):
        raise RefusedValueError(f"one of {', '.join(COMPRESSIONS)}, or empty", value)
    return str(value)


def _at_least_one(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise RefusedValueError("a whole number of at least 1", value)
    return value


def _dotted_path(value: object) -> str:
    if not isinstance(value, str) or not _DOTTED.fullmatch(value):
        raise RefusedValueError(
            'the dotted path of a function, such as "site.staff.may_see"', value
        )
    return value


#: Every setting, by its field in `Config`.
SETTINGS: dict[str, Setting] = {
    "enabled": Setting(_flag, _flag_from_text),
    "source": Setting(_paths, _list_from_text),
    "omit": Setting(_paths, _list_from_text),
    "select": Setting(_selectors, _list_from_text),
    "extend_select": Setting(_selectors, _list_from_text),
    "ignore": Setting(_selectors, _list_from_text),
    "per_file_ignores": Setting(_per_file, _toml_from_text),
    "ignore_relations": Setting(_relations, _list_from_text),
    "threshold": Setting(_threshold, _number_from_text),
    "rules": Setting(_rule_tables, _toml_from_text),
    "setup_statements": Setting(_patterns, _list_from_text),
    "third_party": Setting(_flag, _flag_from_text),
    "output_format": Setting(_output_format, str.strip),
    "record_params": Setting(_flag, _flag_from_text),
    "report": Setting(_report_places, _list_from_text),
    "ignore_paths": Setting(_strings, _list_from_text),
    "budgets": Setting(_budgets, _toml_from_text),
    "sample_rate": Setting(_share, _share_from_text),
    "record_folder": Setting(_path, str),
    "record_compress": Setting(_compression, str.strip),
    "record_max_bytes": Setting(_at_least_one, _number_from_text),
    "record_max_queries": Setting(_at_least_one, _number_from_text),
    "page_allowed": Setting(_dotted_path, str.strip),
    "lint_exclude": Setting(_paths, _list_from_text),
}
