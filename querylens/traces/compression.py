"""gzip and zstd: a recording is a row of whole members, so that what was cut off costs one."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, Any, cast

from querylens.errors import ConfigError, QueryLensError

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

#: Modules with the interface that Python has had since 3.14, the best first.
ZSTD_MODULES = ("compression.zstd", "backports.zstd")
_GZIP_LEVEL = 4


class NoZstdError(QueryLensError):
    """No installed module can read or write zstd."""


def compressor(name: str) -> Callable[[bytes], bytes]:
    """What makes a whole member of a line.

    Raises `ConfigError` for a name that is not known, and for zstd where no module can write it.
    """
    if not name:
        return bytes
    if name == "gz":
        return lambda line: gzip.compress(line, _GZIP_LEVEL, mtime=0)
    if name != "zst":
        raise ConfigError(f"compress: {name!r} is not known. Allowed: '', 'gz', 'zst'")
    try:
        return cast("Callable[[bytes], bytes]", _zstd().compress)
    except NoZstdError as error:
        raise ConfigError(f"compress: 'zst' cannot be used: {error}, or choose 'gz'") from None


@contextmanager
def open_recording(path: Path) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """A recording's bytes, decompressed if need be; told by its first bytes.

    Raises OSError, and `NoZstdError`.
    """
    with path.open("rb") as file, decompressed(file) as plain:
        yield plain


@contextmanager
def decompressed(file: Any) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """A file's bytes; decompressed when its first bytes say so. Raises as `open_recording`."""
    magic = file.read(len(ZSTD_MAGIC))
    file.seek(0)
    if magic.startswith(GZIP_MAGIC):
        with gzip.GzipFile(fileobj=file) as plain:
            yield plain
    elif magic == ZSTD_MAGIC:
        with _zstd().open(file, "rb") as plain:
            yield plain
    else:
        yield file


def damage() -> tuple[type[BaseException], ...]:
    """What reading damaged members raises."""
    kinds: tuple[type[BaseException], ...] = (EOFError, zlib.error, gzip.BadGzipFile)
    try:
        return (*kinds, _zstd().ZstdError)
    except NoZstdError:
        return kinds


def _zstd() -> Any:
    for name in ZSTD_MODULES:
        try:
            return import_module(name)
        except ImportError:
            continue
    raise NoZstdError(
        "no module for zstd is installed: use Python 3.14, pip install backports.zstd"
    )
