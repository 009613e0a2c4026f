"""With a cache, and on many processes, linting finds what it finds without."""

from __future__ import annotations

import gc
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from querylens.config import Config
from querylens.lint import jobs
from querylens.lint.cache import Cache
from querylens.lint.files import find_sources
from querylens.lint.incremental import Analysed, lint_files
from querylens.lint.jobs import reading_source
from querylens.lint.results import FileResult
from querylens.lint.versions import template_dependency

pytestmark = pytest.mark.usefixtures("aged")

#: The files that were analysed, and those whose facts were read, in this process.
analysed: list[str] = []
read: list[str] = []


@dataclass(frozen=True)
class Facts:
    """The classes of a file, and how many lines come before them."""

    classes: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Steps:
    """A file is lines: `class X`, `use module`, `show template`; what is used, is used in turn."""

    modules: dict[str, str]
    templates: dict[str, str]

    @classmethod
    def of(cls, sources):
        return cls(
            {name: file.path for name, file in sources.modules.items()},
            {name: files[0].path for name, files in sources.templates.items()},
        )

    is_of_facts = True

    def facts_reader(self):
        def facts(file):
            read.append(file.shown)
            text = Path(file.path).read_text()
            if "damaged" in text:
                return None
            return Facts(tuple(re.findall(r"class (\w+)", text)), text.count("\n\n"))

        return facts

    def index_digest(self, facts):
        return repr(sorted((name, each.classes) for name, each in facts.items() if each.classes))

    def analyser(self, facts):
        every = sorted(name for each in facts.values() for name in each.classes)

        def analyse(file):
            analysed.append(file.shown)
            asked = {}
            self.follow(file.name, asked)
            told = [f"{name} {text!r}" for name, text in sorted(asked.items())]
            return Analysed(FileResult(problems=(*told, *every)), frozenset(asked))

        return analyse

    def follow(self, name, asked):
        if name in asked:
            return
        path = self.modules.get(name)
        text = Path(path).read_text() if path else ""
        asked[name] = text
        for template in re.findall(r"show (\S+)", text):
            shown = self.templates.get(template)
            asked[template_dependency(template)] = Path(shown).read_text() if shown else ""
        for used in re.findall(r"use (\S+)", text):
            self.follow(used, asked)


def lint(config, folder=None, jobs=1, paths=()):
    analysed.clear()
    read.clear()
    sources = find_sources(paths, config)
    cache = Cache(folder, "", sources, Facts)
    found = lint_files(sources, cache, Steps.of(sources), jobs)
    return [(file.shown, result) for file, result in found]


PROJECT = (
    ("a.py", "class A\nuse b\nshow x.html\n"),
    ("b.py", "use c\n"),
    ("c.py", "x = 1\n"),
    ("d.py", "use none\n"),
    ("templates/x.html", "x"),
)


def test_without_a_change_nothing_is_read(project):
    config = project(*PROJECT)
    first = lint(config, Path("kept"))
    assert analysed == read == ["a.py", "b.py", "c.py", "d.py"]

    assert lint(config, Path("kept")) == first
    assert analysed == read == []


@pytest.mark.parametrize(
    ("name", "text", "again"),
    [
        ("a.py", "class A\nuse b\n", ["a.py"]),
        ("b.py", "use c \n", ["a.py", "b.py"]),
        ("c.py", "x = 2\n", ["a.py", "b.py", "c.py"]),
        ("none.py", "", ["d.py", "none.py"]),
        ("templates/x.html", "y", ["a.py"]),
        ("e.py", "class E\n", ["a.py", "b.py", "c.py", "d.py", "e.py"]),
        ("a.py", "\n\nclass A\nuse b\nshow x.html\n", ["a.py"]),
    ],
)
def test_what_depends_on_a_change_is_linted_again(project, name, text, again):
    config = project(*PROJECT)
    lint(config, Path("kept"))
    project((name, text))
    found = lint(config, Path("kept"))

    assert analysed == again
    assert read == ([name] if name.endswith(".py") else [])
    assert found == lint(config)


