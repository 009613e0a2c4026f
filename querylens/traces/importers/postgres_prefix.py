"""Works out a server's `log_line_prefix` from lines that it wrote.

Which escapes a prefix may hold: https://www.postgresql.org/docs/current/runtime-config-logging.html
Looked for are the time (%t, %m, %n), what names the session (%c, or %p and %s, or %p) and the
transaction (%v); whatever else there is, is only to be passed over.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise

from querylens.traces.importers.postgres_messages import BELOW, SEVERITY

_MOST_PREFIXES = 6
_MOST_PROCESSES = 2**31
_MOST_LINES = 1_000
_LONGEST = 300
_ANYTHING = rf"[^\n]{{0,{_LONGEST}}}?"

_SECOND = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d"
_ZONE = r"[A-Za-z]{1,6}|[+-]\d\d(?::?\d\d){0,2}"
_GROUP = r"[\da-fA-F]{1,4}"
_IPV6 = rf"(?:(?:{_GROUP}:){{1,7}}|:)(?::{_GROUP}){{1,7}}|(?:{_GROUP}:){{7}}{_GROUP}"
#: What a token of each kind looks like, the most telling first.
_TOKENS = {
    "time": rf"(?<!\d){_SECOND}(?:\.\d{{1,6}})? ?(?:{_ZONE})",
    "epoch": r"(?<![\w.])\d{10}\.\d{3}(?![\w.])",
    "session": r"(?<![\w.])[0-9a-f]{8}\.[0-9a-f]{1,8}(?![\w.])",
    "host": (
        r"\[local\]|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?:\(\d{1,5}\)|(?![\w./(]))"
        rf"|[A-Za-z][\w.-]{{0,254}}\(\d{{1,5}}\)|(?<![\w.])(?:{_IPV6})(?:%\w{{1,32}})?"
        r"(?:\(\d{1,5}\)|(?![\w:(]))"
    ),
    "transaction": r"(?<![\w./])\d{1,10}/\d{1,10}(?![\w./])",
    "pair": r"(?<![\w./-])\d{1,10}-\d{1,10}(?![\w./-])",
    "number": r"(?<![\w./-])\d{1,10}(?![\w./-])",
}
_TOKEN = re.compile("|".join(f"(?P<{kind}>{text})" for kind, text in _TOKENS.items()))
#: How a token is found again: the first of its kind, and the others.
_AGAIN = {
    "time": (
        rf"(?P<second>{_SECOND})(?:\.(?P<fraction>\d{{3}})\d{{0,3}})? ?(?P<zone>{_ZONE})",
        rf"{_SECOND}(?:\.\d{{1,6}})? ?(?:{_ZONE})",
    ),
    "epoch": (r"(?P<epoch>\d{10}\.\d{3})", r"\d{10}\.\d{3}"),
    "session": (r"(?P<session>[0-9a-f]{8}\.[0-9a-f]{1,8})", r"[0-9a-f]{8}\.[0-9a-f]{1,8}"),
    "host": (r"(?:\[local\]|[^\s\[\]]{0,255})",) * 2,
    "transaction": (r"(?P<transaction>\d{1,10}/\d{1,10})", r"\d{1,10}/\d{1,10}"),
    "number": (r"\d{1,10}",) * 2,
}
_EIGHTS = bytes.maketrans(b"012345679", b"8" * 9)
_WORDS = re.compile(r"[\w.\[\]<>-]+=|[\w.-]+|[^\w.-]+")
#: What others put before: syslog, which breaks messages in parts that those of others come between,
#: and JSON, in which the text is another one.
_OF_OTHERS = re.compile(r"\w\[\d+\]: \[\d+-\d+\] \Z|\A\s*\{\s*\"")
HEADER = re.compile(rf"(.{{0,{_LONGEST}}}?)(?<!\w)(?:({SEVERITY})|{BELOW}) ?:  ")


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


@dataclass(frozen=True)
class _Line:
    """The prefix of one line, cut into tokens and what stands between, before and after them."""

    tokens: tuple[_Token, ...]
    gaps: tuple[str, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(token.kind for token in self.tokens)


def find_prefixes(lines: Iterable[str]) -> tuple[str, ...]:
    """Regular expressions for the prefixes of these lines, the most frequent first.

    Several, because a prefix ends earlier for a server process (%q), and because a host, a user or
    an application may be told or not. Groups: `second`, `fraction`, `zone` or `epoch`,
    `session` or `process` and maybe `started`, and `transaction`. None at all when the
    lines are no log of PostgreSQL's.
    """
    first = list(islice((line for line in lines if line and line[0] != "\t"), _MOST_LINES))
    found = [prefix for line in first if (prefix := _prefix(line)) is not None]
    if not found or len(found) * 2 < len(first):
        return ()
    if sum(map(bool, map(_OF_OTHERS.search, found))) * 2 > len(found):
        return ()
    shapes: defaultdict[tuple[str, ...], list[_Line]] = defaultdict(list)
    for line in map(_cut, found):
        shapes[line.kinds].append(line)
    # A tie goes to the longer one: it tells more.
    frequent = sorted(shapes, key=lambda kinds: (-len(shapes[kinds]), -len(kinds), kinds))
    prefixes = [_pattern(kinds, shapes[kinds]) for kinds in frequent[:_MOST_PREFIXES]]
    loose = [_pattern(kinds, shapes[kinds], loose=True) for kinds in frequent[:_MOST_PREFIXES]]
    return tuple(dict.fromkeys(prefixes + [prefix for prefix in loose if prefix]))


def _prefix(line: str) -> str | None:
    """What stands before the first line of a message; None for what is none."""
    end = line.find(":  ", 0, _LONGEST)
    length = _length_before(_masked(line[: end + 3])) if end >= 0 else -1
    if length >= 0:
        return line[:length]
    header = HEADER.match(line)
    return header[1] if header else None


@lru_cache(maxsize=256)
def _length_before(header: bytes) -> int:
    """How long the prefix of a masked header is; -1 where it is to be looked at more closely."""
    text = header.decode("utf-8", "surrogatepass")
    found = HEADER.fullmatch(text)
    return len(found[1]) if found and "DEBUG" not in text else -1


def _masked(text: str) -> bytes:
    """Equal for texts that are equal but for digits: a server's lines are alike in all others."""
    return text.encode("utf-8", "surrogatepass").translate(_EIGHTS)


