"""The pages on lint say what the program does."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from querylens.config import TESTS_AND_MIGRATIONS
from querylens.lint.linted import LINT_CODES

ROOT = Path(__file__).parents[2]


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def test_the_reference_lists_the_rules_of_source():
    table = text("docs/reference/lint.md").partition("## What is found")[2].partition("\n## ")[0]

    assert re.findall(r"^\| (QL\d+) \|", table, re.MULTILINE) == list(LINT_CODES)


@pytest.mark.parametrize("page", ["docs/how-to/lint.md", "docs/reference/lint.md"])
def test_links_lead_to_pages(page):
    folder = (ROOT / page).parent

    links = re.findall(r"\]\(([^):#]+)", text(page))
    assert links
    assert [link for link in links if not (folder / link).resolve().is_file()] == []


@pytest.mark.parametrize(
    "file",
    [
        *("tests/test_views.py", "shop/tests/listing.py", "shop/test/listing.py", "conftest.py"),
        *("shop/tests.py", "shop/listing_test.py", "shop/listing_tests.py", "testing/made.py"),
        *("shop/migrations/0001_initial.py", "shop/conftest.py"),
        *("shop/views.py", "contests/views.py", "shop/attestation.py", "shop/test.html"),
    ],
)
def test_the_hook_leaves_out_what_the_command_does(file):
    hook = text(".pre-commit-hooks.yaml")
    [pattern] = re.findall(r"^  exclude: (.+)$", hook, re.MULTILINE)

    is_left_out = any(fnmatchcase(f"/{file}", pattern) for pattern in TESTS_AND_MIGRATIONS)
    assert bool(re.search(pattern, file)) == is_left_out
    assert "entry: querylens lint\n" in hook
