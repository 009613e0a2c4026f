"""The tables that a statement names, by a look at its text.

That is enough to tell whether two statements meet in a table. What a log's statement is about is
read from its shape (`clauses.tables_of`), which takes much longer and knows what a FROM belongs to.
"""

from __future__ import annotations

import re

from querylens.sql.memory import Memory

_TABLE = re.compile(
    r"""(?:FROM|JOIN|INTO|UPDATE)\s+(?:["`\[]?\w+["`\]]?\.)?["`\[]?(\w+)""", re.IGNORECASE
)


def table_names(sql: str) -> tuple[str, ...]:
    """The tables that are read and written, in order, without quotes and schemas.

    Too many rather than too few: a name may stand for something else that follows such a word.
    """
    return _names[sql]


_names: Memory[tuple[str, ...]] = Memory(
    lambda sql: tuple(dict.fromkeys(_TABLE.findall(sql))), size=2_000_000, longest=20_000
)
