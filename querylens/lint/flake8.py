"""The flake8 plugin: what is found in a Python file by itself, as `QL…` codes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import ClassVar

from querylens.config import load_config
from querylens.errors import ConfigError
from querylens.lint.linting import lint_alone
from querylens.lint.reported import report_of
from querylens.model import Finding

#: Line, column from 0, text that begins with the code, and the class: as flake8 wants them.
_Error = tuple[int, int, str, type]


class Checker:
    """Asked by flake8 for each file, in whichever process.

    It knows nothing of other files: models that are imported from elsewhere are unknown to it.
    `querylens lint` reads the whole project. The configuration is that of querylens; flake8's own
    options and `# noqa` choose among what is found.
    """

    name: ClassVar[str] = "querylens"
    # The top package's, which stands above this floor: it is loaded, never imported here.
    version: ClassVar[str] = import_module("querylens").__version__

    def __init__(self, tree: ast.Module, filename: str) -> None:
        self._is_empty = not tree.body
        self._file = Path(filename)

    def run(self) -> Iterator[_Error]:
        """The findings of the file; nothing of source that is on no disk, such as stdin."""
        if self._is_empty or not self._file.is_file():
            return
        try:
            config = load_config()
            report = report_of(lint_alone(self._file, config), config)
        except ConfigError as error:
            yield 1, 0, f"QL901 {' '.join(str(error).split())}", type(self)
            return
        for finding in report.findings:
            place = finding.call_site
            line, column = (place.line, place.column or 0) if place else (1, 0)
            yield line, column, f"{finding.rule.code} {finding.message}{_fix(finding)}", type(self)


def _fix(finding: Finding) -> str:
    """What to type and where, if that is one line: flake8 has no more room."""
    fix = finding.fix
    if fix.at is None or "\n" in fix.code or not fix.code:
        return ""
    return f": {fix.code.strip()} at line {max(fix.at.line, fix.at.end_line)}"
