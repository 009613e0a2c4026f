"""Models in a package, all of them named here."""

from __future__ import annotations

from .makers import *  # noqa: F403
from .products import Book, Bundle, Gift, GiftCard, Product

__all__ = ["Book", "Bundle", "Gift", "GiftCard", "Maker", "Product"]  # noqa: F405
