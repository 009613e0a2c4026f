"""From the text of a statement to the text of its shape."""

from __future__ import annotations

from querylens.sql.dialects import dialect_of, without_comments
from querylens.sql.layout import Entry, Writer, entry_of
from querylens.sql.memory import Memory

# Stands for the rest of a text; nothing that is sent contains it.
_MARK = "\x01"


class Normaliser:
    """Writes statements of one vendor in the form that all texts of a shape share."""

    def __init__(self, vendor: str | None, *, shortcuts: bool = True) -> None:
        self._dialect = dialect_of(vendor, shortcuts=shortcuts)
        self._shortcuts = shortcuts
        self._entries = Memory(self._entry, size=500_000, longest=64)
        self._heads = Memory(self._head, size=2_000_000, longest=8_000)

    def text(self, sql: str) -> str:
        """Gives the text of a statement's shape."""
        # Statements of one queryset start alike, and their values come after these words.
        cut = sql.find(" WHERE ")
        if cut < 0:
            cut = sql.find(" VALUES ")
        if cut > 0 and self._shortcuts and (head := self._heads[sql[:cut]]):
            return head + self._write(sql[cut + 1 :]).text()
        return self._write(sql).text()

    def _head(self, sql: str) -> str:
        """Writes the start of a statement; empty when it decides how the rest is to be read.

        It does when a quote, a comment, a list or a CASE is still open.
        """
        if self._dialect.nested_comments == "if closed" and "/*" in sql:
            return ""
        writer = self._write(f"{sql} {_MARK}")
        return writer.text().removesuffix(_MARK) if writer.stands_after(f"{_MARK} ") else ""

    def _write(self, sql: str) -> Writer:
        for mark in self._dialect.comment_marks:
            if mark in sql:
                sql = without_comments(sql, self._dialect)
                break
        writer = Writer()
        writer.write(self._dialect.tokens.findall(sql), self._entries)
        return writer

    def _entry(self, token: str) -> Entry:
        return entry_of(token, self._dialect)
