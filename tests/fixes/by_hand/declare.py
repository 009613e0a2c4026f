"""How a function says which shape it was, and which advice it followed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ByHand:
    """A finished version: of which shape, and for which rule, access and kind of fix."""

    function: Callable[[], Any]
    shape: str
    advice: tuple[str, str, str]

    def __str__(self) -> str:
        return f"{' '.join(self.advice)} {self.shape}"


def after(shape: str, rule: str, access: str, kind: str):
    """Declares what became of a shape."""

    def declare(function):
        function.done = ByHand(function, shape, (rule, access, kind))
        return function

    return declare
