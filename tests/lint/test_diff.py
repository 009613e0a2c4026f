"""`--diff REV`: findings on lines that the branch changed, and on no others."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from querylens.config import load_config
from querylens.errors import ConfigError
from querylens.lint.changes import ChangedLines
from querylens.lint.reported import report_of
from querylens.model import Place
from tests.lint.handmade import ACCESS, LAZY, ONE_BY_ONE, VIEWS, found, linted, write_project


@pytest.fixture
def git(tmp_path, monkeypatch):
    """Runs git in a fresh repository that holds the project in a first commit."""
    folder = tmp_path / "repository"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))

    def run(*arguments):
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments],
            check=True,
            capture_output=True,
        )

    write_project(folder)
    run("init", "--initial-branch=main")
    run("add", ".")
    run("commit", "--message=first")
    return run


def views():
    return Path("shop/views.py")


def codes(revision="HEAD", *findings, root=None):
    """The codes of the findings that touch what changed since a revision."""
    config = load_config(root)
    changed = ChangedLines.since(revision, config)
    report = report_of(linted(*(findings or (LAZY, ONE_BY_ONE))), config, changed=changed)
    return [finding.rule.code for finding in report.findings]


def change(line, text, path=None):
    path = path or views()
    lines = path.read_text().split("\n")
    lines[line - 1] = text
    path.write_text("\n".join(lines))


def test_nothing_changed_is_no_finding(git):
    assert codes() == []


def test_a_change_elsewhere_in_the_function_is_no_finding(git):
    change(8, "    return sorted(names)")

    assert codes() == []


@pytest.mark.parametrize("line", [7, 6], ids=["access", "loop and queryset"])
def test_a_changed_line_of_the_finding_is_one(git, line):
    change(line, views().read_text().split("\n")[line - 1] + "  # changed")

    assert codes() == ["QL101"]


def test_the_body_of_a_loop_is_not_its_head(git):
    loop = Place("shop/views.py", 11, 12, "search", "def search(names):")
    change(12, "    pass")

    assert codes("HEAD", replace(LAZY, loop=loop)) == []


def test_lines_are_those_of_the_working_tree(git):
    views().write_text(f"import os\n\n{VIEWS}")
    moved = replace(LAZY, call_site=replace(ACCESS, line=9, end_line=9), loop=None, origin=None)
    added = found("QL104", Place("shop/views.py", 1, 1), "above")

    assert codes("HEAD", moved, added) == ["QL104"]


def test_what_is_only_deleted_has_no_lines(git):
    lines = VIEWS.split("\n")
    views().write_text("\n".join(lines[:7] + lines[8:]))

    assert codes() == []


def test_staged_committed_and_unknown_to_git_are_all_changes(git):
    change(7, "        names.append(item.shelf.name.upper())")
    git("add", ".")
    assert codes() == ["QL101"]
    git("commit", "--message=second")
    assert (codes(), codes("HEAD~1")) == ([], ["QL101"])
    Path("shop/fresh.py").write_text("\n")
    assert codes("HEAD", found("QL102", Place("shop/fresh.py", 300), "new")) == ["QL102"]


def test_ignored_files_are_no_changes(git):
    Path(".gitignore").write_text("fresh.py\n")
    Path("shop/fresh.py").write_text("\n")

    assert codes("HEAD", found("QL102", Place("shop/fresh.py", 1), "new")) == []


def test_what_changed_on_the_other_branch_since_is_not_ours(git):
    git("checkout", "-b", "ours")
    change(12, "    return [Item.objects.get(name=name.lower()) for name in names]")
    git("commit", "--all", "--message=ours")
    git("checkout", "main")
    change(7, "        names.append(item.shelf.name.lower())")
    git("commit", "--all", "--message=theirs")
    git("checkout", "ours")

    assert codes("main") == ["QL104"]


def test_a_renamed_file_has_changed_where_it_changed(git):
    git("mv", "shop/views.py", "shop/pages.py")
    change(
        12,
        "    return [Item.objects.get(name=name.lower()) for name in names]",
        Path("shop/pages.py"),
    )
    moved = [
        replace(
            item, call_site=replace(item.call_site, file="shop/pages.py"), loop=None, origin=None
        )
        for item in (LAZY, ONE_BY_ONE)
    ]

    assert codes("HEAD", *moved) == ["QL104"]


@pytest.mark.parametrize("name", ["a b.py", 'a"b.py', "tab\there.py", "größe.py", "b/b.py"])
def test_any_name_of_a_file_is_understood(git, name):
    path = Path("shop") / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("one\ntwo\n")
    git("add", ".")
    git("commit", "--message=second")
    change(2, "TWO", path)

    places = [found("QL101", Place(f"shop/{name}", line), "found") for line in (1, 2)]
    assert codes("HEAD", places[0]) == []
    assert codes("HEAD", places[1]) == ["QL101"]


def test_what_a_file_holds_is_never_taken_for_the_diff(git):
    views().write_text(f"{VIEWS}++ b/shop/other.py\n@@ -1 +1 @@\n")
    Path("shop/other.py").write_text("\n")
    git("add", "shop/other.py")
    git("commit", "--message=other")

    assert codes("HEAD", found("QL101", Place("shop/other.py", 1), "found")) == []
    assert codes("HEAD", found("QL101", Place("shop/views.py", 14), "found")) == ["QL101"]


def test_settings_of_git_change_nothing(git):
    for setting in ("diff.noprefix=true", "diff.mnemonicPrefix=true", "color.diff=always",
                    "core.quotePath=false", "diff.relative=true"):  # fmt: skip
        git("config", *setting.split("="))
    change(7, "        names.append(item.shelf.name.upper())")

    assert codes() == ["QL101"]


def test_the_project_may_be_a_folder_of_the_repository(git):
    inner = Path("site")
    inner.mkdir()
    write_project(inner)
    git("add", ".")
    git("commit", "--message=inner")
    change(7, "        names.append(item.shelf.name.upper())", inner / "shop/views.py")

    assert codes("HEAD", root=inner) == ["QL101"]
    assert codes("HEAD") == []


def test_a_needless_comment_is_told_where_lines_changed(git):
    change(2, "# querylens: ignore[QL101]")
    git("commit", "--all", "--message=comment")
    config = load_config()

    def remarks():
        return report_of(linted(), config, changed=ChangedLines.since("HEAD", config)).remarks

    assert remarks() == ()
    change(2, "# querylens: ignore[QL102]")
    assert remarks() == ("shop/views.py:2: querylens: ignore[QL102] suppresses nothing",)


@pytest.mark.parametrize("revision", ["nonsense", "--output=x", "HEAD:shop", "", "a b", "v1\n"])
def test_an_unknown_revision_is_a_line(git, revision):
    with pytest.raises(ConfigError) as refused:
        ChangedLines.since(revision, load_config())

    assert "git knows no such revision. Fetch it first" in str(refused.value)
    assert not Path("x").exists()


def test_no_repository_is_a_line(git, tmp_path, monkeypatch):
    alone = tmp_path / "alone"
    alone.mkdir()
    monkeypatch.chdir(alone)

    with pytest.raises(ConfigError, match=r"^--diff HEAD: .*alone is not in a git repository$"):
        ChangedLines.since("HEAD", load_config())


def test_a_repository_without_commits_is_a_line(git, tmp_path, monkeypatch):
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    monkeypatch.chdir(fresh)
    git("init")

    with pytest.raises(ConfigError, match=r"^--diff HEAD: git knows no such revision"):
        ChangedLines.since("HEAD", load_config())


def test_no_git_is_a_line(git, monkeypatch):
    monkeypatch.setenv("PATH", "")

    with pytest.raises(ConfigError, match=r"^--diff HEAD: git is not installed, or not on PATH$"):
        ChangedLines.since("HEAD", load_config())
