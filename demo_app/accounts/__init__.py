"""Who visits: profiles of users."""

from __future__ import annotations
