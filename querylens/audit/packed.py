"""What a piece held, on its way from another process: as objects it takes ten times the memory."""

from __future__ import annotations

import pickle
import zlib
from dataclasses import dataclass
from typing import Any

from querylens.audit.fold import Fold
from querylens.audit.pieces import Read


@dataclass(frozen=True, slots=True)
class Packed:
    """In two parts, of which one can be let go before the other is unpacked."""

    folded: bytes
    rest: bytes

    @classmethod
    def of(cls, read: Read) -> Packed:
        """Packs what a piece held, which is empty then."""
        folded, read.fold = _packed(read.fold), Fold()
        return cls(folded, _packed(read))

    def fold(self) -> Fold:
        """What was folded."""
        fold: Fold = _unpacked(self.folded)
        return fold

    def read(self) -> Read:
        """All but what was folded."""
        read: Read = _unpacked(self.rest)
        return read


def _packed(value: object) -> bytes:
    return zlib.compress(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), level=1)


def _unpacked(data: bytes) -> Any:
    return pickle.loads(zlib.decompress(data))  # noqa: S301 - a process of our own wrote it