def _cut(prefix: str) -> _Line:
    tokens, gaps, end = [], [], 0
    for kind, start, stop in _places(_masked(prefix)):
        tokens.append(_Token(kind, prefix[start:stop]))
        gaps.append(prefix[end:start])
        end = stop
    return _Line(tuple(tokens), (*gaps, prefix[end:]))


@lru_cache(maxsize=256)
def _places(prefix: bytes) -> tuple[tuple[str, int, int], ...]:
    """Where the tokens of a prefix are: which digits it has changes nothing."""
    text = prefix.decode("utf-8", "surrogatepass")
    places: list[tuple[str, int, int]] = []
    for found in _TOKEN.finditer(text):
        kind, (start, stop) = str(found.lastgroup), found.span()
        if kind == "pair":
            # `[%p-%l]`, as Debian had it, and `[%l-1]`.
            middle = text.index("-", start)
            places += (("number", start, middle), ("number", middle + 1, stop))
        else:
            places.append((kind, start, stop))
    return tuple(places)


def _pattern(kinds: Sequence[str], lines: Sequence[_Line], *, loose: bool = False) -> str:
    names = _names(kinds, lines)
    of_message = _time_of_message(kinds, lines)
    gaps = [
        _gap(Counter(line.gaps[position] for line in lines), loose=loose)
        for position in range(len(kinds) + 1)
    ]
    parts = []
    for position, kind in enumerate(kinds):
        found, again = _AGAIN[kind]
        if position in names:
            token = f"(?P<{names[position]}>{again})"
        elif position == (of_message if kind == "time" else kinds.index(kind)):
            token = found
        else:
            token = again
        if gaps[position] != _ANYTHING:
            parts.append(gaps[position] + token)
        elif kind == "host":
            # What looks like one may be anything: it is passed over, with what stands behind it.
            gaps[position + 1] = _ANYTHING
        else:
            # Atomic: the first token of that kind is it, so a line takes linear time.
            is_in_pair = all(line.gaps[position + 1] == "-" for line in lines)
            end = "(?=-)" if is_in_pair else r"(?![\w./-])"
            parts.append(rf"(?>{_ANYTHING}(?<![\w./-]){token}{end})")
    return "".join((*parts, gaps[-1]))


