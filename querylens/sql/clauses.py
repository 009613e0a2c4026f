"""The clauses of one statement, in the layout that fingerprints have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from querylens.sql.pieces import WORD

_QUOTED = r'"[^"]*+(?:""[^"]*+)*+"|`[^`]*+(?:``[^`]*+)*+`'
_TOKEN = re.compile(
    rf"(?:{_QUOTED}|{WORD}++)(?:\.(?:{_QUOTED}|{WORD}++|\*))*+|::|[<>=!]++|[^\s]", re.ASCII
)
_PART = re.compile(rf"{_QUOTED}|{WORD}++|\*", re.ASCII)

_OPENING = ("SELECT", "UPDATE", "DELETE")
_CLAUSES = frozenset(
    {
        *_OPENING,
        *("FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH"),
        *("FOR", "LOCK", "SET", "RETURNING", "UNION", "INTERSECT", "EXCEPT"),
    }
)
_SET_OPERATIONS = ("UNION", "INTERSECT", "EXCEPT")
_NO_ALIASES = frozenset(
    {
        *("ON", "USING", "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "NATURAL"),
        *("STRAIGHT_JOIN", "LATERAL"),
    }
)
_BEFORE_TABLES = frozenset({"(", ")", "FROM", "JOIN", "STRAIGHT_JOIN", "INTO", "UPDATE"})
_CONSTANTS = frozenset({"NULL", "TRUE", "FALSE", "DEFAULT"})
_RANGES = frozenset({"<", ">", "<=", ">=", "BETWEEN"})
_AGGREGATES = frozenset({"COUNT", "SUM", "AVG", "MIN", "MAX"})
_CATALOGUES = frozenset({"information_schema", "pg_catalog", "performance_schema", "mysql", "sys"})


@dataclass(frozen=True)
class Tokens:
    """A text in tokens; a dotted name is one of them. `partners` leads from `(` to its `)`."""

    words: list[str]
    partners: dict[int, int]
    is_balanced: bool

    @classmethod
    def of(cls, text: str) -> Tokens:
        """Cuts the text of a fingerprint into tokens."""
        words = _TOKEN.findall(text)
        partners: dict[int, int] = {}
        opened: list[int] = []
        is_balanced = True
        for index, word in enumerate(words):
            if word == "(":
                opened.append(index)
            elif word == ")":
                if opened:
                    partners[opened.pop()] = index
                else:
                    is_balanced = False
        return cls(words, partners, is_balanced and not opened)

    def is_name(self, index: int) -> bool:
        """Whether a name stands there: quoted, or a word that begins with a letter."""
        word = self.words[index]
        # A quote alone is one that is not closed.
        is_quoted = word[0] in '"`' and len(word) > 1
        is_word = word[0] == "_" or word[0].isalpha()
        return is_quoted or (is_word and word not in _CONSTANTS)

    def is_quoted(self, index: int) -> bool:
        """Whether the last part of the name there is quoted."""
        return self.words[index][-1] in '"`'

    def outermost(self, part: range) -> Iterator[int]:
        """The positions of a part that are in no parentheses; these themselves are among them."""
        index = part.start
        while index < part.stop:
            yield index
            index = self.partners.get(index, index) + 1

    def split(self, part: range, separator: str) -> Iterator[range]:
        """What stands between separators that are in no parentheses."""
        start = part.start
        for index in self.outermost(part):
            if self.words[index] == separator:
                yield range(start, index)
                start = index + 1
        yield range(start, part.stop)


def clauses_of(tokens: Tokens) -> dict[str, range] | None:
    """Where each clause is, without its keyword; None of what is more than one plain statement."""
    found: list[tuple[str, int]] = []
    for index in tokens.outermost(range(len(tokens.words))):
        word = tokens.words[index]
        if word in _CLAUSES and not (found and found[-1][0] == "FOR"):
            found.append((word, index))
    names = [name for name, _ in found]
    if len(set(names)) < len(names) or not {*names}.isdisjoint(_SET_OPERATIONS):
        return None
    ends = [*(index for _, index in found), len(tokens.words)][1:]
    return {name: range(at + 1, end) for (name, at), end in zip(found, ends, strict=True)}


@lru_cache(maxsize=4_096)
def _parts(name: str) -> tuple[str, ...]:
    return tuple(
        part[1:-1].replace(part[0] * 2, part[0]) if part[0] in '"`' else part.lower()
        for part in _PART.findall(name)
    )


def table_named(name: str) -> str:
    """The table of a name, without its schema; one of a database's own catalogue keeps it."""
    parts = _parts(name)
    if len(parts) > 1 and parts[-2] in _CATALOGUES:
        return f"{parts[-2]}.{parts[-1]}"
    return parts[-1]


