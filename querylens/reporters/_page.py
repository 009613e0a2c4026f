"""The lines of a terminal page: styled, wrapped by words and never within a path."""

from __future__ import annotations

from io import StringIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.style import Style
from rich.syntax import ANSISyntaxTheme, Syntax
from rich.text import Text

from querylens.reporters._plain import clipped, plain, plain_lines

#: The terminal's own colours, and only those that are readable on light and on dark.
_THEME = ANSISyntaxTheme(
    {
        ("Comment",): Style(dim=True),
        ("Comment", "Preproc"): Style(),
        ("Keyword",): Style(bold=True),
        ("Keyword", "Constant"): Style(color="cyan"),
        ("Literal", "Number"): Style(color="cyan"),
        ("Literal", "String"): Style(color="green"),
        # The quoted names of SQL.
        ("Literal", "String", "Symbol"): Style(),
    }
)
_LONGEST_TEXT = 1_000
_LONGEST_PASTED_LINE = 4_000
_MOST_LINES = 200


class Page:
    """Collects lines. `width` is in cells, and is kept by all but paths and code to paste."""

    def __init__(self, width: int, color: bool) -> None:
        self.width = width
        self.color = color
        self._lines: list[Text] = []

    def blank(self) -> None:
        """An empty line; never two of them."""
        if self._lines and self._lines[-1].plain:
            self._lines.append(Text())

    def line(self, *parts: tuple[str, str], indent: int = 0) -> None:
        """One line of `(text, style)` parts that is never wrapped, so that a path stays whole."""
        shown = [(plain(clipped(text, _LONGEST_TEXT)), style) for text, style in parts]
        self._lines.append(Text(" " * indent).append_tokens(shown))

    def prose(self, text: str, *, label: str = "", style: str = "", indent: int = 0) -> None:
        """A paragraph, wrapped between words, whose further lines hang below the first word."""
        margin = indent + len(label)
        room = max(self.width - margin, 20)
        for number, line in enumerate(_wrapped(plain(clipped(text, _LONGEST_TEXT)), room)):
            start = Text(" " * indent).append(label, "dim") if number == 0 else Text(" " * margin)
            self._lines.append(start.append(line, style))

    def code(self, text: str, language: str, *, indent: int, most_lines: int = 4) -> None:
        """A few lines of source to read: cut to the width."""
        lines = plain_lines(clipped(text, _LONGEST_TEXT))
        if len(lines) > most_lines:
            lines = [*lines[: most_lines - 1], "…"]
        fitting = [_fitted(line, self.width - indent) for line in lines]
        self._append_code(fitting, language, indent)

    def paste(self, text: str, language: str, *, indent: int) -> None:
        """Source to copy: whole lines, with nothing but spaces in front."""
        lines = plain_lines(text)
        shown = [clipped(line, _LONGEST_PASTED_LINE) for line in lines[:_MOST_LINES]]
        self._append_code(shown, language, indent)
        if len(lines) > _MOST_LINES:
            self.line((f"… and {len(lines) - _MOST_LINES} more lines", "dim"), indent=indent)

    def _append_code(self, lines: list[str], language: str, indent: int) -> None:
        text = "\n".join(lines)
        if self.color and language:
            syntax = Syntax("", language, theme=_THEME, background_color=None)
            highlighted = syntax.highlight(text).split("\n", allow_blank=True)
        else:
            highlighted = Text(text).split("\n", allow_blank=True)
        for line in highlighted[: len(lines)]:
            line.rstrip()
            self._lines.append(Text(" " * indent).append_text(line) if line.plain else Text())

    def render(self) -> str:
        """The whole page, with the codes for colours or without a single one."""
        if not self.color:
            return "".join(f"{line.plain}\n" for line in self._lines)
        console = Console(
            file=StringIO(),
            force_terminal=True,
            color_system="standard",
            no_color=False,
            legacy_windows=False,
            width=max(self.width, 1),
        )
        with console.capture() as capture:
            for line in self._lines:
                console.print(line, soft_wrap=True, markup=False, highlight=False, emoji=False)
        return capture.get()


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of whole words: a word that is wider than a line, such as a path, stays whole."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if not lines[-1] or cell_len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _fitted(line: str, width: int) -> str:
    if cell_len(line) <= width:
        return line
    return set_cell_size(line, max(width - 1, 1)).rstrip() + "…"
