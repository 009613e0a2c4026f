"""The package costs nothing before the first assertion."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
before = set(sys.modules)
import querylens.testing
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*sorted(loaded - sys.stdlib_module_names))
"""


def test_importing_it_loads_the_standard_library_only():
    loaded = subprocess.check_output([sys.executable, "-c", PROGRAM], text=True)

    assert loaded.split() == ["querylens"]
