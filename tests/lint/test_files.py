"""Which files belong to a project, by which names, and which of them are linted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from querylens.config import Config
from querylens.lint.files import find_sources

REPOSITORY = Path(__file__).parents[2]


def shown(sources):
    return [file.shown for file in sources.files]


def linted(sources):
    return [file.shown for file in sources.linted]


def problems(sources):
    return [str(problem) for problem in sources.problems]


@pytest.mark.parametrize(
    "name",
    [
        ".git/hooks/x.py",
        ".hidden/x.py",
        ".x.py",
        "__pycache__/x.py",
        "app/__pycache__/x.py",
        "node_modules/gyp/x.py",
        "web/node_modules/x/templates/x.html",
        "lib/site-packages/x/models.py",
        "build/lib/app/models.py",
        "dist/app/models.py",
        "x.pyi",
        "x.pyc",
        "page.html",
    ],
)
def test_what_is_no_code_of_the_project_is_not_found(project, name):
    sources = find_sources([], project("models.py", name))

    assert shown(sources) == ["models.py"]
    assert not sources.templates
    assert not sources.problems


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta/history"])
def test_a_virtual_environment_is_not_entered_whatever_it_is_called(project, mark):
    sources = find_sources([], project("models.py", f"mine/{mark}", "mine/lib/abc.py"))

    assert shown(sources) == ["models.py"]


def test_an_app_may_be_called_build(project):
    sources = find_sources([], project("build/__init__.py", "build/models.py"))

    assert shown(sources) == ["build/__init__.py", "build/models.py"]


def test_the_whole_project_is_indexed_and_what_is_named_is_linted(project):
    config = project("a/models.py", "b/views.py", "c.py")
    sources = find_sources(["b", "c.py"], config)

    assert shown(sources) == ["a/models.py", "b/views.py", "c.py"]
    assert linted(sources) == ["b/views.py", "c.py"]


def test_a_folder_whose_name_only_begins_alike_is_not_linted(project):
    config = project("app/views.py", "app2/views.py")

    assert linted(find_sources(["app"], config)) == ["app/views.py"]


def test_without_a_path_the_source_folders_are_linted(project):
    config = project("src/shop/views.py", "scripts/x.py", source=("src",))

    assert linted(find_sources([], config)) == ["src/shop/views.py"]


def test_paths_are_relative_to_the_working_directory(project, monkeypatch):
    config = project("app/views.py", "app/models.py")
    monkeypatch.chdir(config.root / "app")

    assert linted(find_sources(["views.py"], config)) == ["app/views.py"]
    assert linted(find_sources([".."], config)) == ["app/models.py", "app/views.py"]


TESTS = ("app/tests/unit.py", "app/test_views.py", "app/tests.py", "conftest.py")


@pytest.mark.parametrize("name", [*TESTS, "app/migrations/0001_initial.py"])
def test_tests_and_migrations_are_indexed_but_not_linted(project, name):
    sources = find_sources([], project("app/views.py", name))

    assert name in shown(sources)
    assert linted(sources) == ["app/views.py"]


@pytest.mark.parametrize("name", [*TESTS, "app/migrations/0001_initial.py"])
def test_tests_and_migrations_are_linted_when_they_are_named(project, name):
    assert linted(find_sources([name], project("app/views.py", name))) == [name]


def test_everything_in_a_folder_of_tests_is_linted_when_that_is_named(project):
    config = project("tests/conftest.py", "tests/a/test_b.py")

    assert linted(find_sources(["tests"], config)) == ["tests/a/test_b.py", "tests/conftest.py"]


def test_other_patterns_may_be_left_out(project):
    config = project("app/views.py", "app/tests.py", "app/admin.py")
    sources = find_sources([], config, exclude=("*/admin.py",))

    assert linted(sources) == ["app/tests.py", "app/views.py"]


def test_what_the_configuration_omits_is_indexed_but_not_linted(project):
    config = project("app/views.py", "old/views.py", omit=("old/*",))

    assert linted(find_sources([], config)) == ["app/views.py"]
    assert linted(find_sources(["old"], config)) == ["old/views.py"]
    assert "old/views.py" in shown(find_sources([], config))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("no.py", "no.py: no such file or folder: check the path"),
        ("a\0b", "a\\x00b: no such file or folder: check the path"),
        ("../other", "../other: lies outside of the project ({root}): run querylens in the folder"),
        ("empty", "empty: no Python file or template of the project: give one, or a folder"),
        (".hidden", ".hidden: no Python file or template of the project: give one"),
        ("notes.md", "notes.md: no Python file or template of the project: give one"),
    ],
)
def test_a_path_with_nothing_to_lint_is_told_and_the_rest_is_linted(project, path, line):
    config = project("app/views.py", "empty/x.css", "../other/x.py", ".hidden/x.py", "notes.md")
    sources = find_sources([path, "app"], config)

    assert linted(sources) == ["app/views.py"]
    (told,) = problems(sources)
    assert told.startswith(line.format(root=config.root))


def test_order_does_not_depend_on_the_file_system(project, monkeypatch):
    config = project("b.py", "a.py", "c/z.py", "c/b/templates/y.html", "c/a/templates/y.html")
    first = find_sources([], config)
    entries = os.scandir

    class Backwards:
        def __init__(self, path):
            self.path = path

        def __enter__(self):
            return reversed(list(entries(self.path)))

        def __exit__(self, *error):
            pass

    monkeypatch.setattr(os, "scandir", Backwards)
    second = find_sources([], config)

    assert list(first.modules.items()) == list(second.modules.items())
    assert list(first.templates.items()) == list(second.templates.items())
    assert first == second


# Links.


def test_a_link_to_a_folder_around_it_is_told_and_not_followed(project):
    config = project("app/views.py")
    (config.root / "app" / "again").symlink_to(config.root)
    sources = find_sources([], config)

    assert shown(sources) == ["app/views.py"]
    assert problems(sources) == [
        "app/again: not followed, for this link leads to a folder around it: remove the link"
    ]


def test_a_link_to_itself_is_told(project):
    config = project("app/views.py")
    (config.root / "app" / "ring").symlink_to("ring")

    assert problems(find_sources([], config)) == [
        "app/ring: not followed, for this link leads to a folder around it: remove the link"
    ]


def test_links_that_lead_to_each_other_from_outside_end(project):
    config = project("app/views.py", "../shared/library/models.py")
    (config.root / "shared").symlink_to(config.root.parent / "shared")
    (config.root.parent / "shared" / "back").symlink_to(config.root)
    sources = find_sources([], config)

    assert shown(sources) == ["app/views.py", "shared/library/models.py"]
    assert problems(sources) == []


def test_a_folder_that_is_linked_twice_is_read_once(project):
    config = project("app/views.py", "../shared/models.py")
    for name in ("one", "two"):
        (config.root / name).symlink_to(config.root.parent / "shared")
    (config.root / "three").symlink_to("app")

    assert shown(find_sources([], config)) == ["app/views.py", "one/models.py"]


def test_a_link_to_a_file_of_the_project_is_a_name_for_it_and_not_linted_again(project):
    config = project("app/views.py")
    (config.root / "app" / "pages.py").symlink_to("views.py")
    sources = find_sources([], config)

    assert linted(sources) == ["app/views.py"]
    assert "app.pages" in sources.modules


@pytest.mark.parametrize("link", ["app/pages.py", "linked"])
def test_a_link_that_is_named_stands_for_what_it_leads_to(project, link):
    config = project("app/views.py", "models.py")
    (config.root / link).symlink_to("views.py" if link.endswith(".py") else "app")
    sources = find_sources([link], config)

    assert linted(sources) == ["app/views.py"]
    assert not sources.problems


def test_the_root_may_be_reached_over_a_link(project, tmp_path):
    config = project("app/views.py")
    (tmp_path / "link").symlink_to(config.root)

    sources = find_sources(["app"], Config(root=tmp_path / "link"))

    assert linted(sources) == ["app/views.py"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_told_and_the_rest_is_linted(project):
    config = project("app/views.py", "locked/x.py")
    (config.root / "locked").chmod(0)
    try:
        sources = find_sources([], config)
    finally:
        (config.root / "locked").chmod(0o700)

    assert linted(sources) == ["app/views.py"]
    assert problems(sources) == [
        "locked: cannot be read (Permission denied): check the path and its permissions"
    ]


def test_a_folder_that_goes_away_is_told_and_the_rest_is_linted(project, monkeypatch):
    config = project("app/views.py", "locked/x.py")
    entries = os.scandir

    def refused(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return entries(path)

    monkeypatch.setattr(os, "scandir", refused)
    sources = find_sources([], config)

    assert linted(sources) == ["app/views.py"]
    assert problems(sources) == [
        "locked: cannot be read (Permission denied): check the path and its permissions"
    ]


def test_a_name_that_is_no_text_is_shown_in_one_line(project):
    config = project("app/views.py")
    (config.root / "app" / os.fsdecode(b"a\nb\xff.py")).touch()

    assert shown(find_sources([], config)) == ["app/a\\nb\\udcff.py", "app/views.py"]


# Dotted names.


def names(sources, file):
    return [name for name, found in sources.modules.items() if found.shown == file]


def canonical(sources, file):
    (name,) = {found.name for found in sources.modules.values() if found.shown == file}
    return name


@pytest.mark.parametrize(
    ("others", "file", "expected"),
    [
        ([], "shop/models.py", ["shop.models"]),
        (["shop/__init__.py"], "shop/models.py", ["shop.models"]),
        (["shop/__init__.py"], "shop/__init__.py", ["shop"]),
        (["manage.py"], "manage.py", ["manage"]),
        # A manage.py makes its folder an import root, also where that is a package.
        (["web/manage.py"], "web/shop/models.py", ["shop.models", "web.shop.models"]),
        (
            ["web/manage.py", "web/__init__.py"],
            "web/shop/models.py",
            ["shop.models", "web.shop.models"],
        ),
        (
            ["src/backend/manage.py", "src/backend/shop/__init__.py"],
            "src/backend/shop/models.py",
            ["shop.models", "src.backend.shop.models", "backend.shop.models"],
        ),
        (
            ["src/shop/__init__.py"],
            "src/shop/models.py",
            ["shop.models", "src.shop.models"],
        ),
        # A folder that is no package may be an import root, or a namespace.
        (
            ["apps/shop/__init__.py"],
            "apps/shop/models.py",
            ["apps.shop.models", "shop.models"],
        ),
        # A package is imported from the folder around it.
        (
            ["tests/project/__init__.py", "tests/project/library/__init__.py"],
            "tests/project/library/models.py",
            ["tests.project.library.models", "project.library.models"],
        ),
        (["shop/__init__.py"], "shop/migrations/0001_x.py", ["shop.migrations.0001_x"]),
        (["my-site/manage.py"], "my-site/shop/models.py", ["shop.models"]),
    ],
)
def test_a_module_is_found_by_every_name_it_may_be_imported_by(project, others, file, expected):
    sources = find_sources([], project(file, *others))

    assert canonical(sources, file) == expected[0]
    assert sorted(set(names(sources, file)) & set(expected)) == sorted(expected)
    for other in (file, *others):
        assert sources.modules[canonical(sources, other)].shown == other


def test_the_source_folders_are_import_roots(project):
    config = project("code/__init__.py", "code/shop/models.py", source=("code",))

    assert canonical(find_sources([], config), "code/shop/models.py") == "shop.models"


def test_a_package_goes_before_a_module_of_its_name(project):
    sources = find_sources([], project("shop/models.py", "shop/models/__init__.py"))

    assert sources.modules["shop.models"].shown == "shop/models/__init__.py"
    assert sources.modules["shop.models"].is_package


def test_two_projects_with_one_name_are_two_modules(project):
    sources = find_sources([], project("a/manage.py", "a/shop.py", "b/manage.py", "b/shop.py"))

    assert sources.modules["shop"].shown == "a/shop.py"
    assert canonical(sources, "b/shop.py") == "b.shop"
    assert len({file.name for file in sources.modules.values()}) == len(sources.files) == 4


@pytest.mark.parametrize("name", ["stubs/django/db/models.py", "scripts/json.py"])
def test_a_folder_deep_in_the_project_does_not_hide_what_is_installed(project, name):
    sources = find_sources([], project("app/views.py", name))

    assert not {"django.db.models", "django", "json"} & set(sources.modules)


def test_a_file_that_cannot_be_imported_has_its_path_for_a_name(project):
    sources = find_sources([], project("my-scripts/models-old/x.py", "my-scripts/__init__.py"))

    assert sources.modules["x"].shown == "my-scripts/models-old/x.py"
    assert sources.modules["my-scripts/__init__.py"].shown == "my-scripts/__init__.py"


# Templates.


def test_a_template_is_found_by_its_name_below_a_folder_of_templates(project):
    sources = find_sources(
        [], project("shop/templates/shop/list.html", "shop/jinja2/row.txt", "templates/a.j2")
    )
    found = {
        name: [(each.shown, each.is_jinja) for each in files]
        for name, files in sources.templates.items()
    }

    assert found == {
        "shop/list.html": [("shop/templates/shop/list.html", False)],
        "row.txt": [("shop/jinja2/row.txt", True)],
        "a.j2": [("templates/a.j2", True)],
    }
    assert len(sources.linted_templates) == 3


def test_templates_of_one_name_are_all_kept_the_nearest_to_the_root_first(project):
    sources = find_sources(
        [], project("b/templates/x.html", "a/templates/x.html", "templates/x.html")
    )

    assert [file.shown for file in sources.templates["x.html"]] == [
        "templates/x.html",
        "a/templates/x.html",
        "b/templates/x.html",
    ]


def test_a_template_in_nested_folders_of_templates_has_two_names_and_is_linted_once(project):
    sources = find_sources([], project("templates/mail/templates/x.txt"))

    assert set(sources.templates) == {"mail/templates/x.txt", "x.txt"}
    assert [file.name for file in sources.linted_templates] == ["mail/templates/x.txt"]


def test_a_folder_of_templates_may_be_named(project):
    sources = find_sources(["a/templates"], project("a/templates/x.html", "b/templates/y.html"))

    assert [file.shown for file in sources.linted_templates] == ["a/templates/x.html"]


def test_this_repository():
    sources = find_sources(["demo_app"], Config(root=REPOSITORY))

    assert (
        sources.modules["tests.project.library.models"].shown == "tests/project/library/models.py"
    )
    assert "demo_app/media/views.py" in linted(sources)
    assert "demo_app/media/tests/conftest.py" not in linted(sources)
    assert not sources.problems
