"""What is said about a wrong setting: one line, with all that is needed to put it right."""

from __future__ import annotations

from pathlib import Path

import pytest

from querylens.config import load_config
from querylens.errors import ConfigError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nthreshold = 'x'\n")
    return tmp_path


def table(project: Path, text: str) -> None:
    (project / "pyproject.toml").write_text(f"[tool.querylens]\n{text}\n")


def complaint(project: Path, **sources) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(project, **({"environment": {}} | sources))
    assert "\n" not in str(caught.value)
    return str(caught.value)


PYPROJECT = "pyproject.toml [tool.querylens]: "


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("treshold = 3", "unknown setting 'treshold'. Did you mean 'threshold'? Allowed: enabled,"),
        ("extend_select = []", "unknown setting 'extend_select'. Did you mean 'extend-select'?"),
        ('"\\n" = 1', "unknown setting '\\n'. Allowed: "),
        ('threshold = "3"', "threshold must be a whole number of at least 2, not '3'."),
        ("threshold = true", "threshold must be a whole number of at least 2, not True (of type"),
        ("threshold = 1", "threshold must be a whole number of at least 2, not 1 (of type int)."),
        ("third-party = 1", "third-party must be true or false, not 1 (of type int)."),
        ('select = "QL1"', "select must be a list of strings, not 'QL1'."),
        ("omit = ['']", "omit must be a list of strings, none of them empty, not ''."),
        ("ignore = ['QL999']", "ignore must be a list of these: QL101 (lazy-forward-relation), "),
        ("source = 'shop'", "source must be a list of strings, not 'shop'."),
        ("source = ['shpo']", "source must be a list of folders, each absolute or below "),
        ("ignore-relations = ['author']", "ignore-relations must be a list of relations such as "),
        ("setup-statements = ['(']", "setup-statements must be a list of regular expressions (m"),
        ("per-file-ignores = []", "per-file-ignores must be a table of file patterns, each with"),
        ("per-file-ignores.'a.py' = 'QL1'", "per-file-ignores['a.py'] must be a list of strings"),
        ("rules = 3", "rules must be a table of rules, each with a table of options, not 3 (of t"),
        ("rules.lookup-in-loop = 3", "rules.lookup-in-loop must be a table of options, not 3 "),
        ("rules.QL104.threshold = '3'", "rules.lookup-in-loop.threshold must be a whole number"),
        ("output-format = 'jsn'", "output-format must be one of github, html, json, junit, "),
        (f"select = ['{'x' * 90}']", "select must be a list of these: QL101 "),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(project, text, beginning):
    table(project, text)

    assert complaint(project).startswith(PYPROJECT + beginning)


def test_an_unknown_rule_table_is_told_with_the_one_that_was_meant(project):
    table(project, "rules.look-in-loop = {}")

    assert "not 'look-in-loop'. Did you mean 'lookup-in-loop'?" in complaint(project)


@pytest.mark.parametrize(
    ("sources", "beginning"),
    [
        ({"settings": {"THRESHOLD": "3"}}, "settings.QUERYLENS: THRESHOLD must be a whole number"),
        ({"settings": {"threshold": 3}}, "settings.QUERYLENS: unknown setting 'threshold'. Did y"),
        ({"settings": {2: 3}}, "settings.QUERYLENS: unknown setting '2'. Allowed: ENABLED, "),
        ({"settings": ["QL1"]}, "settings.QUERYLENS must be a table of settings, not ['QL1'] (of"),
        (
            {"environment": {"QUERYLENS_THRESHOLD": "three"}},
            "environment: QUERYLENS_THRESHOLD must be a whole number of at least 2, not 'three'.",
        ),
        (
            {"environment": {"QUERYLENS_TRESHOLD": "3"}},
            "environment: unknown setting 'QUERYLENS_TRESHOLD'. Did you mean 'QUERYLENS_THRESHOLD'",
        ),
        ({"environment": {"QUERYLENS_ENABLED": "maybe"}}, "environment: QUERYLENS_ENABLED must be"),
        ({"environment": {"QUERYLENS_RULES": "{"}}, "environment: QUERYLENS_RULES must be written"),
        ({"overrides": {"threshold": "3"}}, "command line: threshold must be a whole number of a"),
    ],
)
def test_a_complaint_names_the_place(project, sources, beginning):
    assert complaint(project, **sources).startswith(beginning)


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (b"[tool.querylens]\nthreshold 3\n", ":2: not valid TOML: Expected '=' after a key in a"),
        (b"[tool.querylens]\nselect = [\n", ":2: not valid TOML: "),
        (b"[tool.querylens]\n\n# \xff\n", ":3: not valid TOML: not UTF-8"),
    ],
    ids=["no value", "cut off", "not UTF-8"],
)
def test_invalid_toml_is_told_with_file_and_line(project, content, ending):
    (project / "pyproject.toml").write_bytes(content)

    assert f"{project}/pyproject.toml{ending}" in complaint(project)


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "pyproject.toml").mkdir()

    assert complaint(tmp_path).endswith("cannot be read: Is a directory")
