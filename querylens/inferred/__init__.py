"""What is wrong with a request, read from its SQL alone.

A log has no stack: nobody can see the loop, nor the relation that was read. What is left is how
often a kind of statement was sent in one request, with how many values, and what was read before
it. So findings of this module say what was seen and no more, their evidence is `seen`, and what
two or three lines of code may as well have sent is passed over (see `numbers.py`).

Decided where it could be otherwise:

- A lookup by key is a lazy relation (QL101) when exactly one column that was read before, of rows
  that may have been many, is named after the table. Otherwise it is a lookup (QL104).
- Rows by a foreign key are a lazy related set (QL102) when the key is the only condition, and
  rows of the table that it is named after were read before. Otherwise they are a lookup.
- Any other SELECT is a lookup when something must equal a value, whatever else it asks. One that
  only compares, searches or pages is passed over: what its values are cannot be known.
- Values that are not told, as in spans whose SQL has placeholders, are taken for different ones
  where a loop of so many would be: what two statements have in common is not known.
- SQL without quotes around its table was not written by Django's ORM: a SELECT of it is raw SQL
  (QL108). Raw writes are passed over, for `executemany` is logged as many statements.
- Code of a fix begins with a dot where it goes behind the queryset of the rows that were read
  before. Other code is a statement of its own, with `…` for a model that is not known.
- A lookup together with an INSERT, as of `get_or_create`, is two findings: QL104 and QL201.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from querylens.inferred.asked import Asked, Inferred, as_models, with_model
from querylens.inferred.numbers import is_loop
from querylens.inferred.reads import few_values, read_in_loop
from querylens.inferred.writes import write_in_loop

__all__ = ["Asked", "Inferred", "as_models", "infer", "with_model"]

#: Django keeps these rows itself, or they belong to the framework.
_PASSED_OVER = {"django_content_type", "django_site", "django_session", "django_migrations"}
_NOT_TOLD = "The values are not told: where they are all the same, ask once and keep the result."
_CATALOGUE = ("pg_", "information_schema.", "performance_schema.", "mysql.", "sys.", "sqlite_")


def infer(asked: Asked, earlier: Sequence[Asked]) -> Inferred | None:
    """What a repeated statement is taken for; None when nothing can be said, or nothing is wrong.

    `earlier` are the other kinds of statements that the same request sent before the first of
    these, each with the numbers of the whole request.
    """
    shape = asked.shape
    if asked.count < 2 or not shape.table or _is_passed_over(shape.tables):
        return None
    found = _inferred(asked, earlier)
    if found is None or asked.are_values_told:
        return found
    # One row may be written again and again, and read again when it was written.
    if asked.is_changed if shape.verb == "select" else shape.verb == "update":
        return None
    return replace(found, fix=replace(found.fix, caveats=(*found.fix.caveats, _NOT_TOLD)))


def _inferred(asked: Asked, earlier: Sequence[Asked]) -> Inferred | None:
    if asked.shape.verb == "select":
        return read_in_loop(asked, earlier) if is_loop(asked) else few_values(asked, earlier)
    return write_in_loop(asked) if is_loop(asked) else None


def _is_passed_over(tables: Sequence[str]) -> bool:
    return any(table in _PASSED_OVER or table.startswith(_CATALOGUE) for table in tables)
