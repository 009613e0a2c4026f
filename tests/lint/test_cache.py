"""What is kept between runs is used as long as it is true, and never when it may not be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from querylens.lint import store
from querylens.lint.cache import Cache
from querylens.lint.coding import DamagedError
from querylens.lint.files import find_sources
from querylens.lint.results import FileResult, NotFollowed
from querylens.lint.versions import template_dependency
from querylens.model import Place

RESULT = FileResult(
    problems=("views.py:1: …",), not_followed=(NotFollowed(Place("views.py", 2), "…"),), lines=3
)
PROJECT = (("views.py", "import models\n"), "models.py", "other.py", "templates/x.html")


@dataclass(frozen=True)
class Facts:
    """What a module tells: its models, and where they stand."""

    models: tuple[str, ...] = ()
    line: int = 0


MODELS = Facts(("Book", "é\n"), 3)


@pytest.fixture
def opened(project, aged):
    """Opens the cache of a project, as a run of its own does."""
    config = project(*PROJECT)

    def open_cache(settings=""):
        return Cache(config.root / "kept", settings, find_sources([], config), Facts)

    return open_cache


def file_of(cache, shown="views.py"):
    (found,) = {file for file in cache._sources.files if file.shown == shown}
    return found


def begin(cache, models=MODELS):
    """Keeps facts where none are kept; only those of one module tell of models."""
    for file in cache._sources.files:
        if not cache.has_facts(file):
            cache.keep_facts(file, models if file.name == "models" else Facts())
    cache.begin_results(lambda: "an index of " + repr(models.models))


def keep(cache, *depends_on, result=RESULT):
    begin(cache)
    cache.keep_result(file_of(cache), depends_on, result)
    cache.save()


def kept(cache, models=MODELS):
    """What another run finds."""
    begin(cache, models)
    return cache.result(file_of(cache))


def change(name, text):
    """Changes a file of the project that the test runs in."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_what_did_not_change_is_found_again(opened):
    keep(opened(), "models", "django.db", template_dependency("x.html"))

    assert kept(opened()) == RESULT


def test_an_empty_cache_has_nothing(opened):
    cache = opened()

    assert not cache.has_facts(file_of(cache))
    assert cache.result(file_of(cache)) is None
    with pytest.raises(DamagedError):
        cache.facts(file_of(cache))


def test_without_a_folder_nothing_is_written(project):
    config = project(*PROJECT)
    cache = Cache(None, "", find_sources([], config), Facts)
    keep(cache)

    assert cache.result(file_of(cache)) == RESULT
    assert cache.facts(file_of(cache, "models.py")) == MODELS
    assert sorted(path.name for path in config.root.iterdir()) == [
        *("models.py", "other.py", "templates", "views.py")
    ]


@pytest.mark.parametrize("facts", [MODELS, Facts(), None])
def test_facts_come_back(opened, facts):
    cache = opened()
    cache.keep_facts(file_of(cache), facts)
    cache.save()
    cache = opened()

    assert cache.has_facts(file_of(cache))
    assert cache.facts(file_of(cache)) == facts


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("views.py", "import models \n"),
        ("models.py", "x = 1\n"),
        ("templates/x.html", "x"),
        # What was not there, and is looked for no longer in vain.
        ("django/db.py", ""),
        # Another template, or module, that goes before the one that was read.
        ("app/templates/x.html", ""),
        ("models/__init__.py", ""),
    ],
)
def test_a_result_is_made_again_when_something_that_it_depends_on_changes(opened, name, text):
    keep(opened(), "models", "django.db", template_dependency("x.html"))
    change(name, text)

    assert kept(opened()) is None


@pytest.mark.parametrize("name", ["other.py", "new.py", "templates/y.html"])
def test_a_result_stays_when_other_files_change(opened, name):
    keep(opened(), "models", "django.db", template_dependency("x.html"))
    change(name, "x = 1\n")

    assert kept(opened()) == RESULT


