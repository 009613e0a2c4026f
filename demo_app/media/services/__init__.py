"""`get_offers_for_movie` in three forms, which differ only by the fixes."""

from __future__ import annotations
