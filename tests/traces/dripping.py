"""Files whose bytes arrive slowly."""

from __future__ import annotations

import io


class Dripping(io.BytesIO):
    """Gives no more than some bytes at once."""

    def __init__(self, data, size):
        super().__init__(data)
        self.size = size

    def read1(self, size=-1):
        return super().read1(min(size, self.size) if size >= 0 else self.size)
