"""The baseline file: what it refuses comes first, then that nothing gets lost in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

import querylens
from querylens.baseline import Baseline, read_baseline
from querylens.errors import BaselineError, QueryLensError
from querylens.model import Place
from tests.project.library.models import Author, Book

SERVICE = ("QL101", "media.StreamingOffer.service", "templates/media/movie_detail.html")
LOOKUP = ("QL104", "media.Service get", "media/services.py:_replace_offers")
INSERT = ("QL201", "media.StreamingOffer create", "media/services.py:_replace_offers")
BETWEEN = ("QL105", "media.Service count", "media/views.py:MovieDetail.get")
NOWHERE = ("QL108", "q1:8ae3b3d0", "")

FILE = """\
# Findings that querylens knows of and does not fail for. Update with: pytest \
--querylens-update-baseline
version 1

QL101 media.StreamingOffer.service
  templates/media/movie_detail.html

QL104 media.Service get
  media/services.py:_replace_offers

QL108 q1:8ae3b3d0
"""

ANY_TEXT = st.text(st.characters(codec=None), max_size=30)
CODES = st.sampled_from(["QL101", "QL104", "QL301", "X1"])
KEYS = st.tuples(CODES, ANY_TEXT, ANY_TEXT)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "querylens-baseline.txt"


def refused(path, text):
    path.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())
    with pytest.raises(BaselineError) as caught:
        read_baseline(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:")
    assert message.isprintable()
    return message.removeprefix(f"{path}:")


def everything(key):
    return True


def nothing(key):
    return False


def read_authors():
    for book in Book.objects.all():
        assert book.author.name


def read_publishers():
    for author in Author.objects.all():
        assert author.publisher.name


def count_books():
    for author in Author.objects.all():
        author.books.count()


@pytest.fixture
def found(rows):
    """The findings of three loops, in this order."""
    findings = []
    for read in (read_authors, read_publishers, count_books):
        with querylens.capture() as trace:
            read()
        findings += querylens.check(trace).findings
    return findings


# What a run may not remove, and what is refused.


def test_a_run_that_could_not_see_them_removes_no_entry():
    baseline = Baseline(frozenset({SERVICE, LOOKUP}))

    assert baseline.gone([], nothing) == ()
    assert baseline.updated([], nothing) == baseline
    assert baseline.updated([INSERT], nothing).entries == {SERVICE, LOOKUP, INSERT}


def test_what_was_seen_is_never_gone():
    baseline = Baseline(frozenset({SERVICE, LOOKUP}))

    assert baseline.gone([SERVICE, LOOKUP], everything) == ()
    assert baseline.updated([SERVICE, LOOKUP], everything) == baseline


def test_a_run_removes_only_what_it_could_have_seen():
    baseline = Baseline(frozenset({SERVICE, LOOKUP, INSERT}))

    def in_services(key):
        return key[2].startswith("media/services.py")

    assert baseline.gone([INSERT], in_services) == (LOOKUP,)
    assert baseline.updated([INSERT], in_services).entries == {SERVICE, INSERT}


@given(st.frozensets(KEYS, max_size=6), st.frozensets(KEYS, max_size=6), st.data())
def test_an_update_keeps_what_was_seen_and_what_must_stay(entries, seen, data):
    removable = data.draw(st.frozensets(st.sampled_from(sorted(entries)))) if entries else set()
    baseline = Baseline(entries)

    updated = baseline.updated(seen, removable.__contains__)

    assert updated.entries == seen | (entries - removable)
    assert set(baseline.gone(seen, removable.__contains__)) == entries - updated.entries
    assert updated.updated(seen, removable.__contains__) == updated


def test_a_missing_file_is_an_empty_baseline_only_when_it_may_be_missing(path):
    assert read_baseline(path, missing_ok=True) == Baseline()

    with pytest.raises(BaselineError) as caught:
        read_baseline(path)
    assert str(caught.value) == (
        f"{path}: no such baseline: write it with --update-baseline "
        "(pytest --querylens-update-baseline)"
    )


def test_a_folder_cannot_be_read(tmp_path):
    with pytest.raises(QueryLensError, match=r": cannot be read: Is a directory\Z"):
        read_baseline(tmp_path, missing_ok=True)


def test_a_file_that_is_not_utf_8_is_named_with_its_line(path):
    assert refused(path, FILE.encode() + b"\nQL101 caf\xe9\n") == (
        "12: not UTF-8: save the file as UTF-8"
    )


@pytest.mark.parametrize(
    ("text", "line", "shown"),
    [
        pytest.param("", 1, "''", id="empty"),
        pytest.param("# only a comment\n", 1, "''", id="comment"),
        pytest.param("# a\n\nQL101 a\n  b\n", 3, "'QL101 a'", id="no version"),
        pytest.param("version 1.5\n", 1, "'version 1.5'", id="no number"),
        pytest.param("version ٣\n", 1, "'version ٣'", id="another script's digit"),
        pytest.param("\x1b[31m" + "x" * 999, 1, "x…'", id="hostile"),
    ],
)
def test_what_is_no_baseline_is_refused(path, text, line, shown):
    message = refused(path, text)

    assert message.startswith(f"{line}: no querylens baseline: it begins with 'version 1', not ")
    assert message.endswith(shown)


def test_a_newer_version_is_refused_by_name(path):
    assert refused(path, "# a\nversion 2\n\nQL101 a\n  b\n") == (
        "2: version 2 of the baseline, and this querylens reads up to 1: upgrade querylens"
    )


@pytest.mark.parametrize(
    ("block", "line"),
    [
        pytest.param("QL101 a\nQL102 b\n  c", 4, id="two heads"),
        pytest.param("QL101 a\n  b\n  c", 5, id="two places"),
        pytest.param("QL101 a\n  b\nQL102 c\n  d", 5, id="no empty line between"),
        pytest.param("  b", 3, id="place alone"),
        pytest.param("QL101 a\n\n  b", 5, id="place apart from its head"),
        pytest.param("ql101 a\n  b", 3, id="no code"),
        pytest.param("QL101: a\n  b", 3, id="another sign"),
        pytest.param("version 1", 3, id="version twice"),
    ],
)
def test_a_malformed_block_is_named_with_its_line(path, block, line):
    message = refused(path, f"version 1\n\n{block}\n")

    assert message.startswith(f"{line}: ")
    assert "is out of place: a block is a line 'CODE subject'" in message


@pytest.mark.parametrize("text", [r"a\b", r"a\x4", r"a\U00110000", "a\\", r"a\u123"])
def test_a_backslash_that_escapes_nothing_is_refused(path, text):
    assert refused(path, f"version 1\n\nQL101 {text}\n  b\n").startswith("3: in ")
    assert refused(path, f"version 1\n\nQL101 a\n  {text}\n").endswith("write it twice")


@pytest.mark.parametrize("mark", ["<<<<<<< HEAD", "=======", ">>>>>>> theirs", "||||||| 1a2b"])
def test_a_merge_conflict_is_called_so(path, mark):
    message = refused(path, f"version 1\n\nQL101 a\n  b\n{mark}\n")

    assert message == "5: a merge conflict: keep the blocks of both sides, drop its marks"


# What is kept.


def test_the_file_is_sorted_and_readable():
    assert Baseline(frozenset({NOWHERE, LOOKUP, SERVICE})).render() == FILE


def test_the_file_is_read_as_it_was_written(path):
    path.write_text(FILE, encoding="utf-8")

    assert read_baseline(path).entries == {SERVICE, LOOKUP, NOWHERE}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(FILE.replace("\n", "\r\n"), id="line ends"),
        pytest.param("\ufeff" + FILE, id="byte order mark"),
        pytest.param(FILE.rstrip("\n"), id="no line end"),
        pytest.param(FILE.replace("\n\n", "\n\n\n \n"), id="more empty lines"),
        pytest.param(FILE.replace("  ", "\t"), id="tabs"),
        pytest.param(FILE.replace("\n\nQL104", " \n\n# since 2024\nQL104"), id="comment"),
        pytest.param(FILE + "\n" + FILE.partition("\n\n")[2], id="entries twice"),
    ],
)
def test_what_editors_and_merges_do_to_it_changes_nothing(path, text):
    path.write_bytes(text.encode())

    assert read_baseline(path).render() == FILE


@given(st.frozensets(KEYS, max_size=8))
def test_any_key_comes_back_as_it_was(tmp_path_factory, entries):
    path = tmp_path_factory.getbasetemp() / "any-key.txt"

    Baseline(entries).write(path)

    text = path.read_bytes().decode()
    assert read_baseline(path).entries == entries
    assert all(line.isprintable() and line == line.rstrip() for line in text.split("\n"))


@pytest.mark.parametrize(
    "text",
    ["<<<<<<< HEAD", "# no comment", " led by a space", "ended by one ", "   ", "a\nQL101 b", "\\"],
)
def test_hostile_text_comes_back_as_it_was(path, text):
    entries = frozenset({("QL101", text, text), ("QL102", "", text), ("QL102", text, "")})

    Baseline(entries).write(path)

    assert read_baseline(path).entries == entries


def test_findings_are_new_or_known_and_keep_their_order(found):
    one, two, three = found
    baseline = Baseline(frozenset({two.key}))

    assert baseline.split(found) == ((one, three), (two,))
    assert [baseline.is_known(finding) for finding in found] == [False, True, False]


def test_a_finding_is_known_though_it_moved_and_met_more_rows(found, path):
    Baseline(frozenset(finding.key for finding in found)).write(path)

    moved = [
        replace(finding, call_site=replace(finding.call_site, line=999), count=finding.count + 1)
        for finding in found
    ]

    assert read_baseline(path).split(moved) == ((), tuple(moved))


# Branches.

requires_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def merged(tmp_path, base, ours, theirs):
    """What git makes of two branches, and how many conflicts it leaves."""
    names = [tmp_path / name for name in ("ours", "base", "theirs")]
    for name, entries in zip(names, (ours, base, theirs), strict=True):
        Baseline(frozenset(entries)).write(name)
    done = subprocess.run(["git", "merge-file", "-p", *names], capture_output=True, check=False)
    assert done.returncode < 127, done.stderr
    return done.stdout.decode(), done.returncode


@requires_git
def test_branches_that_add_and_remove_entries_apart_merge(tmp_path, path):
    base = {LOOKUP, NOWHERE, INSERT}

    text, conflicts = merged(
        tmp_path, base, ours={*base, SERVICE} - {INSERT}, theirs={*base, BETWEEN}
    )

    path.write_text(text, encoding="utf-8")
    assert conflicts == 0
    assert read_baseline(path).entries == {SERVICE, LOOKUP, BETWEEN, NOWHERE}


@requires_git
def test_branches_that_add_entries_side_by_side_are_told_so(tmp_path, path):
    text, conflicts = merged(
        tmp_path, {LOOKUP, INSERT}, ours={LOOKUP, BETWEEN, INSERT}, theirs={LOOKUP, NOWHERE, INSERT}
    )

    path.write_text(text, encoding="utf-8")
    assert conflicts == 1
    with pytest.raises(BaselineError, match=r"txt:7: a merge conflict"):
        read_baseline(path)


# Writing.


def test_it_is_replaced_as_a_whole_and_keeps_its_mode(path):
    path.write_text("version 1\n", encoding="utf-8")
    path.chmod(0o640)

    Baseline(frozenset({SERVICE, LOOKUP, NOWHERE})).write(path)

    assert path.read_bytes() == FILE.encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(path.parent.iterdir()) == [path]


def test_a_new_file_has_the_mode_of_any_new_file(path, tmp_path):
    (tmp_path / "other").touch()

    Baseline().write(path)

    assert path.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_link_stays_a_link(path, tmp_path):
    target = tmp_path / "elsewhere" / "baseline.txt"
    target.parent.mkdir()
    path.symlink_to(target)

    Baseline().write(path)

    assert path.is_symlink()
    assert read_baseline(target) == Baseline()


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path):
    with pytest.raises(BaselineError, match=r"cannot be written: No such file or directory; nothi"):
        Baseline().write(tmp_path / "nowhere" / "baseline.txt")


FULL_DISK = """\
import resource, sys
from pathlib import Path
from querylens.baseline import Baseline
from querylens.errors import BaselineError

resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
keys = [("QL101", f"shop.Order.field_{number}", "shop/views.py") for number in range(99)]
try:
    Baseline(frozenset(keys)).write(Path(sys.argv[1]))
except BaselineError as error:
    print(error)
"""


def test_what_does_not_fit_on_the_disk_leaves_the_old_file(path):
    path.write_text(FILE, encoding="utf-8")

    output = subprocess.check_output([sys.executable, "-c", FULL_DISK, path], text=True)

    assert output == f"{path}: cannot be written: File too large; nothing was changed\n"
    assert path.read_text(encoding="utf-8") == FILE
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("function", "named"),
    [
        ("listing", "listing"),
        ("Page.rows.<locals>.<listcomp>", "Page.rows"),
        ("rows.<locals>.<dictcomp>.<locals>.<setcomp>", "rows"),
        ("rows.<locals>.<listcomp>.<locals>.<lambda>", "rows.<locals>.<lambda>"),
        ("rows.<locals>.<genexpr>", "rows.<locals>.<genexpr>"),
        ("<listcomp>", "<module>"),
        ("<listcomp>.<locals>.<genexpr>", "<genexpr>"),
    ],
)
def test_a_key_is_the_same_on_all_versions_of_python(found, function, named):
    """A comprehension has a frame of its own on Python 3.11 only."""
    site = Place("shop/views.py", 7, function=function)

    assert replace(found[0], call_site=site).key[2] == f"shop/views.py:{named}"
