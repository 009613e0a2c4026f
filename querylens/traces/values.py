"""What a line tells of the values of parameters: how many, a hash, and the values when asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

from querylens.parameters import NO_VALUES, PLAIN, comparison_key
from querylens.traces import layout

_MOST_SHOWN = 100
_LONGEST_SHOWN = 200


class Hashes(dict[str, str]):
    """The hash of each comparison key under one secret key; empty for no values."""

    def __init__(self, secret: bytes) -> None:
        super().__init__({NO_VALUES: ""})
        # Copied for each text: half the work is what comes before the text.
        self._begun = blake2b(digest_size=8, key=secret)

    def __missing__(self, key: str) -> str:
        begun = self._begun.copy()
        begun.update(key.encode("utf-8", "surrogatepass"))
        found = self[key] = begun.hexdigest()
        return found

    def of(self, params: Any) -> str:
        """Equal for equal values."""
        return self[comparison_key(params)]


def measures(params: Any) -> tuple[int, bool]:
    """How many values there are, and whether one of them is a list of several."""
    if isinstance(params, (tuple, list)):
        return min(len(params), layout.MOST_VALUES), _has_lists(params)
    if isinstance(params, dict):
        return min(len(params), layout.MOST_VALUES), False
    return 0 if params is None else 1, False


def _has_lists(params: Sequence[Any]) -> bool:
    if PLAIN.issuperset(map(type, params)):
        return False
    return any(isinstance(value, list) and len(value) > 1 for value in params)


def last_value(params: Any) -> str | None:
    """The last of several, as text."""
    if not isinstance(params, (tuple, list)) or not params:
        return None
    return _printed(str, params[-1])


def shown_values(params: Any) -> list[str] | None:
    """The values as Python shows them, each cut to a length."""
    if isinstance(params, dict):
        shown = [f"{name}={_printed(repr, value)}" for name, value in params.items()]
    elif isinstance(params, (tuple, list)):
        shown = [_printed(repr, value) for value in params[:_MOST_SHOWN]]
    else:
        shown = [] if params is None else [_printed(repr, params)]
    return [
        text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
        for text in shown[:_MOST_SHOWN]
    ] or None


def _printed(write: Callable[[Any], str], value: Any) -> str:
    try:
        return write(value)
    except Exception:  # noqa: BLE001 - the value's own class is at fault, the trace matters more
        return f"<{type(value).__name__}>"
