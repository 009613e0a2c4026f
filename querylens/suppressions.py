"""Which findings the user silenced: by a comment, by file or by relation.

`# querylens: ignore[QL104] admin only, five rows` in Python and `{# querylens: ignore[QL101] #}` in
a template count for the line of the access, the loop or the query; in Python for every line of
the statement they stand in. Without a list in brackets all rules are silenced there.
"""

from __future__ import annotations

import io
import os
import re
import tokenize
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from querylens.codes import RULE_NAMES, closest_selector, codes_of, exactness
from querylens.config import Config
from querylens.model import Finding, Place, Suppressed

_OURS = r"querylens:\s*ignore(?![\w-])\s*(?P<list>\[[^\]\n]*\]?)?[:\s]*(?P<reason>[^\n]*?)\s*"
#: A comment may hold those of several tools: `# type: ignore  # querylens: ignore[QL104] few rows`.
_IN_PYTHON = re.compile(rf"#\s*{_OURS}(?=#\s|\Z)")
_IN_TEMPLATE = re.compile(rf"\{{#\s*{_OURS}#\}}")
_NOT_READ_BY_TEMPLATES = re.compile(
    r"\{%-?\s*(verbatim|comment|raw)\b.*?\{%-?\s*end\1\b.*?%\}", re.DOTALL
)
_ALL_CODES = frozenset(code for code, _ in RULE_NAMES)
_PYTHON = frozenset({".py", ".pyi", ".pyw"})
_NO_STATEMENT = frozenset(
    {tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
)


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment that silences: where it stands and the lines `first` to `last` it counts for.

    `selectors` is None when the list in brackets was never closed or is empty.
    """

    line: int
    first: int
    last: int
    selectors: tuple[str, ...] | None
    reason: str


@dataclass(frozen=True, slots=True)
class Use:
    """A selector of a comment that silenced something."""

    path: Path
    line: int
    selector: str


class Suppressions:
    """Matches findings against what the user silenced, and knows afterwards what was needless.

    What silences something is added to `used`: of others who match findings, that is known already.
    """

    def __init__(self, config: Config, used: set[Use] | None = None) -> None:
        self._config = config
        self._used: set[Use] = set() if used is None else used
        self._read: dict[Path, tuple[tuple[int, int], list[Comment]]] = {}
        self._paths: dict[str, Path] = {}
        self._names: dict[str, str] = {}

    def match(self, finding: Finding) -> Suppressed | None:
        """The finding as silenced, with the reason that was given; None when nothing silences it.

        A comment's reason may be empty. Those of the configuration name the entry.
        """
        reasons = [
            *self._by_comment(finding),
            *self._by_relation(finding),
            *self._by_file(finding),
        ]
        return Suppressed(finding, reasons[0]) if reasons else None

    def unused(
        self,
        files: Iterable[str],
        *,
        codes: Collection[str] = _ALL_CODES,
        is_asked: Callable[[str, int, int], bool] = lambda *_: True,
    ) -> list[str]:
        """Plain sentences on the comments in these files that silenced nothing so far.

        A rule that is off, or is none of `codes`, could not have found anything: its comments are
        no complaint. `is_asked` is given the file and the lines that a comment counts for.
        """
        return [
            sentence
            for file in dict.fromkeys(files)
            for comment in self._comments(self._path(file))
            if is_asked(file, comment.first, comment.last)
            for sentence in self._complaints(file, comment, codes)
        ]

    def _by_comment(self, finding: Finding) -> list[str]:
        reasons = []
        for file, first, last in lines_of(finding):
            path = self._path(file)
            for comment in self._comments(path):
                if comment.first <= last and first <= comment.last:
                    matching = [
                        selector
                        for selector in comment.selectors or ()
                        if exactness(selector, finding.rule.code)
                    ]
                    self._used |= {Use(path, comment.line, selector) for selector in matching}
                    reasons += [comment.reason] if matching else []
        return reasons

    def _by_relation(self, finding: Finding) -> list[str]:
        relation = finding.cause.relation if finding.cause else ""
        return [
            f"ignore-relations {pattern!r}"
            for pattern in self._config.ignore_relations
            if relation and fnmatchcase(relation.lower(), pattern.lower())
        ]

    def _by_file(self, finding: Finding) -> list[str]:
        names = [
            name
            for place in _with_python((finding.call_site,))
            for name in (self._shown(place.file), place.template)
            if name
        ]
        return [
            f"per-file-ignores {pattern!r}"
            for pattern, selectors in self._config.per_file_ignores.items()
            if any(exactness(selector, finding.rule.code) for selector in selectors)
            and any(_matches_file(name, pattern) for name in names)
        ]

    def _comments(self, path: Path) -> list[Comment]:
        try:
            status = path.stat()
            version = (status.st_mtime_ns, status.st_size)
            known = self._read.get(path)
            if known is None or known[0] != version:
                known = self._read[path] = (version, read_comments(path))
        except (OSError, ValueError):
            # What is typed at a prompt, lies in an archive or has gone since.
            return []
        return known[1]

    def _complaints(self, file: str, comment: Comment, possible: Collection[str]) -> Iterator[str]:
        shown = f"{self._shown(file)}:{comment.line}: querylens: ignore"
        if comment.selectors is None:
            yield f"{shown}[…] names no rule, and suppresses nothing"
        for selector in comment.selectors or ():
            codes = codes_of(selector)
            label = shown if selector == "any" else f"{shown}[{selector}]"
            if not codes:
                near = closest_selector(selector)
                yield f"{label} names no rule" + (f"; did you mean {near}?" if near else "")
            elif self._is_unused(file, comment, selector, {*codes} & {*possible}):
                yield f"{label} suppresses nothing"

    def _is_unused(
        self, file: str, comment: Comment, selector: str, codes: Collection[str]
    ) -> bool:
        use = Use(self._path(file), comment.line, selector)
        return use not in self._used and any(map(self._config.selects, codes))

    def _path(self, file: str) -> Path:
        """One path for a file, over whichever link it is reached."""
        path = self._paths.get(file)
        if path is None:
            path = self._config.path_of(file)
            with suppress(OSError, ValueError):
                path = path.resolve()
            self._paths[file] = path
        return path

    def _shown(self, file: str) -> str:
        """The path from the root for files below it, with slashes."""
        name = self._names.get(file)
        if name is None:
            root = f"{self._config.root}{os.sep}"
            path = str(self._config.path_of(file))
            name = path.removeprefix(root) if path.startswith(root) else file
            name = self._names[file] = name.replace(os.sep, "/")
        return name


def lines_of(finding: Finding) -> Iterator[tuple[str, int, int]]:
    """Of what a finding stands on, file, first and last line; of a loop that is only its head."""
    for place in _with_python((finding.call_site, finding.origin)):
        yield place.file, place.line, max(place.line, place.end_line)
    for place in _with_python((finding.loop,)):
        yield place.file, place.line, place.line


def _with_python(places: Iterable[Place | None]) -> Iterator[Place]:
    for place in places:
        if place is not None:
            yield place
            if place.python is not None:
                yield place.python


def _matches_file(name: str, pattern: str) -> bool:
    """As ruff matches: the path from the root, or the bare file name."""
    wanted = pattern.removeprefix("./").removeprefix("**/")
    base = name.rpartition("/")[2]
    return fnmatchcase(name, pattern) or any(fnmatchcase(form, wanted) for form in (name, base))


def read_comments(path: Path) -> list[Comment]:
    """The suppressing comments of a Python file or a template; raises OSError."""
    data = path.read_bytes()
    if b"querylens:" not in data:
        return []
    if path.suffix not in _PYTHON:
        return _template_comments(_decoded(data, "utf-8"))
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError:
        encoding = "utf-8"
    return _python_comments(_decoded(data, encoding))


def _decoded(data: bytes, encoding: str) -> str:
    with io.TextIOWrapper(io.BytesIO(data), encoding, errors="replace") as file:
        return file.read()


def _python_comments(text: str) -> list[Comment]:
    """One pass over the tokens; of a broken file what stands before the break."""
    found: list[Comment] = []
    waiting: list[tuple[int, re.Match[str]]] = []
    first = last = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            last = token.end[0]
            if token.type == tokenize.COMMENT:
                matches = _IN_PYTHON.finditer(token.string)
                waiting += [(token.start[0], match) for match in matches]
            elif token.type not in _NO_STATEMENT and not first:
                first = token.start[0]
            if token.type == tokenize.NEWLINE or (token.type == tokenize.NL and not first):
                # A comment on a line of its own, outside of any statement, counts for that line.
                found += [
                    _comment(line, match, min(first or line, line), token.start[0])
                    for line, match in waiting
                ]
                waiting, first = [], 0
    except (SyntaxError, ValueError, tokenize.TokenError):
        pass
    return found + [_comment(line, match, first or line, last) for line, match in waiting]


def _template_comments(text: str) -> list[Comment]:
    unread = [match.span() for match in _NOT_READ_BY_TEMPLATES.finditer(text)]
    found = []
    for match in _IN_TEMPLATE.finditer(text):
        if not any(start < match.start() < end for start, end in unread):
            line = text.count("\n", 0, match.start()) + 1
            found.append(_comment(line, match, line, line))
    return found


def _comment(line: int, match: re.Match[str], first: int, last: int) -> Comment:
    listed = match["list"]
    selectors: tuple[str, ...] | None = ("any",)
    if listed is not None:
        items = [item.strip() for item in listed.strip("[]").split(",")]
        selectors = tuple(filter(None, items)) if listed.endswith("]") else None
    return Comment(line, first, last, selectors or None, match["reason"])