def column_named(name: str) -> tuple[str, str]:
    """The table or alias and the column of a name; the first is empty when it is not given."""
    parts = _parts(name)
    return (parts[-2] if len(parts) > 1 else "", parts[-1])


def tables_of(tokens: Tokens, clauses: dict[str, range] | None) -> tuple[str, ...]:
    """Every table that is named after FROM, JOIN, INTO or UPDATE, sorted."""
    words = tokens.words
    found = set()
    is_query = [words[0] in (*_OPENING, "INSERT", "REPLACE", "WITH")]
    for index, word in enumerate(words[:-1]):
        if word not in _BEFORE_TABLES:
            continue
        if word == "(":
            is_query.append(words[index + 1] in ("SELECT", "WITH", "DELETE"))
        elif word == ")":
            is_query.pop()
        # Not the FROM of EXTRACT(year FROM …).
        is_source = word in ("JOIN", "STRAIGHT_JOIN") or (word == "FROM" and is_query[-1])
        is_source &= words[index + 2 : index + 3] != ["("]
        is_target = word == "INTO" or (word == "UPDATE" and not index)
        if (is_source or is_target) and tokens.is_name(index + 1):
            found.add(table_named(words[index + 1]))
    for item in tokens.split((clauses or {}).get("FROM", range(0)), ","):
        if item and tokens.is_name(item.start) and words[item.start + 1 : item.start + 2] != ["("]:
            found.add(table_named(words[item.start]))
    return tuple(sorted(found))


@dataclass
class Sources:
    """The tables that a statement reads, and what they are called in it."""

    table: str = ""
    is_quoted: bool = False
    joined: list[str] = field(default_factory=list)
    _aliases: dict[str, str] = field(default_factory=dict)
    #: Whether something is read that is no table, as a subquery.
    _has_others: bool = False

    def resolve(self, name: str) -> tuple[str, str]:
        """The table and column that a name stands for."""
        table, column = column_named(name)
        if not table and not self.joined and not self._has_others:
            return self.table, column
        return self._aliases.get(table, ""), column

    def add(self, tokens: Tokens, index: int, end: int) -> None:
        """Notes what is read at a position."""
        if index < end and tokens.words[index] in ("ONLY", "LATERAL"):
            index += 1
        is_first = not self._aliases and not self._has_others
        # A name before a parenthesis is a function.
        if (
            index >= end
            or not tokens.is_name(index)
            or tokens.words[index + 1 : index + 2] == ["("]
        ):
            self._has_others = True
            return
        table = table_named(tokens.words[index])
        if is_first:
            self.table, self.is_quoted = table, tokens.is_quoted(index)
        else:
            self.joined.append(table)
        after = index + 1
        if after < end and tokens.words[after] == "AS":
            after += 1
        self._aliases.setdefault(table, table)
        if after < end and tokens.words[after] not in _NO_ALIASES and tokens.is_name(after):
            self._aliases[column_named(tokens.words[after])[1]] = table


