"""The baseline file: findings that an old code base lives with, so that only new ones fail.

One entry a block, sorted, without counts and line numbers, so that it changes only when a finding
comes or goes, and two branches that each add entries merge as text:

    QL101 media.StreamingOffer.service
      templates/media/movie_detail.html

Comments may be written between the blocks, and are lost when the file is written again.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from querylens.errors import BaselineError
from querylens.model import Finding

#: What `Finding.key` is: rule code, subject, place.
Key = tuple[str, str, str]

_VERSION = 1
_HEADER = (
    "# Findings that querylens knows of and does not fail for."
    " Update with: pytest --querylens-update-baseline"
)
_VERSION_LINE = re.compile(r"version ([0-9]{1,9})")
_HEAD = re.compile(r"([A-Z][A-Z0-9]*)(?: +(.*))?")
_CONFLICT = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?: |\Z)")
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(\\)|)")
_LONGEST_QUOTE = 60


@dataclass(frozen=True, slots=True)
class Baseline:
    """The keys of the findings that are known."""

    entries: frozenset[Key] = frozenset()

    def is_known(self, finding: Finding) -> bool:
        """Whether a finding has an entry."""
        return finding.key in self.entries

    def split(self, findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """The findings that are new and those that are known, each in the order they came in."""
        new: list[Finding] = []
        known: list[Finding] = []
        for finding in findings:
            (known if self.is_known(finding) else new).append(finding)
        return tuple(new), tuple(known)

    def gone(
        self, seen: Collection[Key], could_have_seen: Callable[[Key], bool]
    ) -> tuple[Key, ...]:
        """The entries that no longer occur, sorted: not seen by a run that could have seen them.

        A run of a part of the tests could not have seen most entries: what it does not see is no
        news of them.
        """
        return tuple(sorted(filter(could_have_seen, self.entries.difference(seen))))

    def updated(self, seen: Collection[Key], may_remove: Callable[[Key], bool]) -> Baseline:
        """What was seen, and every entry that was not and must stay.

        `may_remove` is asked of entries that were not seen; see `gone`.
        """
        return Baseline(self.entries.difference(self.gone(seen, may_remove)).union(seen))

    def render(self) -> str:
        """The text of the file: equal baselines have equal bytes, in UTF-8."""
        blocks = [f"{_HEADER}\nversion {_VERSION}", *map(_block, sorted(self.entries))]
        return "\n\n".join(blocks) + "\n"

    def write(self, path: Path) -> None:
        """Puts the text at `path`, wholly or not at all.

        Raises `BaselineError` when it cannot; what was there before is then unchanged.
        """
        target = Path(os.path.realpath(path))
        fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
        try:
            with fresh.open("x", encoding="utf-8", newline="\n") as file:
                file.write(self.render())
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, fresh)
            fresh.replace(target)
        except OSError as error:
            complaint = f"cannot be written: {error.strerror}; nothing was changed"
            raise BaselineError(f"{_printable(str(path))}: {complaint}") from None
        finally:
            with contextlib.suppress(OSError):
                fresh.unlink()


def read_baseline(path: Path, *, missing_ok: bool = False) -> Baseline:
    """The baseline in a file; with `missing_ok` an empty one where there is no file.

    Raises `BaselineError` with the file and line when it cannot be read or says what it may not.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        if missing_ok:
            return Baseline()
        complaint = (
            "no such baseline: write it with --update-baseline (pytest --querylens-update-baseline)"
        )
        raise BaselineError(f"{_printable(str(path))}: {complaint}") from None
    except (OSError, ValueError) as error:
        raise BaselineError(_unreadable(path, error)) from None
    return Baseline(frozenset(_entries(path, text)))


def _unreadable(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        line = error.object.count(b"\n", 0, error.start) + 1
        return f"{_printable(str(path))}:{line}: not UTF-8: save the file as UTF-8"
    reason = error.strerror if isinstance(error, OSError) else error
    return f"{_printable(str(path))}: cannot be read: {reason}"


def _entries(path: Path, text: str) -> Iterator[Key]:
    lines = _lines(path, text)
    _check_version(path, lines)
    head: tuple[str, str] | None = None
    for number, line in lines:
        if not line:
            if head is not None:
                yield (*head, "")
            head = None
        elif line[0].isspace() and head is not None:
            yield (*head, _unescaped(path, number, line.strip()))
            head = None
            _expect_end(path, lines)
        elif head is None and (match := _HEAD.fullmatch(line)):
            head = (match[1], _unescaped(path, number, match[2] or ""))
        else:
            _refuse_line(path, number, line)


def _lines(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """Numbered, without comments and what stands behind; with an empty one at the end."""
    for number, line in enumerate((*text.split("\n"), ""), start=1):
        if _CONFLICT.match(line.rstrip()):
            _refuse(path, number, "a merge conflict: keep the blocks of both sides, drop its marks")
        if not line.startswith("#"):
            yield number, line.rstrip()


def _check_version(path: Path, lines: Iterator[tuple[int, str]]) -> None:
    number, line = next(((number, line) for number, line in lines if line), (1, ""))
    match = _VERSION_LINE.fullmatch(line)
    if match is None:
        _refuse(
            path,
            number,
            f"no querylens baseline: it begins with 'version {_VERSION}', not {_quoted(line)}",
        )
    if int(match[1]) > _VERSION:
        _refuse(
            path,
            number,
            f"version {match[1]} of the baseline, and this querylens reads up to {_VERSION}:"
            " upgrade querylens",
        )


def _expect_end(path: Path, lines: Iterator[tuple[int, str]]) -> None:
    number, line = next(lines)
    if line:
        _refuse_line(path, number, line)


def _refuse_line(path: Path, number: int, line: str) -> NoReturn:
    _refuse(
        path,
        number,
        f"{_quoted(line)} is out of place: a block is a line 'CODE subject' and below it the place,"
        " indented, with an empty line between blocks",
    )


def _refuse(path: Path, number: int, complaint: str) -> NoReturn:
    raise BaselineError(f"{_printable(str(path))}:{number}: {complaint}")


def _quoted(line: str) -> str:
    text = _printable(line)
    return repr(text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1]}…")


def _block(key: Key) -> str:
    code, subject, place = key
    head = f"{code} {_escaped(subject)}".rstrip()
    return f"{head}\n  {_escaped(place)}" if place else head


def _escaped(text: str) -> str:
    """In one printable line that editors do not trim."""
    text = _printable(text.replace("\\", "\\\\"))
    inner = text.strip(" ")
    before = len(text) - len(text.lstrip(" "))
    after = len(text) - len(inner) - before if inner else 0
    return "\\x20" * before + inner + "\\x20" * after


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else _written_out(char) for char in text)


def _written_out(char: str) -> str:
    number = ord(char)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _unescaped(path: Path, number: int, text: str) -> str:
    def character(match: re.Match[str]) -> str:
        digits = match[1] or match[2] or match[3]
        if not match[4] and (not digits or int(digits, 16) > 0x10FFFF):
            _refuse(path, number, f"in {_quoted(text)} a backslash is no escape: write it twice")
        return chr(int(digits, 16)) if digits else "\\"

    return _ESCAPE.sub(character, text)
