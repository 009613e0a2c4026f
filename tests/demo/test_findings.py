"""What querylens says of each path: the shapes, their lines, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = "demo_app/media/services"
TEMPLATE = "demo_app/templates/media/movie_detail.html"
VIEWS = "demo_app/media/views.py"

RELATION, LOOKUP, INSERT, PROFILE = "QL101", "QL104", "QL201", "QL302"
#: Which return site of `get_offers_for_movie` a path takes.
RETURN_SITES = {"hit": 0, "api_down": 1, "miss": 2}


@pytest.mark.parametrize(
    ("path", "form", "codes"),
    [
        ("hit", "as_found", [RELATION, PROFILE]),
        ("miss", "as_found", [RELATION, LOOKUP, INSERT, PROFILE]),
        ("api_down", "as_found", [RELATION, PROFILE]),
        ("hit", "relations_fixed", []),
        ("miss", "relations_fixed", [LOOKUP, INSERT]),
        ("api_down", "relations_fixed", []),
        ("hit", "fixed", []),
        ("miss", "fixed", []),
        ("api_down", "fixed", []),
    ],
)
def test_finds_the_shapes_and_nothing_else(play, path, form, codes):
    found = findings(play, path, form)

    assert sorted(finding["code"] for finding in found) == codes


@pytest.mark.parametrize("path", ["hit", "miss", "api_down"])
@pytest.mark.parametrize(
    ("before", "after"), [("as_found", "relations_fixed"), ("relations_fixed", "fixed")]
)
def test_promises_what_the_next_form_saves(play, path, before, after):
    """The relations' fixes save what the next form saves, and the loops' fixes save the rest."""
    counts = play("--offers", "8")["paths"][path]
    codes = {"relations_fixed": (RELATION, PROFILE), "fixed": (LOOKUP, INSERT)}[after]

    promised = sum(f["saved"] for f in findings(play, path, before) if f["code"] in codes)

    assert promised == counts[before] - counts[after]


@pytest.mark.parametrize("path", RETURN_SITES)
def test_shape_1_leads_from_the_template_to_its_return_site(play, path):
    finding = the(play, path, "as_found", RELATION)

    assert place(finding["call_site"]) == (TEMPLATE, line_of(TEMPLATE, "offer.service.logo_url"))
    assert place(finding["loop"]) == (TEMPLATE, line_of(TEMPLATE, "{% for offer in offers %}"))
    module = f"{SERVICES}/as_found.py"
    returned = line_of(module, "return StreamingOffer.objects", RETURN_SITES[path])
    assert place(finding["origin"]) == (module, returned)
    assert finding["cause"]["relation"] == "media.StreamingOffer.service"
    assert finding["fix"]["code"] == '.select_related("service")'
    assert place(finding["fix"]["at"]) == (module, returned)


@pytest.mark.parametrize("form", ["as_found", "relations_fixed"])
def test_shape_2_is_the_lookup_in_the_loop(play, form):
    finding = the(play, "miss", form, LOOKUP)

    module = f"{SERVICES}/{form}.py"
    assert place(finding["call_site"]) == (module, line_of(module, "Service.objects.get("))
    assert place(finding["loop"]) == (module, line_of(module, "for provider in country_data"))
    assert (finding["cause"]["model"], finding["cause"]["access"]) == ("media.Service", "get")
    assert finding["fix"]["kind"] == "in_bulk"
    assert "tmdb_provider_id__in" in finding["fix"]["code"]


@pytest.mark.parametrize("form", ["as_found", "relations_fixed"])
def test_shape_3_is_the_insert_in_the_loop(play, form):
    finding = the(play, "miss", form, INSERT)

    module = f"{SERVICES}/{form}.py"
    created = line_of(module, "StreamingOffer.objects.create(")
    assert place(finding["call_site"]) == (module, created)
    assert place(finding["loop"]) == (module, line_of(module, "for provider in country_data"))
    assert finding["cause"]["model"] == "media.StreamingOffer"
    assert finding["fix"]["kind"] == "bulk_create"


@pytest.mark.parametrize("path", RETURN_SITES)
def test_the_profile_is_fetched_twice_for_want_of_its_relation(play, path):
    finding = the(play, path, "as_found", PROFILE)

    assert place(finding["call_site"]) == (VIEWS, line_of(VIEWS, "Profile.objects.get("))
    assert finding["fix"]["kind"] == "reuse_relation"
    assert finding["fix"]["code"] == "request.user.profile"


def test_the_terminal_tells_the_article_s_names(terminal):
    output, _ = terminal

    titles = [line.rstrip(" ─") for line in output.splitlines() if line.endswith("─")]
    assert titles[:4] == [
        "cache hit, as found: shape 1, the profile duplicate",
        "cache miss, as found: shape 1, shape 2, shape 3, the profile duplicate",
        "cache miss, relations fixed: shape 2, shape 3",
        "API down, as found: shape 1, the profile duplicate",
    ]
    assert "8 similar, duplicated 2 times" in output
    assert '.select_related("service")' in output


def findings(play, path, form):
    return play("--offers", "8")["paths"][path]["findings"][form]


def the(play, path, form, code):
    [finding] = [finding for finding in findings(play, path, form) if finding["code"] == code]
    return finding


def place(value):
    """Where a place of the JSON form begins."""
    return value["file"], value["line"]


def line_of(file, text, occurrence=0):
    lines = (ROOT / file).read_text().splitlines()
    return [number for number, line in enumerate(lines, start=1) if text in line][occurrence]
