from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import querylens
from querylens.config import OUTPUT_FORMATS, Config, load_config
from querylens.errors import ConfigError
from querylens.reporters import REPORTERS


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nthreshold = 'x'\n")
    return tmp_path


def table(project: Path, text: str) -> None:
    (project / "pyproject.toml").write_text(f"[tool.querylens]\n{text}\n")


def loaded(project: Path, **sources) -> Config:
    return load_config(project, **({"environment": {}} | sources))


def test_a_project_that_says_nothing_has_the_defaults(project):
    assert loaded(project) == Config(root=project)


def test_a_project_without_any_file_has_the_defaults(tmp_path):
    assert loaded(tmp_path) == Config(root=tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "[tool]\nquerylens = {}\n", "tool = 3\n", "[tool.querylens]\n"],
    ids=["empty", "empty table", "no tools", "empty section"],
)
def test_an_empty_table_is_no_error(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)

    assert loaded(tmp_path) == Config(root=tmp_path)


def test_overrides_that_are_none_were_not_given(project):
    assert loaded(project, overrides={"threshold": None, "select": None}) == Config(root=project)


@pytest.mark.parametrize(
    "variable",
    [
        "QUERYLENS",
        "THRESHOLD",
        "querylens_threshold",
        "QUERYLENS_SERVICE_HOST",
        "QUERYLENS_PORT_8000_TCP",
        "QUERYLENS_POSTGRES_URL",
        "QUERYLENS_",
    ],
)
def test_other_environment_variables_are_not_read(project, variable):
    assert loaded(project, environment={variable: "x"}) == Config(root=project)


def test_reads_every_setting_from_pyproject(project):
    (project / "shop").mkdir()
    (project / "pyproject.toml").write_text(
        """
        [tool.querylens]
        enabled = false
        source = ["shop"]
        omit = ["*/legacy/*"]
        select = ["n-plus-one"]
        extend-select = ["QL301"]
        ignore = ["lookup-in-loop"]
        ignore-relations = ["shop.Book.*"]
        threshold = 3
        setup-statements = ["SET search_path"]
        third-party = true
        output-format = "json"
        record-params = true
        [tool.querylens.per-file-ignores]
        "tests/*" = ["QL1", "QL2"]
        [tool.querylens.rules.lookup-in-loop]
        threshold = 5
        min-rows = 2
        """
    )

    assert loaded(project) == Config(
        root=project,
        enabled=False,
        source=("shop",),
        omit=("*/legacy/*",),
        select=("n-plus-one",),
        extend_select=("QL301",),
        ignore=("lookup-in-loop",),
        per_file_ignores={"tests/*": ("QL1", "QL2")},
        ignore_relations=("shop.Book.*",),
        threshold=3,
        rules={"lookup-in-loop": {"threshold": 5, "min_rows": 2}},
        setup_statements=("SET search_path",),
        third_party=True,
        output_format="json",
        record_params=True,
    )


def test_reads_django_settings_in_capitals(project):
    config = loaded(
        project,
        settings={
            "THRESHOLD": 4,
            "SOURCE": [project],
            "PER_FILE_IGNORES": {"admin.py": ["any"]},
            "RULES": {"QL104": {"THRESHOLD": 9}},
        },
    )

    assert config.threshold == 4
    assert config.source == (str(project),)
    assert config.per_file_ignores == {"admin.py": ("any",)}
    assert config.rules == {"lookup-in-loop": {"threshold": 9}}


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("ENABLED", "0", "enabled", False),
        ("THIRD_PARTY", "Yes", "third_party", True),
        ("THRESHOLD", " 7 ", "threshold", 7),
        ("SELECT", "QL1, unused", "select", ("QL1", "unused")),
        ("IGNORE", "", "ignore", ()),
        ("SETUP_STATEMENTS", "['SET x{1,2}']", "setup_statements", ("SET x{1,2}",)),
        ("OUTPUT_FORMAT", "json", "output_format", "json"),
        ("PER_FILE_IGNORES", "{'a.py' = ['QL1']}", "per_file_ignores", {"a.py": ("QL1",)}),
    ],
)
def test_reads_the_environment_as_text(project, variable, text, field, value):
    config = loaded(project, environment={f"QUERYLENS_{variable}": text})

    assert getattr(config, field) == value


