"""Fingerprints of SQL text: one id for all texts of one shape.

`fingerprint(sql, vendor)` takes any text, also a truncated or broken one, in linear time and
never fails. Two texts are the same shape when they differ only in

- literals and placeholders (each is written `?`, with the sign in front of it);
- the length of a list of values: `IN (…)`, `ARRAY[…]`, a row and the rows of `VALUES`;
- the number of equal `WHEN … THEN …` of a `CASE`, as `bulk_update` makes them, and of equal
  conditions joined by `OR` in parentheses, as `prefetch_related` makes them on SQLite (two of
  them stay, so that one condition is not two);
- names that are made up for each use: savepoints, cursors, prepared statements;
- layout, comments, a `;` at the end, the case of keywords and unquoted names.

What was decided where it could be otherwise:

- `NULL`, `TRUE` and `FALSE` stay (`IS NULL` is not `= ?`), and so do casts (`?::uuid`), except
  where a value is a whole element of a list or a whole result of a `WHEN`. There they are values
  like their neighbours, and what psycopg casts each of them to depends on the values.
- A list is shortened only when all its elements are values. A list with a column or an expression
  in it stays. An empty list stays empty. `x = 1` is not `x IN (1)`.
- Unquoted words are written in upper case, quoted names as they are, quotes included.
- Numbers in `ORDER BY 1`, `LIMIT 5` and `varchar(10)` are literals too.
- Operators stay as they are (`<>` is not `!=`), only Django's `%%` is written `%`.
- `/*! … */` stays on MySQL and on an unknown vendor, because it is executed. Optimizer hints
  (`/*+ … */`) are dropped with the other comments: they change the plan, not the question.
- MySQL: `"…"` is a string, `\\` escapes in strings, `@variable` and `@@variable` stay. Elsewhere
  `"…"` is a name and `@name` a placeholder. `[…]` is a name on SQLite, a subscript elsewhere.
- PostgreSQL: `?|` and `?&` are operators; a lone `?` is written `?`, whichever it is.
- An unknown vendor is read as PostgreSQL, but a comment in a comment counts only where both close.
"""

from __future__ import annotations

from querylens.sql.fingerprints import Fingerprint, fingerprint
from querylens.sql.kinds import StatementKind, statement_kind
from querylens.sql.tables import table_names

__all__ = ["Fingerprint", "StatementKind", "fingerprint", "statement_kind", "table_names"]
