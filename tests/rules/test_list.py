"""The list of rules is whole: every module, every code, every page."""

from __future__ import annotations

import inspect
import os
import re
from pathlib import Path

import pytest

from querylens import rules
from querylens.codes import RULE_NAMES
from querylens.rules import grows_with_rows, too_many_queries

FOLDER = Path(rules.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "rules.md"
#: Rules that are announced and come with the commands that need them.
LATER = {"QL401", "QL901"}
#: Rules on a budget or on two runs: their page is their module's docstring.
COUNTED = (too_many_queries, grows_with_rows)
HEADINGS = ["What it does", "Why is this bad?", "Example"]


def page():
    """The reference of all rules, as their docstrings tell it."""
    parts = ["# Rules\n\nMade from the rules' docstrings; `UPDATE_GOLDEN=1 make test` writes it.\n"]
    for rule in rules.RULES:
        text = inspect.cleandoc(rule.__doc__ or "").replace("## ", "### ")
        parts.append(f"## {rule.info.code} {rule.info.name}\n\n{rule.info.summary}.\n\n{text}\n")
    for module in COUNTED:
        text = module.__doc__.partition("\n\n")[2].replace("## ", "### ").rstrip()
        parts.append(
            f"## {module.INFO.code} {module.INFO.name}\n\n{module.INFO.summary}.\n\n{text}\n"
        )
    return "\n".join(parts)


def test_every_module_is_listed():
    modules = {path.stem for path in FOLDER.glob("*.py")} - {"__init__", "base"}

    assert {rule.__module__.rpartition(".")[2] for rule in rules.RULES} <= modules
    named = [rule.info.name for rule in rules.RULES] + [module.INFO.name for module in COUNTED]
    assert {name.replace("-", "_") for name in named} == modules


def test_codes_and_names_are_those_of_the_configuration():
    expected = [(code, name) for code, name in RULE_NAMES if code not in LATER]

    listed = [rule.info for rule in rules.RULES] + [module.INFO for module in COUNTED]
    assert [(info.code, info.name) for info in listed] == expected


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.info.code)
def test_docstring_is_a_page(rule):
    headings = re.findall(r"^ *## (.+)$", rule.__doc__, re.MULTILINE)

    assert headings == HEADINGS
    assert "Use instead:" in rule.__doc__


@pytest.mark.parametrize("module", COUNTED, ids=lambda module: module.INFO.code)
def test_module_s_docstring_is_a_page(module):
    headings = re.findall(r"^## (.+)$", module.__doc__, re.MULTILINE)

    assert headings == HEADINGS
    assert "Use instead:" in module.__doc__


def test_reference_is_up_to_date():
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(page(), encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == page()
