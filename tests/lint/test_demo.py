"""The demo's source: each slow form is found with its fix, and each fixed one is silent."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from querylens.config import Config
from querylens.lint import lint
from tests.fixes.typist import typed

ROOT = Path(__file__).parents[2]
AS_FOUND = "demo_app/media/services/as_found.py"
RELATIONS_FIXED = "demo_app/media/services/relations_fixed.py"
VIEWS = "demo_app/media/views.py"
#: More than there are fixes.
_MOST_ROUNDS = 12


def found_in(root):
    """What is found, by place."""
    read = lint([], Config(root=root, source=(str(root / "demo_app"),)))
    assert read.problems == ()
    return sorted(read.findings, key=lambda item: (str(item.call_site), str(item.origin)))


@pytest.fixture(scope="module")
def findings():
    return found_in(ROOT)


@pytest.fixture
def copy(tmp_path):
    """A copy of the demo, to type fixes into."""
    shutil.copytree(ROOT / "demo_app", tmp_path / "demo_app")
    return tmp_path


def line_of(file, text, number=0):
    """The line of the text's nth occurrence."""
    lines = (ROOT / file).read_text().splitlines()
    return [at for at, line in enumerate(lines, start=1) if text in line][number]


def test_all_is_found_and_nothing_else(findings):
    told = [(item.rule.code, item.call_site.file, item.fix.kind) for item in findings]

    assert sorted(told) == sorted(
        [
            *[("QL101", "demo_app/templates/media/movie_detail.html", "select_related")] * 3,
            *[("QL104", file, "in_bulk") for file in (AS_FOUND, RELATIONS_FIXED)],
            *[("QL201", file, "bulk_create") for file in (AS_FOUND, RELATIONS_FIXED)],
            ("QL302", VIEWS, "reuse_relation"),
        ]
    )


def test_each_return_site_gets_its_select_related(findings):
    lazy = [item for item in findings if item.rule.code == "QL101"]
    returned = "return StreamingOffer.objects.filter(movie=movie, country=country)"
    [template] = {item.loop for item in lazy}

    assert [item.fix.code for item in lazy] == ['.select_related("service")'] * 3
    assert [(item.origin.file, item.origin.line) for item in lazy] == [
        (AS_FOUND, line_of(AS_FOUND, returned, number)) for number in range(3)
    ]
    assert [item.fix.at.line for item in lazy] == [item.origin.line for item in lazy]
    assert (template.file, template.code) == (
        "demo_app/templates/media/movie_detail.html",
        "{% for offer in offers %}",
    )


def test_the_profile_is_that_of_the_user(findings):
    [beside] = [item for item in findings if item.rule.code == "QL302"]

    assert beside.fix.code == "request.user.profile"
    assert beside.fix.at.line == line_of(VIEWS, "Profile.objects.get(user=request.user)")


def test_lookups_are_gathered_and_inserts_sent_at_once(findings):
    codes = {(item.rule.code, item.call_site.file): item.fix.code for item in findings}

    assert "filter(tmdb_provider_id__in=tmdb_provider_ids)" in codes["QL104", AS_FOUND]
    assert "StreamingOffer.objects.bulk_create(" in codes["QL201", AS_FOUND]


def test_select_related_on_every_return_silences_the_template(copy):
    lazy = [item for item in found_in(copy) if item.rule.code == "QL101"]
    write(typed(*(item.fix for item in lazy)))

    assert [item for item in found_in(copy) if item.rule.code == "QL101"] == []


def test_one_forgotten_return_is_told_at_that_return(copy):
    [first, _, last] = [item for item in found_in(copy) if item.rule.code == "QL101"]
    write(typed(first.fix, last.fix))

    [left] = [item for item in found_in(copy) if item.rule.code == "QL101"]
    assert left.origin.line == line_of(AS_FOUND, "return StreamingOffer.objects.filter", 1)


def test_typing_one_fix_after_the_other_ends_in_silence(copy):
    rounds = 0
    while findings := found_in(copy):
        rounds += 1
        assert rounds < _MOST_ROUNDS, [str(item.call_site) for item in findings]
        write(typed(findings[0].fix))

    assert rounds == 8


def write(texts):
    for path, text in texts.items():
        Path(path).write_text(text)
