"""What they look at: movies and where to stream them."""

from __future__ import annotations