def read_sources(tokens: Tokens, clause: range) -> Sources:
    """The tables of a FROM clause, or of what is updated."""
    sources = Sources()
    is_due = bool(clause)
    for index in tokens.outermost(clause):
        if is_due:
            sources.add(tokens, index, clause.stop)
        is_due = tokens.words[index] in (",", "JOIN", "STRAIGHT_JOIN")
    return sources


def selected_columns(tokens: Tokens, clause: range, sources: Sources) -> list[tuple[str, str]]:
    """The columns that are selected by themselves."""
    words = tokens.words
    if clause and words[clause.start] == "DISTINCT":
        clause = range(clause.start + 1, clause.stop)
    names = words[clause.start : clause.stop : 2]
    if names and words[clause.start + 1 : clause.stop : 2] == [","] * (len(names) - 1):
        # Nothing but columns, as Django selects the rows of a model.
        return [
            sources.resolve(words[index])
            for index in clause[::2]
            if tokens.is_name(index) and words[index][-1] != "*"
        ]
    return [
        sources.resolve(words[item.start])
        for item in tokens.split(clause, ",")
        if item
        and tokens.is_name(item.start)
        and words[item.start][-1] != "*"
        and (len(item) == 1 or (len(item) == 3 and words[item.start + 1] == "AS"))
    ]


def aggregate_of(tokens: Tokens, clause: range) -> str:
    """The first of the functions, in lower case, when nothing but such numbers is selected."""
    words = tokens.words
    for item in tokens.split(clause, ","):
        if len(item) < 3 or words[item.start] not in _AGGREGATES:
            return ""
        end = tokens.partners.get(item.start + 1, item.stop)
        if end + 1 != item.stop and words[end + 1 : end + 2] != ["AS"]:
            return ""
    return words[clause.start].lower() if clause else ""


@dataclass
class Conditions:
    """What WHERE asks of the rows, as far as all of it must be true."""

    equals: list[tuple[str, str]] = field(default_factory=list)
    in_list: list[tuple[str, str]] = field(default_factory=list)
    is_simple: bool = True
    #: Whether something is compared by order.
    has_range: bool = False


def read_conditions(tokens: Tokens, clause: range, sources: Sources) -> Conditions:
    """Reads a WHERE clause down through the parentheses that only hold more of the same AND."""
    found = Conditions(has_range=any(tokens.words[i] in _RANGES for i in clause))
    pending = [clause] if clause else []
    while pending:
        part = pending.pop()
        while len(part) > 1 and tokens.partners.get(part.start) == part.stop - 1:
            part = range(part.start + 1, part.stop - 1)
        outermost = [tokens.words[i] for i in tokens.outermost(part)]
        if "OR" in outermost or "XOR" in outermost:
            found.is_simple = False
        elif "AND" in outermost:
            pending += reversed(list(tokens.split(part, "AND")))
        else:
            _read_condition(tokens, part, sources, found)
    return found


def _read_condition(tokens: Tokens, part: range, sources: Sources, found: Conditions) -> None:
    words = tokens.words[part.start : part.stop]
    if words[:1] == ["NOT"] and len(words) == 2 and tokens.is_name(part.start + 1):
        return
    if not words or not tokens.is_name(part.start):
        found.is_simple = False
        return
    rest = words[1:]
    if rest[:2] == ["=", "?"] and (len(rest) == 2 or (len(rest) == 4 and rest[2] == "::")):
        found.equals.append(sources.resolve(words[0]))
    elif rest in (["IN", "(", "?", ")"], ["=", "ANY", "(", "?", ")"]):
        found.in_list.append(sources.resolve(words[0]))
    elif rest and not _takes_no_value(tokens, part):
        found.is_simple = False


def _takes_no_value(tokens: Tokens, part: range) -> bool:
    words = tokens.words[part.start : part.stop]
    if words[1] == "IS":
        return words[2:] in (["NULL"], ["NOT", "NULL"], ["TRUE"], ["FALSE"])
    if words[1] != "=" or len(words) != 3:
        return False
    return words[2] in ("TRUE", "FALSE") or tokens.is_name(part.start + 2)