def _time_of_message(kinds: Sequence[str], lines: Sequence[_Line]) -> int:
    """Where %t or %m is; %s, the session's beginning, has no milliseconds."""
    times = [position for position, kind in enumerate(kinds) if kind == "time"]
    exact = [position for position in times if "." in lines[0].tokens[position].text]
    return next(iter(exact or times), -1)


def _names(kinds: Sequence[str], lines: Sequence[_Line]) -> dict[int, str]:
    """Which number is the process, and which time the session's beginning."""
    numbers = [position for position, kind in enumerate(kinds) if kind == "number"]
    process = _process(numbers, lines)
    if process is None or "session" in kinds:
        return {}
    of_message = _time_of_message(kinds, lines)
    times = [position for position, kind in enumerate(kinds) if kind == "time"]
    others = (position for position in times if position != of_message)
    started = next((other for other in others if _is_one_a_process(other, process, lines)), None)
    return {process: "process"} | ({} if started is None else {started: "started"})


def _is_one_a_process(position: int, process: int, lines: Sequence[_Line]) -> bool:
    """Whether a time is that of a session: who passes on a log may put in when each line came."""
    known: dict[str, str] = {}
    return all(
        known.setdefault(line.tokens[process].text, line.tokens[position].text)
        == line.tokens[position].text
        for line in lines
    )


def _process(numbers: Iterable[int], lines: Sequence[_Line]) -> int | None:
    """The number that is %p, of those that may be: in brackets or named so, if that tells it.

    %x is 0 outside of a transaction, %e is 00000, %Q is 0 or too large; %l counts, from 1 on.
    """
    left = [number for number in numbers if any(_is_process(line, number) for line in lines)]

    def unlikeness(number: int) -> tuple[bool, bool, bool, bool, int]:
        values = {int(line.tokens[number].text) for line in lines}
        is_out = not 0 < min(values) <= max(values) < _MOST_PROCESSES
        counts, is_named = _counts(number, lines), _is_named(number, lines)
        return (is_out, 1 in values and len(values) > 1, counts, not is_named, len(values))

    return min(left, key=unlikeness, default=None)


def _is_process(line: _Line, number: int) -> bool:
    """Whether it may be one of a session: 1 is a server's own, and the second of `[%l-1]`."""
    return 1 < int(line.tokens[number].text) < _MOST_PROCESSES


def _is_named(number: int, lines: Sequence[_Line]) -> bool:
    before = lines[0].gaps[number]
    after = lines[0].gaps[number + 1]
    in_brackets = before.endswith("[") and after.startswith("]")
    return in_brackets or bool(re.search(r"\b(?:pid|p|process)[=: ]+\Z", before))


def _counts(number: int, lines: Sequence[_Line]) -> bool:
    """Whether it counts lines as %l does: one more each, where all other numbers are the same."""
    last: dict[tuple[str, ...], int] = {}
    steps = ups = 0
    for line in lines:
        rest = tuple(
            token.text
            for position, token in enumerate(line.tokens)
            if position != number and token.kind in {"number", "session"}
        )
        value = int(line.tokens[number].text)
        if rest in last:
            steps += 1
            ups += value == last[rest] + 1
        last[rest] = value
    return ups * 2 > steps


def _gap(gaps: Counter[str], *, loose: bool) -> str:
    """What stands between two tokens. Words may be another's user, database or application."""
    typical = gaps.most_common(1)[0][0]
    if len(gaps) == 1 and not re.search(r"\w", typical):
        return re.escape(typical)
    if loose:
        return _ANYTHING
    strict = _words(typical)
    return strict if all(re.fullmatch(strict, gap) for gap in gaps) else _ANYTHING


def _words(gap: str) -> str:
    parts = []
    for piece, after in pairwise((*_WORDS.findall(gap), "")):
        if piece.endswith("=") or not re.match(r"[\w.-]", piece):
            parts.append(re.escape(piece))
        elif after:
            parts.append(f"[^{re.escape(after[0])}\\n]{{0,{_LONGEST}}}")
        else:
            parts.append(_ANYTHING)
    return "".join(parts)
