"""Parses Python, also where it is written for a later Python than the one that runs."""

from __future__ import annotations

import ast
import re

#: `except A, B:`, which Python 3.14 reads like `except (A, B):`.
_BARE_TYPES = r"^([ \t]*except\*?[ \t]+)([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+)(?=[ \t]*:)"
_BARE_TYPES_TEXT = re.compile(_BARE_TYPES, re.MULTILINE)
_BARE_TYPES_BYTES = re.compile(_BARE_TYPES.encode(), re.MULTILINE)


def syntax_tree(code: str | bytes) -> ast.Module:
    """The syntax tree of a file. Raises what `ast.parse` raises."""
    try:
        return ast.parse(code)
    except SyntaxError as error:
        mended = _mended(code) if "must be parenthesized" in str(error.msg) else code
        if mended == code:
            raise
        return ast.parse(mended)


def _mended(code: str | bytes) -> str | bytes:
    if isinstance(code, bytes):
        return _BARE_TYPES_BYTES.sub(rb"\1(\2)", code)
    return _BARE_TYPES_TEXT.sub(r"\1(\2)", code)