def test_every_result_depends_on_the_models(opened):
    keep(opened())
    change("models.py", "x = 1\n")

    assert kept(opened(), Facts(("Author",))) is None


def test_models_that_only_move_leave_the_results(opened):
    keep(opened())
    change("models.py", "# Only a comment.\n")

    assert kept(opened(), replace(MODELS, line=4)) == RESULT


def test_the_index_is_only_asked_for_when_facts_have_changed(opened):
    keep(opened())
    cache = opened()
    for file in cache._sources.files:
        assert cache.has_facts(file)
    cache.begin_results(lambda: pytest.fail("it was made"))

    assert cache.result(file_of(cache)) == RESULT


def test_a_result_is_made_again_when_its_file_moves(opened):
    keep(opened())
    change("app/views.py", "import models\n")
    Path("views.py").unlink()
    cache = opened()

    assert cache.result(file_of(cache, "app/views.py")) is None


def test_other_settings_have_other_results_and_the_same_facts(opened):
    keep(opened("a"))

    assert kept(opened("b")) is None
    cache = opened("b")
    assert cache.facts(file_of(cache, "models.py")) == MODELS
    assert kept(opened("a")) == RESULT


def test_another_version_of_querylens_has_results_of_its_own(opened, monkeypatch):
    keep(opened())
    with monkeypatch.context() as patched:
        patched.setattr(store, "_program", lambda: "another")
        assert kept(opened()) is None

    assert kept(opened()) == RESULT


def test_the_version_is_the_code_itself():
    """A release that changes a rule must not find what the last one kept."""
    package = Path(store.__file__).parents[1]
    program = """
import sys, pathlib
from querylens.lint import store
real = pathlib.Path.read_bytes
def changed(path):
    return real(path) + (b"#" if path.name == sys.argv[1] else b"")
pathlib.Path.read_bytes = changed
print(store._program())
"""
    found = {
        subprocess.run(
            [sys.executable, "-c", program, name], capture_output=True, check=True, text=True
        ).stdout
        for name in ("none", "lookup_in_loop.py", "files.py", "none")
    }

    assert package.name == "querylens"
    assert len(found) == 3


def test_the_cache_is_kept_out_of_git(opened):
    keep(opened())

    assert "*" in Path("kept/.gitignore").read_text().split()


def test_a_gitignore_that_is_there_stays(opened):
    Path("kept").mkdir()
    Path("kept/.gitignore").write_text("mine")
    keep(opened())

    assert Path("kept/.gitignore").read_text() == "mine"


def files_of(kind):
    return sorted(Path("kept").glob(f"{kind}-*"))


@pytest.mark.parametrize("kind", ["files", "facts", "results"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
        lambda data: data + b"x\ty\n",
        lambda data: data.replace(b"views", b"Views"),
        lambda data: b"\xff\xfe" + data,
        lambda data: b"\x80\x04K\x01.",
        lambda data: b"[" * 100_000,
        lambda data: data.replace(b"\n", b"\r\n"),
    ],
)
def test_a_damaged_file_is_as_good_as_none(opened, kind, damage):
    keep(opened())
    (file,) = files_of(kind)
    file.write_bytes(damage(file.read_bytes()))
    cache = opened()
    kept(cache)
    keep(cache)

    assert kept(opened()) == RESULT


@pytest.mark.parametrize(
    "line",
    [
        "",
        "\t",
        "\t\t",
        "x\t[]\t[]",
        '{state}\t["{deep}"]\t[]',
        "{state}\t[]\t",
        "{state}\t[]\t{deep}",
        "{state}\t[]\t[[],[],[],true]",
        "{state}\t[]\t[[],[],[[]],1]",
        "{state}\t[1]\t[[],[],[],1]",
        "{state}\t{}\t[[],[],[],1]",
        "{state}\tnull\t[[],[],[],1]",
    ],
)
def test_a_file_with_the_right_sum_and_wrong_lines_is_as_good_as_none(opened, line):
    cache = opened()
    keep(cache)
    state = cache._results.get('"views.py"').partition("\t")[0]
    text = line.replace("{state}", state).replace("{deep}", "[" * 100_000)
    cache._results._store.write({'"views.py"': text})

    assert kept(opened()) is None


