"""The bytes of an input, unpacked: whatever is wrong with them ends them, and is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self, cast

from querylens.errors import QueryLensError
from querylens.traces.compression import damage, decompressed
from querylens.traces.statements import Importer

if TYPE_CHECKING:
    # Few logs need them, and one loads what reads JSON.
    from querylens.traces.framing import Frame, LineReader, Parts
    from querylens.traces.wrapping import Unwrapped, Wrapping


@dataclass(frozen=True, slots=True)
class Input:
    """One file. `shown` is what the user calls it, `path` where it is read: a path or a URL."""

    shown: str
    path: str
    #: In bytes; 0 where it is not known.
    size: int = 0
    is_compressed: bool = False
    #: What reads it; None for recordings of querylens.
    importer: Importer | None = None
    #: The JSON around a log, or what stands before its lines.
    wrapping: Wrapping | Frame | Parts | None = None

    @property
    def is_read_from_its_start(self) -> bool:
        """Whether nobody can begin to read it anywhere else."""
        return self.is_compressed or self.wrapping is not None

    @contextmanager
    def open(self) -> Iterator[IO[bytes] | Unwrapped | LineReader]:
        """Its bytes, decompressed, and a log's without what others put around it.

        Raises OSError, `NoZstdError`, what `damage()` names, and as `Unwrapped` and `LineReader`.
        """
        with opened(self.path) as file, decompressed(file) as plain:
            if self.wrapping is None:
                yield cast("IO[bytes]", plain)
            else:
                yield self.wrapping.reader(plain)


class Stream:
    """An input that is read; `trouble` says in one sentence why it ended before its end.

    Never raises for what it reads.
    """

    def __init__(self, source: Input) -> None:
        self.trouble = ""
        self._source = source
        self._opened = ExitStack()
        self._file: Any = None

    def __enter__(self) -> Self:
        try:
            self._file = self._opened.enter_context(self._source.open())
        except Exception as error:  # noqa: BLE001 - each file system has errors of its own
            self.trouble = trouble_of(error)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._opened.close()

    def seek(self, position: int) -> None:
        """Goes on reading there."""
        try:
            if self._file is not None:
                self._file.seek(position)
        except Exception as error:  # noqa: BLE001 - as above
            self._end(error)

    def read(self, size: int) -> bytes:
        """So many bytes; fewer only at the end. What comes before damage is given too."""
        parts: list[bytes] = []
        left = size
        try:
            while left and self._file is not None:
                # `read` would lose what it has when it comes to the damage.
                part = getattr(self._file, "read1", self._file.read)(left)
                if not part:
                    break
                parts.append(part)
                left -= len(part)
        except Exception as error:  # noqa: BLE001 - as above
            self._end(error)
        return b"".join(parts)

    def _end(self, error: Exception) -> None:
        self.trouble = trouble_of(error)
        self._file = None


def trouble_of(error: Exception) -> str:
    """What went wrong with a file, and the remedy, in one sentence."""
    if isinstance(error, QueryLensError):
        return str(error)
    if isinstance(error, damage()):
        return "the compressed data is cut off or damaged here: what comes before was read"
    reason = error.strerror if isinstance(error, OSError) and error.strerror else one_line(error)
    return f"cannot be read ({reason}): check the path and its permissions"


def one_line(error: BaseException) -> str:
    """An error of a file system, whose text may be long."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def opened(path: str) -> Any:
    """A local file, or one behind a URL, to be read as bytes. Raises OSError."""
    if "://" in path:
        return import_module("fsspec").open(path, "rb")
    return Path(path).open("rb")
