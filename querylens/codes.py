"""The codes and names of all rules, and the words that choose among them.

A selector is a code (`QL104`), a prefix of codes (`QL1`), a rule's name (`lookup-in-loop`) or a
group (`n-plus-one`): the same words in configuration, in comments and on the command line.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

RULE_NAMES: tuple[tuple[str, str], ...] = (
    ("QL101", "lazy-forward-relation"),
    ("QL102", "lazy-related-set"),
    ("QL103", "query-defeats-prefetch"),
    ("QL104", "lookup-in-loop"),
    ("QL105", "aggregate-in-loop"),
    ("QL106", "deferred-field-in-loop"),
    ("QL107", "lazy-generic-relation"),
    ("QL108", "raw-query-in-loop"),
    ("QL109", "prefetch-per-row"),
    ("QL201", "insert-in-loop"),
    ("QL202", "update-in-loop"),
    ("QL203", "delete-in-loop"),
    ("QL204", "get-or-create-in-loop"),
    ("QL205", "relation-write-in-loop"),
    ("QL301", "duplicated-query"),
    ("QL302", "relation-fetched-by-query"),
    ("QL401", "unused-eager-load"),
    ("QL501", "too-many-queries"),
    ("QL502", "grows-with-rows"),
    ("QL901", "incomplete-trace"),
)

#: What each group stands for, as prefixes of codes.
GROUPS: dict[str, tuple[str, ...]] = {
    "n-plus-one": ("QL1", "QL2", "QL502"),
    "duplicated": ("QL3",),
    "unused": ("QL4",),
    "budget": ("QL501",),
    "any": ("QL",),
}

_CODES = dict(RULE_NAMES)
_SHORTEST_PREFIX = 2


def exactness(selector: str, code: str) -> int:
    """How exactly a selector names a code: 0 when it does not, 5 when it names only this one."""
    if selector in GROUPS:
        belongs = code.startswith(GROUPS[selector])
        return (1 if selector == "any" else _SHORTEST_PREFIX) if belongs else 0
    if _CODES.get(code) == selector:
        return len(code)
    is_prefix = len(selector) >= _SHORTEST_PREFIX and code.startswith(selector)
    return len(selector) if is_prefix else 0


def codes_of(selector: str) -> tuple[str, ...]:
    """The codes that a selector names; none when it names no rule."""
    return tuple(code for code in _CODES if exactness(selector, code))


def is_chosen(code: str, selected: Iterable[str], ignored: Iterable[str]) -> bool:
    """Whether a rule is on: the most exact selector decides, and *ignore* wins a draw."""
    most_selected = max((exactness(selector, code) for selector in selected), default=0)
    most_ignored = max((exactness(selector, code) for selector in ignored), default=0)
    return most_selected > most_ignored


def closest(given: str, allowed: Iterable[str], likeness: float = 0.6) -> str:
    """The allowed word that was probably meant; empty when none is as near as `likeness` (0-1)."""
    by_folded = {word.casefold(): word for word in allowed}
    near = get_close_matches(given.casefold(), by_folded, n=1, cutoff=likeness)
    return by_folded[near[0]] if near else ""


def closest_selector(given: str) -> str:
    """The selector that was probably meant; empty when none is near."""
    return closest(given, [*_CODES, *_CODES.values(), *GROUPS])


def allowed_selectors() -> str:
    """Every selector there is, in one line of a message."""
    rules = ", ".join(f"{code} ({name})" for code, name in RULE_NAMES)
    return f"{rules}, a prefix such as QL1, or a group: {', '.join(GROUPS)}"