@pytest.mark.parametrize("kind", ["files", "facts", "results"])
def test_what_is_no_file_is_not_waited_for(opened, kind):
    keep(opened())
    (file,) = files_of(kind)
    file.unlink()
    os.mkfifo(file)
    cache = opened()
    kept(cache)
    keep(cache)

    assert kept(opened()) == RESULT


def test_a_link_is_replaced_and_not_written_through(opened):
    keep(opened())
    (file,) = files_of("results")
    file.unlink()
    Path("precious").write_text("mine")
    file.symlink_to(Path("precious").absolute())
    keep(opened())

    assert Path("precious").read_text() == "mine"
    assert kept(opened()) == RESULT


@pytest.mark.parametrize("name", ["kept", "kept/.gitignore"])
def test_a_folder_that_cannot_be_used_is_no_error(opened, name, monkeypatch):
    def refused(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        if name == "kept":
            Path("kept").write_text("no folder")
        else:
            patched.setattr(Path, "open", refused)
        keep(opened())

    assert kept(opened()) is None
    if name != "kept":
        assert not files_of("*")


def test_a_full_disk_leaves_the_old_file_and_nothing_half_written(opened, monkeypatch):
    keep(opened())
    opened_file = Path.open

    def full(path, mode="r", *args, **kwargs):
        file = opened_file(path, mode, *args, **kwargs)
        if "x" not in mode or "results" not in path.name:
            return file

        class Full:
            def __enter__(self):
                return self

            def __exit__(self, *error):
                file.close()

            def write(self, data):
                file.write(data[:10])
                raise OSError(28, "No space left on device")

        return Full()

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full)
        keep(opened(), result=replace(RESULT, lines=7))

    assert kept(opened()) == RESULT
    assert len(files_of("results")) == 1


def test_old_files_are_removed_and_others_left(opened):
    Path("kept").mkdir()
    Path("kept/results-mine.txt").write_text("mine")
    for number in range(40):
        keep(opened(f"settings {number}"))

    ours = [path for path in Path("kept").iterdir() if path.suffix == ".lint"]
    assert len(ours) == store._MOST_FILES
    assert Path("kept/results-mine.txt").read_text() == "mine"
    assert kept(opened("settings 39")) == RESULT


def test_files_that_are_gone_are_forgotten(opened):
    keep(opened())
    Path("views.py").unlink()
    cache = opened()
    begin(cache)
    cache.keep_result(file_of(cache, "other.py"), (), FileResult())
    cache.save()
    cache = opened()

    assert list(cache._results.known) == ['"other.py"']
    assert len(cache._facts.known) == len(("models.py", "other.py", "the index"))


def test_results_of_files_that_were_not_asked_for_stay(opened):
    keep(opened())
    cache = opened()
    kept(cache)
    cache.keep_result(file_of(cache, "other.py"), (), RESULT)
    cache.save()

    assert kept(opened()) == RESULT


# Hashes.


def test_a_file_that_looks_unchanged_is_not_read(opened, monkeypatch):
    keep(opened())
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
    cache = opened()

    assert kept(cache) == RESULT


def test_a_file_that_is_touched_is_read_and_found_unchanged(opened):
    keep(opened())
    os.utime("views.py")

    assert kept(opened()) == RESULT


def test_a_change_that_keeps_time_and_size_is_seen(opened):
    os.utime("views.py", ns=(5, 5))
    keep(opened())
    change("views.py", "import Models\n")
    os.utime("views.py", ns=(5, 5))

    assert kept(opened()) is None


