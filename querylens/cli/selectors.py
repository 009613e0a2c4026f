"""Words on the command line that choose among rules."""

from __future__ import annotations

from querylens.codes import allowed_selectors, closest_selector, codes_of
from querylens.errors import ConfigError


def read_selectors(option: str, text: str) -> tuple[str, ...]:
    """The words of an option, separated by commas.

    Raises `ConfigError` for one that names no rule.
    """
    words = tuple(word.strip() for word in text.split(",") if word.strip())
    for word in words:
        if not codes_of(word):
            raise unknown_selector(option, word)
    return words


def unknown_selector(where: str, word: str) -> ConfigError:
    """The error for a word that names no rule, with the nearest one that does."""
    meant = closest_selector(word)
    hint = f"Did you mean {meant!r}?" if meant else f"Allowed: {allowed_selectors()}"
    return ConfigError(f"{where}: no rule {word!r}. {hint}")