def test_the_command_line_goes_before_the_environment_pyproject_and_settings(project):
    table(project, "threshold = 3")
    sources = {
        "settings": {"THRESHOLD": 2},
        "environment": {"QUERYLENS_THRESHOLD": "4"},
        "overrides": {"threshold": 5},
    }

    def threshold(*names: str) -> int:
        return loaded(project, **{name: sources[name] for name in names}).threshold

    assert threshold("settings") == 3
    assert threshold("settings", "environment") == 4
    assert threshold("settings", "environment", "overrides") == 5


def test_ignores_add_up_until_a_stronger_place_selects_afresh(project):
    table(project, 'ignore = ["QL101"]\nextend-select = ["QL4"]')

    added = loaded(project, overrides={"ignore": ["QL102"]})
    afresh = loaded(project, overrides={"select": ["QL101"]})

    assert added.ignore == ("QL101", "QL102")
    assert (afresh.select, afresh.extend_select, afresh.ignore) == (("QL101",), (), ())


def test_options_of_one_rule_are_combined(project):
    table(project, "rules.lookup-in-loop = {threshold = 5, other = 1}\nrules.QL105.x = 2")

    config = loaded(project, overrides={"rules": {"lookup-in-loop": {"threshold": 6}}})

    assert config.rules == {
        "lookup-in-loop": {"threshold": 6, "other": 1},
        "aggregate-in-loop": {"x": 2},
    }


def test_set_up_statements_match_from_the_start_without_regard_to_case():
    config = Config(setup_statements=("SET search_path",))

    assert config.is_setup_statement("\n set search_path = 'it'")
    assert not config.is_setup_statement("SELECT 'SET search_path'")
    assert not Config().is_setup_statement("SET search_path = 'it'")


def test_options_of_a_rule_are_checked_against_its_fields():
    config = Config(threshold=4, rules={"lookup-in-loop": {"rows": 3, "share": 1, "names": ["a"]}})
    fields = {"threshold": int, "rows": int, "share": float, "names": tuple}

    assert config.rule_options("lookup-in-loop", fields) == {
        "rows": 3,
        "share": 1.0,
        "names": ("a",),
        "threshold": 4,
    }
    assert config.rule_options("insert-in-loop", {}) == {}
    with pytest.raises(ConfigError, match=r"rules.lookup-in-loop: unknown option 'rows'. Did you"):
        config.rule_options("lookup-in-loop", {"row": int})
    with pytest.raises(ConfigError, match=r"unknown option 'rows'. Allowed: none"):
        config.rule_options("lookup-in-loop", {})
    with pytest.raises(ConfigError, match=r"rows must be of type bool, not 3 \(of type int\)"):
        config.rule_options("lookup-in-loop", fields | {"rows": bool})


def test_the_working_directory_is_where_the_search_starts(project, monkeypatch):
    (project / "shop").mkdir()
    monkeypatch.chdir(project / "shop")

    assert Config().root == project
    assert load_config(environment={}).root == project


def test_a_configuration_is_read_again_only_after_a_change(project):
    first = loaded(project)

    assert loaded(project) is first
    table(project, "threshold = 8")
    assert loaded(project).threshold == 8
    assert loaded(project, environment={"QUERYLENS_THRESHOLD": "9"}).threshold == 9


def test_a_configuration_can_be_sent_to_another_process():
    config = Config(rules={"lookup-in-loop": {"threshold": 3}})
    config.is_project_file("x.py")

    assert pickle.loads(pickle.dumps(config)) == config


def test_output_formats_are_the_reporters():
    assert set(OUTPUT_FORMATS) == set(REPORTERS)


def test_loads_nothing_but_the_standard_library():
    code = "import sys, querylens.config, querylens.reporters; print(*sys.modules)"
    root = Path(querylens.__file__).parents[1]
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    packages = {name.partition(".")[0] for name in ran.stdout.split()}

    assert {"django", "pytest", "rich", "sqlparse"} & packages == set()