def test_a_file_that_changed_a_moment_ago_is_read_each_time(opened, monkeypatch):
    monkeypatch.undo()
    cache = opened()
    keep(cache)

    assert not opened()._files.known


def test_nothing_is_kept_when_a_file_changes_meanwhile(opened):
    cache = opened()
    begin(cache)
    cache.keep_result(file_of(cache), (), RESULT)
    change("other.py", "changed = True\n")
    cache.save()

    assert kept(opened()) is None


def test_of_a_file_that_is_not_read_it_counts_why(opened, monkeypatch):
    os.mkfifo("pipe.py")
    change("large.py", "x" * 3_000_000)
    change("larger.py", "x" * 3_000_001)
    change("locked.py", "")
    read = Path.read_bytes

    def refused(path):
        if path.name == "locked.py":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    names = ("pipe.py", "none.py", "large.py", "larger.py", "locked.py")
    found = [opened().versions._hashes.of(name, name) for name in names]

    assert len(set(found)) == len(names)
    assert found == [opened().versions._hashes.of(name, name) for name in names]


# Many processes.

PROGRAM = """
import sys
from pathlib import Path
from querylens.config import Config
from querylens.lint.cache import Cache
from querylens.lint.files import find_sources
from querylens.lint.results import FileResult

mine, rounds = sys.argv[1], int(sys.argv[2])
config = Config(root=Path.cwd())
for number in range(rounds):
    sources = find_sources([], config)
    cache = Cache(Path("kept"), "", sources, FileResult)
    for file in sources.files:
        facts = FileResult(problems=(file.name,) * 200)
        if cache.has_facts(file):
            assert cache.facts(file) == facts
        else:
            cache.keep_facts(file, facts)
    cache.begin_results(str)
    for file in sources.files:
        found = cache.result(file)
        expected = FileResult(problems=(file.shown,) * 200)
        assert found in (None, expected), found
        if file.name.startswith(mine):
            cache.keep_result(file, ("a1", "none"), expected)
    cache.save()
"""


def test_processes_that_run_at_the_same_time_find_only_what_is_whole(project):
    project(*(f"{letter}{number}.py" for letter in "abcd" for number in range(20)))
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, letter, "25"], stderr=subprocess.PIPE, text=True
        )
        for letter in "abcd"
    ]
    ended = [(process.communicate(timeout=120)[1], process.returncode) for process in running]

    assert ended == [("", 0)] * 4
    assert {path.suffix for path in files_of("*")} == {".lint"}


def test_a_process_that_is_killed_while_it_writes_leaves_what_was_there(project):
    config = project(*(f"a{number}.py" for number in range(20)))
    subprocess.run([sys.executable, "-c", PROGRAM, "a", "1"], check=True)
    for milliseconds in (150, 250, 350, 450):
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, "a", "1000"])
        try:
            process.wait(milliseconds / 1000)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        sources = find_sources([], config)
        cache = Cache(Path("kept"), "", sources, FileResult)
        for file in sources.files:
            assert cache.facts(file).problems == (file.name,) * 200


def test_what_another_process_kept_meanwhile_stays(opened):
    mine, theirs = opened(), opened()
    for cache, name in ((mine, "views.py"), (theirs, "other.py")):
        cache.keep_result(file_of(cache, name), (), RESULT)
    theirs.save()
    mine.save()
    found = opened()

    assert found.result(file_of(found, "views.py")) == RESULT
    assert found.result(file_of(found, "other.py")) == RESULT


def test_the_bytes_do_not_depend_on_the_order_in_which_results_came(opened):
    def written(backwards):
        cache = opened()
        for file in sorted(cache._sources.files, key=lambda file: file.shown, reverse=backwards):
            cache.keep_result(file, {"b", "a"}, RESULT)
        cache.save()
        (file,) = files_of("results")
        data = file.read_bytes()
        file.unlink()
        return data

    first = written(False)
    assert first == written(True)
    assert json.loads(first.split(b"\t")[2]) == ["a", "b"]
