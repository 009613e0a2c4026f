"""Loops: what makes code run once a row, and which of them do."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache

from querylens.model import Place

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_ENDS = (ast.Break, ast.Return, ast.Raise)


@dataclass(eq=False, slots=True)
class Loop:
    """A loop of unknown length around what is being read: `for`, `while`, `map`, a template's."""

    place: Place | None
    #: `for`, `while` or `call`: a while goes on for other reasons than that there are more rows.
    kind: str = "for"
    #: Whether a turn may end the loop because it found what it looked for.
    searches: bool = False
    #: The number of the first thing that it sends, and how many calls it stands in.
    number: int = 0
    depth: int = 0
    #: What to do about queries in it, where no line of the project is the loop.
    hint: str = ""


@lru_cache(maxsize=256)
def runs_once(node: ast.For | ast.AsyncFor | ast.While) -> bool:
    """Whether the first turn always ends the loop."""
    return any(isinstance(statement, _ENDS) for statement in node.body) and not any(
        isinstance(item, ast.Continue) for item in own_nodes(node)
    )


@lru_cache(maxsize=256)
def ends_when_found(node: ast.For | ast.AsyncFor | ast.While) -> bool:
    """Whether a condition in the loop ends it."""
    return any(isinstance(item, (ast.Break, ast.Return)) for item in own_nodes(node))


def own_nodes(node: ast.For | ast.AsyncFor | ast.While) -> list[ast.AST]:
    """The nodes of a loop's body; of the loops and functions inside it none but a `return`."""
    found: list[ast.AST] = []
    stack: list[tuple[ast.AST, bool]] = [(item, False) for item in node.body]
    while stack:
        item, is_inner = stack.pop()
        if isinstance(item, _SCOPES):
            continue
        if not is_inner or isinstance(item, ast.Return):
            found.append(item)
        inner = is_inner or isinstance(item, _LOOPS)
        stack += [(child, inner) for child in ast.iter_child_nodes(item)]
    return found
