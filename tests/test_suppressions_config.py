"""Findings that the configuration silences, by relation and by file."""

from __future__ import annotations

from pathlib import Path

import pytest

from querylens.config import Config
from querylens.model import Cause, Finding, Fix, Place, Query, QueryGroup, RuleInfo
from querylens.suppressions import Suppressions

LOOKUP = RuleInfo("QL104", "lookup-in-loop", "warning", "one lookup for every row")


def found(rule: RuleInfo = LOOKUP, **fields) -> Finding:
    group = QueryGroup((Query("SELECT 1", (), "default", "sqlite", 0, 0),))
    places = dict.fromkeys(("cause", "call_site", "loop", "origin"))
    defaults = {"message": "", "group": group, "count": 1, "saved": 1, "fix": Fix("none")}
    return Finding(rule, **(defaults | places | fields))


def written(tmp_path: Path, text: str, name: str = "views.py") -> Path:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def at(line: int, file: str = "views.py", **fields) -> Place:
    return Place(file, line, **fields)


def reason(tmp_path: Path, finding: Finding, **settings) -> str | None:
    suppressed = Suppressions(Config(root=tmp_path, **settings)).match(finding)
    return suppressed.reason if suppressed else None


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("shop.Book.author", True),
        ("shop.Book.*", True),
        ("*.author", True),
        ("SHOP.book.author", True),
        ("shop.Book", False),
        ("shop.Book.authors", False),
        ("*.publisher", False),
    ],
)
def test_a_relation_silences_its_findings(tmp_path, pattern, expected):
    cause = Cause("forward", "get", "shop.Author", "shop.Book.author")
    given = reason(tmp_path, found(cause=cause), ignore_relations=(pattern,))

    assert given == (f"ignore-relations '{pattern}'" if expected else None)


def test_a_cause_without_a_relation_is_not_silenced_by_one(tmp_path):
    finding = found(cause=Cause("lookup", "get", "shop.Book"))

    assert reason(tmp_path, finding, ignore_relations=("*",)) is None


@pytest.mark.parametrize(
    ("pattern", "selector", "expected"),
    [
        ("shop/*", "QL104", True),
        ("shop/views.py", "QL1", True),
        ("views.py", "any", True),
        ("**/views.py", "lookup-in-loop", True),
        ("./shop/*.py", "QL104", True),
        ("shop/*", "QL101", False),
        ("tests/*", "QL104", False),
        ("hop/*", "QL104", False),
    ],
)
def test_a_file_silences_its_findings(tmp_path, pattern, selector, expected):
    written(tmp_path, "get()\n", "shop/views.py")
    for file in ("shop/views.py", str(tmp_path / "shop/views.py")):
        given = reason(
            tmp_path,
            found(call_site=at(1, file)),
            per_file_ignores={pattern: (selector,)},
        )

        assert given == (f"per-file-ignores '{pattern}'" if expected else None)


def test_a_template_is_a_file_by_path_and_by_name(tmp_path):
    place = at(1, "shop/templates/shop/list.html", template="shop/list.html", python=at(2))
    for pattern in ("shop/list.html", "*/templates/*", "views.py"):
        settings = {"per_file_ignores": {pattern: ("QL104",)}}

        assert reason(tmp_path, found(call_site=place), **settings) is not None
