"""CODEOWNERS: the patterns of GitHub's documentation, and what they do not match first."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from querylens.errors import QueryLensError
from querylens.owners import Owners

OWNED = ("@team",)


def owners(tmp_path: Path, text: str, name: str = "CODEOWNERS") -> Owners:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return Owners.load(tmp_path)


def test_without_a_file_nobody_owns_anything(tmp_path):
    assert Owners.load(tmp_path) == Owners()
    assert Owners.load(tmp_path / "nowhere").owners_of("shop/views.py") == ()


def test_a_folder_of_that_name_is_no_file(tmp_path):
    (tmp_path / ".github" / "CODEOWNERS").mkdir(parents=True)

    assert owners(tmp_path, "* @team").owners_of("a.py") == OWNED


@pytest.mark.parametrize(
    ("pattern", "file"),
    [
        ("*.js", "app/main.jsx"),
        ("*.js", "js"),
        ("/build/logs/", "deep/build/logs/today.log"),
        ("/build/logs/", "build/logs"),
        ("/build/logs", "build/logs.txt"),
        ("docs/*", "docs/build-app/troubleshooting.md"),
        ("docs/*", "other/docs/getting-started.md"),
        ("docs/*", "docs"),
        ("/*", "shop/views.py"),
        ("apps/", "apps"),
        ("apps/", "myapps/views.py"),
        ("/docs/", "shop/docs/index.md"),
        ("/apps/*/views.py", "apps/a/b/views.py"),
        ("/apps/*/views.py", "apps/views.py"),
        ("**/logs", "build/logs.txt"),
        ("/docs/**/*.md", "docs/index.rst"),
        ("shop/**", "shop"),
        ("shop/views.py", "deep/shop/views.py"),
        ("shop/view?.py", "shop/view/.py"),
        ("Shop/", "shop/views.py"),
        ("shop.py", "shop_py"),
        ("*.py", "../outside.py"),
        ("*", "/etc/passwd"),
        ("*", ""),
        ("/", "shop/views.py"),
        ("a//b", "a/b"),
        ("shop/[ab].py", "shop/a.py"),
        ("[ab].py", "a.py"),
        ("!shop/views.py", "shop/views.py"),
        ("#shop", "shop"),
    ],
)
def test_a_pattern_does_not_match(tmp_path, pattern, file):
    assert owners(tmp_path, f"{pattern} @team\n").owners_of(file) == ()


@pytest.mark.parametrize(
    ("pattern", "file"),
    [
        ("*", "shop/deep/views.py"),
        ("*", "manage.py"),
        ("*.js", "main.js"),
        ("*.js", "app/deep/main.js"),
        ("/build/logs/", "build/logs/today.log"),
        ("/build/logs/", "build/logs/deep/today.log"),
        ("/build/logs", "build/logs/deep/today.log"),
        ("/build/logs", "build/logs"),
        ("docs/*", "docs/getting-started.md"),
        ("/*", "manage.py"),
        ("apps/", "apps/views.py"),
        ("apps/", "deep/apps/shop/views.py"),
        ("/docs/", "docs/deep/index.md"),
        ("/apps/*/views.py", "apps/a/views.py"),
        ("**/logs", "logs/today.log"),
        ("**/logs", "deeply/nested/logs/deep/today.log"),
        ("/docs/**/*.md", "docs/index.md"),
        ("/docs/**/*.md", "docs/a/b/index.md"),
        ("shop/**", "shop/deep/views.py"),
        ("shop/**/views.py", "shop/a/b/views.py"),
        ("**/a/**/b/*.py", "a/x/b/a/y/b/c.py"),
        ("shop/views.py", "shop/views.py"),
        ("shop/views.py", "./shop/views.py"),
        ("views.py", "shop/views.py"),
        ("shop/view?.py", "shop/views.py"),
        ("(shop)+$.py", "(shop)+$.py"),
        (r"path\ with\ spaces/", "path with spaces/a.py"),
        (r"\#file.py", "#file.py"),
        (r"\!file.py", "!file.py"),
        (r"a\*b.py", "a*b.py"),
        (r"app/\[id\]/page.py", "app/[id]/page.py"),
        ("a#b.py", "a#b.py"),
        ("日本/", "日本/views.py"),
    ],
)
def test_a_pattern_matches(tmp_path, pattern, file):
    assert owners(tmp_path, f"{pattern} @team\n").owners_of(file) == OWNED


def test_an_escaped_star_is_a_star(tmp_path):
    assert owners(tmp_path, r"a\*b.py @team").owners_of("axb.py") == ()


def test_the_last_match_counts_also_when_it_names_nobody(tmp_path):
    found = owners(
        tmp_path,
        "* @everyone\n/apps/ @octocat @org/apps\n/apps/github # nobody's\n*.css a@b.example\n",
    )

    assert found.owners_of("manage.py") == ("@everyone",)
    assert found.owners_of("apps/views.py") == ("@octocat", "@org/apps")
    assert found.owners_of("apps/github/views.py") == ()
    assert found.owners_of("apps/github/page.css") == ("a@b.example",)


def test_comments_sections_and_words_that_are_no_owners_are_passed_over(tmp_path):
    found = owners(
        tmp_path,
        "\ufeff# * @commented\n\n  \n[Section]\n^[Optional][2] @default\n"
        "\t*.py\t@team\tword @team #@inline\r\n",
    )

    assert found.owners_of("shop/views.py") == OWNED


def test_the_first_location_counts_alone(tmp_path):
    assert owners(tmp_path, "* @docs", "docs/CODEOWNERS").owners_of("a.py") == ("@docs",)
    assert owners(tmp_path, "* @root").owners_of("a.py") == ("@root",)
    assert owners(tmp_path, "*.md @github", ".github/CODEOWNERS").owners_of("a.py") == ()


def test_bytes_that_are_no_text_cost_their_line_only(tmp_path):
    (tmp_path / "CODEOWNERS").write_bytes(b"*.py @team\ncaf\xe9/ @other\n")

    assert Owners.load(tmp_path).owners_of("a.py") == OWNED


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file nobody can read")
def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path):
    (tmp_path / "CODEOWNERS").symlink_to("/proc/self/mem")

    with pytest.raises(QueryLensError, match=r"CODEOWNERS: cannot be read: Input/output error\Z"):
        Owners.load(tmp_path)


@pytest.mark.parametrize(
    "pattern", ["*a" * 40 + "b", "**/" * 40 + "b", "**/a/" * 40 + "b", "a/**/" * 40 + "b"]
)
def test_no_pattern_takes_long(tmp_path, pattern):
    found = owners(tmp_path, f"{pattern} @team\n")

    start = time.process_time()
    assert found.owners_of("a" * 2000) == ()
    assert found.owners_of("a/" * 2000 + "a") == ()
    assert time.process_time() - start < 1
