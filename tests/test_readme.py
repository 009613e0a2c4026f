"""README and docs: their examples work, and what they name is there.

A block fenced as ```python run is run here, all of a page in their order and with each other's
names, on the test project's database with four rows of everything. One fenced as ```python has to
be Python, and to take from querylens only what is there. `.ci/readme` runs README's commands.
"""

from __future__ import annotations

import ast
import re
import tomllib
from importlib import import_module
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

from querylens.codes import RULE_NAMES
from querylens.pytest_plugin.fixtures import QueryLens
from tests.project.library.populate import populate

ROOT = Path(__file__).parents[1]
FIXTURE = "querylens.pytest_plugin.fixtures:QueryLens"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^ *```(?P<info>[^\n`]*)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
NO_TEXT = re.compile(r"[^\w\- ]")


class Block(NamedTuple):
    """A fenced block: its language, what else is behind the fence, its text, and where it is."""

    language: str
    mark: str
    text: str
    place: str


@pytest.fixture(params=PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def page(request):
    return request.param


def blocks(page, language):
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        named, _, mark = match["info"].partition(" ")
        if named == language:
            line = text.count("\n", 0, match.start("text"))
            # The line numbers of what it raises are those of the page.
            yield Block(named, mark, "\n" * line + dedent(match["text"]), f"{page.name}:{line}")


def prose(page):
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page):
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {NO_TEXT.sub("", heading).strip().lower().replace(" ", "-") for heading in headings}


def taken_from_querylens(tree):
    """`(module, name)` of what an example uses; of a test that has the fixture, its methods."""
    fixtures = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and "querylens" in {argument.arg for argument in node.args.args}
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("querylens"):
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "querylens":
            yield (FIXTURE if node in fixtures else "querylens"), node.attr


def is_there(module, name):
    if module == FIXTURE:
        return hasattr(QueryLens, name)
    try:
        return hasattr(import_module(module), name) or bool(import_module(f"{module}.{name}"))
    except ImportError:
        return False


def test_fences_are_closed(page):
    assert "```" not in prose(page)


def test_python_is_python(page):
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    taken = {
        taken: block.place
        for block in blocks(page, "python")
        for taken in taken_from_querylens(compile(block.text, block.place, "exec", flags))
    }

    assert {name: place for name, place in taken.items() if not is_there(*name)} == {}


@pytest.mark.django_db
def test_examples_run(page):
    populate()
    names = {"__name__": page.stem}

    for block in blocks(page, "python"):
        if block.mark == "run":
            exec(compile(block.text, str(page), "exec"), names)


def test_toml_is_toml(page):
    for block in blocks(page, "toml"):
        assert tomllib.loads(block.text), block.place


def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        file, _, anchor = target.partition("#")
        if not target.startswith(("https://", "mailto:")):
            linked = page.parent / file if file else page
            assert linked.exists(), target
            assert not anchor or anchor in anchors(linked), target


def test_make_targets_exist(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"(?:`|^|\$ )make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE)

    assert set(named) <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


def test_rules_exist(page):
    named = re.findall(r"\bQL\d{3}\b", page.read_text(encoding="utf-8"))

    assert set(named) <= {code for code, _ in RULE_NAMES}
