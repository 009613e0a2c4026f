"""A whole project is linted: the truth is found, with a cache and many processes as without."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.workload.source.project import EVERYTHING, write_project
from querylens.config import Config
from querylens.lint import jobs as jobs_module
from querylens.lint import lint
from querylens.model import Place

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A generated project of two apps, each with everything, and the findings that are right."""
    folder = tmp_path_factory.mktemp("made")
    truth = write_project(folder, 1_500, 7, EVERYTHING)
    return folder / "project", truth["findings"]


@pytest.fixture
def copied(made, tmp_path):
    """The project, to be changed."""
    root, _ = made
    for file in root.rglob("*.*"):
        path = tmp_path / "project" / file.relative_to(root)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.read_bytes())
    return tmp_path / "project"


def linted(root, **options):
    return lint([str(root)], Config(root=root), **options)


def places(result):
    return sorted(
        (each.rule.code, each.call_site.file, each.call_site.line) for each in result.findings
    )


def test_the_truth_is_found_and_nothing_else(made):
    root, truth = made
    found = places(linted(root))
    wanted = [
        (true["code"], true["file"], line)
        for true in truth
        for line in range(true["first"], true["last"] + 1)
    ]

    assert set(found) <= set(wanted)
    assert len(found) == len(truth)
    assert len(set(found)) == len(found)


def test_what_comes_from_the_cache_is_what_was_kept(made, tmp_path, aged):
    root, _ = made
    first = linted(root)
    kept = [linted(root, cache=tmp_path) for _ in range(3)]

    assert kept == [first] * 3
    for result in kept:
        assert [paths(each) for each in result.findings] == [paths(each) for each in first.findings]


def paths(value):
    """The path of every place in a value: equality leaves them out."""
    if isinstance(value, Place):
        return [value.path, paths(value.python)]
    if isinstance(value, tuple):
        return list(map(paths, value))
    return [paths(getattr(value, name)) for name in getattr(value, "__dataclass_fields__", ())]


def test_many_processes_find_the_same_in_the_same_order(made, monkeypatch):
    monkeypatch.setattr(jobs_module, "_LEAST_ITEMS", 10)
    root, _ = made

    assert linted(root, jobs=2) == linted(root)


PROGRAM = """
from pathlib import Path
from querylens.config import Config
from querylens.lint import lint
from querylens.lint.coding import Coder
from querylens.lint.results import FileResult
found = lint([], Config(root=Path.cwd()))
result = FileResult(found.findings, found.problems, found.not_followed)
print(Coder(FileResult).encode(result))
"""


def test_what_is_found_does_not_depend_on_the_seed_of_hashes(made):
    """Each process has one of its own, so that sets have other orders."""
    root, _ = made
    printed = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(printed) == 1


def test_what_analyses_is_not_loaded_when_nothing_has_changed(made, tmp_path, aged):
    root, _ = made
    linted(root, cache=tmp_path)
    program = f"""
import sys
from pathlib import Path
from querylens.config import Config
from querylens.lint import lint
lint([], Config(root=Path.cwd()), cache=Path({str(tmp_path)!r}))
print([name for name in sys.modules if name in ("querylens.lint.analysis", "querylens.rules")])
"""
    printed = subprocess.run(
        [sys.executable, "-c", program],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        check=True,
        text=True,
    ).stdout

    assert printed == "[]\n"


LOADING = r"\.(select_related|prefetch_related|with_\w+|annotate)\([^()]*\)"
EDITS = (
    ("*/services.py", LOADING, ""),
    ("*/models.py", r', related_name="\w+"', ""),
    ("*/models.py", r"return self\.select_related\(.*\)", "return self"),
    ("*/models.py", r"    objects = .*", ""),
    ("*/models.py", r"class (\w+)\(models.Model\):", r"# A comment.\n\nclass \1(models.Model):"),
    ("*/formatting.py", r"\.\w+\.name", ".title"),
    ("*/views.py", LOADING, ""),
    ("*/serializers.py", r"queryset = .*", "queryset = None"),
    ("*/admin.py", r"list_filter = ", "list_select_related = True\n    list_filter = "),
    ("*/templates/*/list.html", r"\{\{ \w+\.\w+\.name \}\}", ""),
    ("*/templates/*/_price.html", r"^", "{{ book.author.name }}"),
    ("*/urls.py", r"urlpatterns", "patterns"),
    ("config/settings.py", r"INSTALLED_APPS", "AUTH_USER_MODEL = 'x.Y'\nINSTALLED_APPS"),
)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: f"{edit[0]} {edit[1][:20]}")
def test_after_an_edit_the_cache_gives_what_a_first_run_gives(copied, tmp_path, aged, edit):
    pattern, written, instead = edit
    linted(copied, cache=tmp_path / "kept")
    changed = 0
    for file in copied.glob(pattern):
        text = file.read_text()
        file.write_text(re.sub(written, instead, text, flags=re.MULTILINE))
        changed += file.read_text() != text

    assert changed
    assert linted(copied, cache=tmp_path / "kept") == linted(copied)


