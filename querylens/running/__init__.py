"""A whole program under capture, with the processes it starts: what `querylens run` is made of.

Nothing here loads Django. A program that never sets Django up runs as if nothing were there.
"""

from __future__ import annotations

from querylens.running.session import Session

__all__ = ["Session"]
