"""What the markers of a test ask for, checked: a misused marker is one clear error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import pytest

from querylens.codes import closest_selector, codes_of


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one test's markers ask for."""

    #: The most queries that its body may send; None is any number.
    max_queries: int | None = None
    #: Which database they are counted on; None is all.
    using: str | None = None
    count_transactions: bool = False
    #: Count what fixtures and factories send too.
    include_setup: bool = False
    #: Whether an N+1 is allowed.
    n_plus_one: bool = True
    #: Selectors of rules that say nothing of the test, with the reason.
    ignore: Mapping[str, str] = field(default_factory=dict)

    @property
    def are_any(self) -> bool:
        """Whether the test must be watched for them."""
        return self.max_queries is not None or not self.n_plus_one


def wishes_of(item: pytest.Item) -> Wishes:
    """The wishes of a test, its class and its module; the nearest of each kind counts.

    Raises `pytest.UsageError` for a marker that says nothing or says it wrong.
    """
    wishes = Wishes()
    ignored: dict[str, str] = {}
    # The nearest comes first, so the last that is read is the one that stays.
    for marker in reversed(list(item.iter_markers())):
        where = f"{item.nodeid}: @pytest.mark.{marker.name}"
        if marker.name == "max_queries":
            wishes = _with_budget(wishes, marker, where)
        elif marker.name == "no_n_plus_one":
            _refuse_arguments(marker, where)
            wishes = replace(wishes, n_plus_one=False)
        elif marker.name == "querylens_ignore":
            ignored |= _ignored(marker, where)
        elif marker.name == "querylens":
            wishes = _with_all(wishes, marker, where)
            ignored |= _reasons(marker.kwargs.get("ignore", {}), where)
    return replace(wishes, ignore=ignored)


def _with_budget(wishes: Wishes, marker: pytest.Mark, where: str) -> Wishes:
    given = dict(marker.kwargs)
    if len(marker.args) == 1 and "number" not in given:
        given["number"] = marker.args[0]
    elif marker.args or "number" not in given:
        _wrong(f"{where} needs one number, as in @pytest.mark.max_queries(7)")
    options = _options(given, where, {"number", "using", "count_transactions", "include_setup"})
    number = _checked_number(options.pop("number"), where)
    return replace(wishes, max_queries=number, **options)


def _with_all(wishes: Wishes, marker: pytest.Mark, where: str) -> Wishes:
    known = {"max_queries", "n_plus_one", "ignore", "include_setup", "using", "count_transactions"}
    if marker.args or not marker.kwargs:
        _wrong(f"{where} takes {', '.join(sorted(known))} by name, and at least one of them")
    options = _options(dict(marker.kwargs), where, known)
    options.pop("ignore", None)
    if "max_queries" in options:
        options["max_queries"] = _checked_number(options["max_queries"], where)
    return replace(wishes, **options)


def _options(given: dict[str, Any], where: str, known: set[str]) -> dict[str, Any]:
    for name, value in given.items():
        if name not in known:
            _wrong(f"{where} has no argument {name!r}. Allowed: {', '.join(sorted(known))}")
        is_switch = name in ("n_plus_one", "include_setup", "count_transactions")
        if is_switch and not isinstance(value, bool):
            _wrong(f"{where}: {name} is True or False, not {value!r}")
        if name == "using" and not isinstance(value, str):
            _wrong(f"{where}: using is the name of a database, not {value!r}")
    return given


def _checked_number(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        _wrong(f"{where}: the number of queries is 0 or more, not {value!r}")
    return value


def _refuse_arguments(marker: pytest.Mark, where: str) -> None:
    if marker.args or marker.kwargs:
        _wrong(f"{where} takes no arguments")


def _ignored(marker: pytest.Mark, where: str) -> dict[str, str]:
    reason = marker.kwargs.get("reason", "")
    if not marker.args or set(marker.kwargs) - {"reason"}:
        _wrong(f'{where} takes codes and a reason, as in ("QL104", reason="five rows")')
    return _reasons(dict.fromkeys(marker.args, reason), where)


def _reasons(given: Any, where: str) -> dict[str, str]:
    if not isinstance(given, Mapping):
        _wrong(f'{where}: ignore gives each code its reason, as {{"QL104": "five rows"}}')
    for selector, reason in given.items():
        if not isinstance(selector, str) or not codes_of(selector):
            meant = closest_selector(str(selector))
            hint = f" Did you mean {meant!r}?" if meant else ""
            _wrong(f"{where}: {selector!r} names no rule.{hint}")
        if not isinstance(reason, str) or not reason.strip():
            _wrong(f"{where}: why is {selector} ignored? Give a reason")
    return dict(given)


def _wrong(message: str) -> NoReturn:
    raise pytest.UsageError(message)
