"""`python -m benchmarks`: every benchmark, with the interpreter that runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
BENCHMARKS = ("fingerprint.py", "overhead.py")


def main() -> int:
    for name in BENCHMARKS:
        print(f"\n{name}", flush=True)
        subprocess.run([sys.executable, str(FOLDER / name)], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
