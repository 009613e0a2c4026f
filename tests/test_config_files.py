"""Which files are project code: what must not be comes first."""

from __future__ import annotations

import os
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import querylens
from querylens.config import Config, find_project_root
from querylens.config.project_files import _libraries


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    for name in (
        "shop/views.py",
        "shop/migrations/0001_initial.py",
        "shop/templates/shop/list.html",
        "venv/pyvenv.cfg",
        "venv/src/library/models.py",
        "env/lib/python3.13/site-packages/library/models.py",
        "vendor/dist-packages/library/models.py",
        "legacy/old.py",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    with zipfile.ZipFile(root / "library.zip", "w") as archive:
        archive.writestr("library/models.py", "")
    return root


@pytest.mark.parametrize(
    "name",
    [
        "",
        "<string>",
        "<frozen importlib._bootstrap>",
        "<frozen runpy>",
        "<template>",
        "<unknown source>",
        "<attrs generated init shop.models.Book>",
        "<doctestlike>",
        "venv/src/library/models.py",
        "env/lib/python3.13/site-packages/library/models.py",
        "vendor/dist-packages/library/models.py",
        "shop/migrations/0001_initial.py",
        "library.zip/library/models.py",
        "src/lxml/etree.pyx",
        "../site2/shop/views.py",
        "/etc/passwd",
        "shop/\0.py",
        "/shop/\0.py",
        "/shop/\ud800.py",
        "shop/\ud800.py",
    ],
)
def test_is_no_project_code(project, name):
    config = Config(root=project)

    assert not config.is_project_file(name)
    assert not config.is_project_file(name)


@pytest.mark.parametrize(
    "name",
    [
        os.__file__,
        pytest.__file__,
        querylens.__file__,
        Path(querylens.__file__).parent / "config" / "values.py",
    ],
)
@pytest.mark.parametrize("source", [".", "/"])
def test_neither_is_what_is_installed_nor_querylens_itself(project, source, name):
    assert not Config(root=project, source=(source,)).is_project_file(str(name))


def test_neither_is_django_wherever_it_is(project, monkeypatch):
    file = project / "checkout" / "django" / "__init__.py"
    file.parent.mkdir(parents=True)
    file.touch()
    _libraries.cache_clear()
    fake = type("Module", (), {"__file__": str(file)})
    monkeypatch.setitem(sys.modules, "django", fake)

    assert not Config(root=project).is_project_file(str(file))
    assert Config(root=project).is_project_file(str(project / "shop/views.py"))
    _libraries.cache_clear()


def test_a_project_without_a_django_on_disk_has_the_standard_library(monkeypatch):
    _libraries.cache_clear()
    monkeypatch.setitem(sys.modules, "django", type("Module", (), {"__file__": None}))

    assert str(Path(os.__file__).parent) in _libraries()
    _libraries.cache_clear()


@pytest.mark.parametrize(
    "name",
    [
        "shop/views.py",
        "shop/templates/shop/list.html",
        "<console>",
        "<stdin>",
        "<input>",
        "<ipython-input-3-0a1b2c>",
        "<python-input-0>",
        "<doctest shop.views.total[2]>",
        "/tmp/ipykernel_812/1938.py",
    ],
)
def test_is_project_code(project, name):
    config = Config(root=project)

    assert config.is_project_file(name)
    assert config.is_project_file(name)


def test_an_absolute_path_and_one_from_the_working_directory_are_the_same(project, monkeypatch):
    monkeypatch.chdir(project / "shop")
    config = Config(root=project)

    assert config.is_project_file(str(project / "shop" / "views.py"))
    assert config.is_project_file("views.py")
    assert config.is_project_file(str(project / "legacy" / ".." / "shop" / "views.py"))


def test_a_file_that_is_gone_is_judged_by_its_path(project):
    assert Config(root=project).is_project_file(str(project / "shop" / "gone.py"))


def test_a_project_is_reached_over_a_link(project, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(project)

    assert Config(root=project).is_project_file(str(link / "shop/views.py"))
    assert Config(root=link).is_project_file(str(project / "shop/views.py"))
    assert not Config(root=link).is_project_file(str(project / "venv/src/library/models.py"))


def test_a_link_in_the_project_counts_and_so_does_one_into_it(project, tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/code.py").touch()
    (project / "shared").symlink_to(tmp_path / "shared")
    packages = tmp_path / "lib/site-packages"
    packages.mkdir(parents=True)
    (packages / "shop").symlink_to(project / "shop")
    config = Config(root=project)

    assert config.is_project_file(str(project / "shared/code.py"))
    assert config.is_project_file(str(packages / "shop/views.py"))


def test_a_linked_virtual_environment_is_left_out(project, tmp_path):
    (tmp_path / "env/src").mkdir(parents=True)
    (tmp_path / "env/pyvenv.cfg").touch()
    (project / ".venv").symlink_to(tmp_path / "env")

    assert not Config(root=project).is_project_file(str(project / ".venv/src/models.py"))


def test_a_project_may_lie_in_a_folder_that_is_named_like_an_omitted_one(tmp_path):
    root = tmp_path / "migrations" / "site-packages" / "site"
    root.mkdir(parents=True)

    assert Config(root=root).is_project_file(str(root / "views.py"))
    assert not Config(root=root).is_project_file(str(root / "migrations/0001.py"))


def test_an_installed_package_is_project_code_where_it_is_named_as_source():
    folder = Path(sysconfig.get_paths()["purelib"]) / "shop"

    assert not Config().is_project_file(str(folder / "views.py"))
    assert Config(source=(str(folder),)).is_project_file(str(folder / "views.py"))


def test_an_archive_is_project_code_where_it_is_named_as_source(project):
    config = Config(root=project, source=("library.zip",))

    assert config.is_project_file(str(project / "library.zip/library/models.py"))


@pytest.mark.parametrize("pattern", ["legacy", "legacy/", "legacy/*", "*/legacy/*", "*/old.py"])
def test_omits_a_folder_and_only_that(project, pattern):
    config = Config(root=project, omit=(pattern,))

    assert not config.is_project_file("legacy/old.py")
    assert config.is_project_file("shop/views.py")
    assert config.is_project_file("shop/migrations/0001_initial.py")


def test_source_leaves_out_everything_else(project):
    config = Config(root=project, source=("shop",))

    assert config.is_project_file("shop/views.py")
    assert not config.is_project_file("legacy/old.py")
    assert not config.is_project_file("shop2/views.py")


def test_remembers_a_bounded_number_of_names(project):
    config = Config(root=project)
    for number in range(9000):
        config.is_project_file(f"<{number}>")

    assert len(config._known_files) <= 8192


@pytest.mark.parametrize(
    ("marks", "start", "root"),
    [
        pytest.param([], "a/b", "a/b", id="nothing found"),
        pytest.param(["a/manage.py"], "a/b/c", "a", id="nearest mark"),
        pytest.param(["a/manage.py", "setup.cfg"], "a/b", "a", id="nearest of two"),
        pytest.param([".git", "pyproject.toml", "a/manage.py"], "a/b", "a", id="no table"),
        pytest.param(
            [".git", "querylens:pyproject.toml", "a/manage.py"], "a/b", ".", id="our table above"
        ),
        pytest.param(
            ["querylens:pyproject.toml", "a/.git"], "a/b", "a", id="table of another repository"
        ),
    ],
)
def test_finds_the_root_of_the_project(tmp_path, marks, start, root):
    (tmp_path / start).mkdir(parents=True)
    for mark in marks:
        content = "[tool.querylens]\n" if mark.startswith("querylens:") else ""
        (tmp_path / mark.removeprefix("querylens:")).write_text(content)

    assert find_project_root(tmp_path / start) == tmp_path / root
