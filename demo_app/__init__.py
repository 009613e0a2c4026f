"""A small Django project with three shapes of the N+1 problem, and without them.

Movies with streaming offers per country, cached from an HTTP API: the page "Where to watch in
Italy" exists as it was found, with its relations fixed, and fixed. `python -m demo_app` plays all
three and counts.
"""

from __future__ import annotations
