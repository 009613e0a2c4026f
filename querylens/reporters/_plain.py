"""Makes any text safe to show: SQL, paths and values may hold whatever a stranger sent."""

from __future__ import annotations


def plain(text: str) -> str:
    """One printable line: what steers a terminal, turns text around or hides is written out."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _written_out(char) for char in text)


def _written_out(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def clipped(text: str, length: int) -> str:
    """At most `length` characters, the last of them an ellipsis where something was cut off."""
    return text if len(text) <= length else f"{text[: max(length - 1, 0)]}…"


def plain_lines(text: str) -> list[str]:
    """The lines of source code, each printable, with tabs as four spaces."""
    lines = text.replace("\r\n", "\n").split("\n")
    return [plain(line.expandtabs(4)) for line in lines]
