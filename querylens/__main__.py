"""`python -m querylens` is the command `querylens`."""

from __future__ import annotations

from querylens.cli import main

main()