@pytest.mark.parametrize(
    "name", ["models.py", "formatting.py", "services.py", "__init__.py", "templates"]
)
def test_after_files_are_gone_and_back_the_cache_gives_what_a_first_run_gives(
    copied, tmp_path, aged, name
):
    before = linted(copied, cache=tmp_path / "kept")
    (app,) = list(copied.glob("*_001"))
    (app / name).rename(tmp_path / "away")
    without = linted(copied, cache=tmp_path / "kept")
    assert without == linted(copied)
    (tmp_path / "away").rename(app / name)

    assert linted(copied, cache=tmp_path / "kept") == before


def test_models_of_an_app_that_nobody_imports_count(copied, tmp_path, aged):
    """They give rows of other models attributes."""
    (app,) = copied.glob("*_001")
    slow = "for each in Tag.objects.all():\n        print(each.extras.count())\n"
    head = f"from {app.name}.models import Tag\n\n\ndef count():\n    "
    (app / "extras.py").write_text(head + slow)
    before = linted(copied, cache=tmp_path / "kept")
    (copied / "far").mkdir()
    far = f'    tag = models.ForeignKey("{app.name}.Tag", models.CASCADE, related_name="extras")\n'
    (copied / "far" / "models.py").write_text(
        f"from django.db import models\n\n\nclass Far(models.Model):\n{far}"
    )
    after = linted(copied, cache=tmp_path / "kept")

    assert after == linted(copied)
    new = {*places(after)} - {*places(before)}
    assert {(code, file) for code, file, _ in new} == {("QL105", f"{app.name}/extras.py")}


def test_what_cannot_be_read_is_told_and_the_rest_is_linted(copied, tmp_path, aged):
    before = linted(copied)
    written = {
        "broken.py": b"def f(:\n",
        "latin.py": b"x = '\xe9'\n",
        "nul.py": b"x = 1\x00\n",
        "two.py": b"print 'x'\n",
        "large.py": b"x = 1\n" * 900_000,
        "deep.py": b"x = " + b"-" * 100_000 + b"1\n",
    }
    for name, data in written.items():
        (copied / name).write_bytes(data)
    (copied / "around").symlink_to(copied)
    found = [linted(copied, cache=tmp_path / "kept") for _ in range(2)]

    assert found[0] == found[1]
    assert [line.partition(":")[0] for line in found[0].problems] == ["around", *sorted(written)]
    assert found[0].findings == before.findings
    assert replace(found[0], files=(), problems=()) == replace(before, files=())


def test_an_abstract_model_is_named_as_django_names_it(project):
    config = project(
        ("shop/__init__.py", ""),
        (
            "shop/models.py",
            """\
from django.db import models


class Tag(models.Model):
    pass


class Tagged(models.Model):
    tags = models.ManyToManyField(Tag)
    main = models.ForeignKey(Tag, models.CASCADE, related_name="+")

    class Meta:
        abstract = True

    def all_of(self, others):
        for row in type(self).objects.order_by("pk"):
            print(row.main.name, row.tags.count())
            row.save()
            row.delete()
        for other in others:
            self.tags.add(other)
            type(self).objects.create(main=other)
            type(self).objects.get(main=other)
""",
        ),
    )

    found = lint(["."], config).findings

    assert {(each.rule.code, each.cause.model, each.cause.relation) for each in found} == {
        ("QL101", "shop.Tag", "shop.Tagged.main"),
        ("QL104", "shop.Tagged", ""),
        ("QL105", "shop.Tag", "shop.Tagged.tags"),
        ("QL201", "shop.Tagged", ""),
        ("QL202", "shop.Tagged", ""),
        ("QL203", "shop.Tagged", ""),
        ("QL205", "shop.Tag", "shop.Tagged.tags"),
    }


def test_a_function_that_is_nested_too_deeply_costs_itself_alone(project, tmp_path):
    chain = "book" + ".with_name(1)" * 600
    config = project(
        ("shop/__init__.py", ""),
        (
            "shop/models.py",
            f"""\
from django.db import models


class Book(models.Model):
    author = models.ForeignKey("shop.Book", models.CASCADE)


def deep(books):
    return [{chain} for book in books]


def authors():
    return [book.author.pk for book in Book.objects.all()]


class View:
    def deep(self, books):
        return [{chain} for book in books]
""",
        ),
    )

    found = [lint(["."], config, cache=tmp_path / "kept") for _ in range(2)]

    assert found[0] == found[1]
    assert found[0].problems == tuple(
        f"shop/models.py:{line}: not read, for its code is nested too deeply: split it up, "
        "or leave it out with `omit`"
        for line in (17, 8)
    )
    assert [(each.rule.code, each.call_site.line) for each in found[0].findings] == [("QL101", 13)]


def test_what_is_wrong_with_a_file_is_told_as_it_is_at_present(copied, tmp_path, aged):
    (app,) = copied.glob("*_001")
    for data in (b"x = 1\n" * 500_000, b"x = 1\n" * 600_000, b"x = (", b"x = \xff", b"x = 1\n"):
        (app / "formatting.py").write_bytes(data)
        assert linted(copied, cache=tmp_path / "kept") == linted(copied)


def test_modules_that_import_one_another_end(copied):
    for number in range(3):
        name = copied / f"ring{number}.py"
        name.write_text(
            f"from ring{(number + 1) % 3} import *\nfrom ring{(number + 2) % 3} import x\n"
        )

    assert linted(copied).problems == ()