def test_what_was_not_asked_for_is_kept(project):
    config = project(*PROJECT)
    lint(config, Path("kept"))
    project(("d.py", "x = 1"))
    lint(config, Path("kept"), paths=["d.py"])
    lint(config, Path("kept"))

    assert analysed == []


def test_a_file_that_cannot_be_read_is_not_read_again_until_it_changes(project):
    config = project(*PROJECT, ("bad.py", "damaged"))
    first = lint(config, Path("kept"))
    assert lint(config, Path("kept")) == first
    assert read == []

    project(("bad.py", "class Bad"))
    assert lint(config, Path("kept")) == lint(config)


def test_facts_that_no_run_wrote_are_made_again(project):
    config = project(*PROJECT)
    expected = lint(config, Path("kept"))
    cache = Cache(Path("kept"), "", find_sources([], config), Facts)
    lines = dict.fromkeys(cache._facts.known, "x\t[1]")
    cache._facts._store.write(lines)
    Path("a.py").write_text("class A\nuse b\nshow x.html\n#\n")

    assert [name for name, _ in lint(config, Path("kept"))] == [name for name, _ in expected]
    assert lint(config, Path("kept")) == lint(config)


def test_what_was_found_before_an_interruption_is_kept(project, monkeypatch):
    config = project(*PROJECT)
    follow = Steps.follow

    def interrupted(self, name, asked):
        if name == "d":
            raise KeyboardInterrupt
        follow(self, name, asked)

    with monkeypatch.context() as patched:
        patched.setattr(Steps, "follow", interrupted)
        with pytest.raises(KeyboardInterrupt):
            lint(config, Path("kept"))

    assert lint(config, Path("kept")) == lint(config)
    lint(config, Path("kept"))
    assert analysed == []


NAMES = ("a.py", "b.py", "app/__init__.py", "app/a.py", "templates/x.html", "app/templates/x.html")
LINES = ("class A", "class B", "use a", "use b", "use app.a", "use app", "show x.html", "x = 1")
edits = st.tuples(
    st.sampled_from(NAMES), st.none() | st.lists(st.sampled_from(LINES), max_size=3).map("\n".join)
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.lists(edits, max_size=4), min_size=1, max_size=5))
def test_after_any_edits_the_cache_gives_what_a_first_run_gives(tmp_path_factory, rounds):
    root = tmp_path_factory.mktemp("edited")
    config = Config(root=root)
    for changes in rounds:
        for name, text in changes:
            path = root / name
            if text is None:
                path.unlink(missing_ok=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        paths = [str(root)]
        if any(root.rglob("*.py")):
            assert lint(config, root / ".kept", paths=paths) == lint(config, paths=paths)


def test_many_processes_find_and_keep_the_same_bytes(project, monkeypatch):
    monkeypatch.setattr(jobs, "_LEAST_ITEMS", 40)
    config = project(
        *(
            (f"m{number:03d}.py", f"class C{number}\nuse m{number + 1:03d}\n" * (number % 7))
            for number in range(150)
        )
    )
    one, two = (lint(config, Path(f"kept{number}"), number) for number in (1, 2))

    assert one == two
    kept = [sorted(Path(f"kept{number}").glob("*.lint")) for number in (1, 2)]
    assert [path.name for path in kept[0]] == [path.name for path in kept[1]]
    for first, second in zip(*kept, strict=True):
        assert first.read_bytes() == second.read_bytes()


def test_collector_and_warnings_are_as_before_afterwards():
    known = gc.get_threshold(), list(warnings.filters)
    with reading_source():
        assert gc.get_threshold() != known[0]
        compile("'\\d'", "x", "exec")

    assert (gc.get_threshold(), list(warnings.filters)) == known


def test_a_cache_in_a_folder_of_another_project_gives_nothing_wrong(project):
    config = project(*PROJECT)
    lint(config, Path("kept"))
    other = Path("other")
    for name, text in (("a.py", "use b\n"), ("b.py", "class B\n")):
        other.mkdir(exist_ok=True)
        (other / name).write_text(text)
    Path("kept").replace(other / "kept")
    config = Config(root=other.absolute())

    paths = [str(other)]
    assert lint(config, other / "kept", paths=paths) == lint(config, paths=paths)
