"""Code that a rule is tried on: run as it stands, and again as its fix makes it."""

from __future__ import annotations

import importlib.util
import inspect
import itertools
import textwrap
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from django.db import transaction

import querylens
from querylens.model import Finding, Fix, Trace
from tests.fixes.typist import typed
from tests.project.library.populate import populate

HEAD = """\
from __future__ import annotations

from django.core.paginator import Paginator
from django.db import models
from django.db.models import Count, Max, Q, Sum, prefetch_related_objects
from django.shortcuts import get_list_or_404

from tests.project.library.models import Author, Book, Chapter, Note, Tag
from tests.project.library.populate import ids
"""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Run:
    """What a snippet sent and showed."""

    trace: Trace
    shown: tuple[str, ...]


@dataclass(frozen=True)
class Tried:
    """A rule's findings in a snippet."""

    folder: Path
    file: Path
    run: Run
    findings: tuple[Finding, ...]

    @property
    def finding(self) -> Finding:
        """The only finding."""
        [finding] = self.findings
        return finding

    @property
    def fix(self) -> Fix:
        return self.finding.fix

    def fixed(self, fix: Fix | None = None) -> str:
        """The snippet with a fix, which shows the same and sends as many queries less."""
        texts = typed(fix or self.fix)
        assert set(texts) == {str(self.file)}
        text = texts[str(self.file)]
        again = run(load(self.folder, text))
        assert sorted(again.shown) == sorted(self.run.shown)
        saved = len(self.run.trace) - len(again.trace)
        assert saved >= (self.finding.saved if fix is None else 1)
        return body_of(text)


def tried(rule, code: str, folder: Path, head: str = "") -> Tried:
    """Runs a rule over what a snippet sends; `head` stands at the top of its file."""
    lines = textwrap.indent(textwrap.dedent(code).strip(), "    ")
    opening = "async def" if "await " in code or "async for" in code else "def"
    module = load(folder, f"{HEAD}{head}\n\n{opening} run():\n{lines}\n")
    done = run(module)
    return Tried(folder, Path(module.__file__), done, tuple(rule.check(done.trace)))


def load(folder: Path, text: str) -> Any:
    """A module with this text."""
    name = f"snippet_{next(_numbers)}"
    file = folder / f"{name}.py"
    file.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(module: Any) -> Run:
    """Runs a snippet on the same rows as ever."""
    shown: list[str] = []
    module.show = lambda *values: shown.append(repr(values))
    with undone():
        with querylens.capture(module.__name__) as trace:
            if iscoroutinefunction(module.run):
                async_to_sync(module.run)()
            else:
                module.run()
        # Read while the file is as it was when it ran.
        assert trace.queries
    return Run(trace, tuple(shown))


@contextmanager
def undone():
    """Fresh rows, which are gone afterwards."""
    with transaction.atomic():
        populate(4)
        yield
        transaction.set_rollback(True)


def body_of(text: str) -> str:
    """What stands in the snippet's function."""
    _, _, body = text.partition("def run():\n")
    return inspect.cleandoc("\n" + textwrap.dedent(body)).strip()
