"""What the user may choose: one typed `Config`, read from every place that may set it."""

from __future__ import annotations

from querylens.config.layers import load_config
from querylens.config.project_files import find_project_root
from querylens.config.values import OUTPUT_FORMATS, REPORT_PLACES, TESTS_AND_MIGRATIONS, Config

__all__ = [
    "OUTPUT_FORMATS",
    "REPORT_PLACES",
    "TESTS_AND_MIGRATIONS",
    "Config",
    "find_project_root",
    "load_config",
]
