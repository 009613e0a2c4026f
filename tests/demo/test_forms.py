"""The three forms of `get_offers_for_movie` differ by the article's fixes, and by nothing else."""

from __future__ import annotations

import ast
import difflib
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = Path("demo_app", "media", "services")
RETURN = "return StreamingOffer.objects.filter(movie=movie, country=country)"
SELECT_RELATED = '.select_related("service")'


def test_fixing_the_relations_changes_the_three_return_sites():
    assert changes("as_found", "relations_fixed") == (
        [RETURN] * 3,
        [f"{RETURN}.select_related('service')"] * 3,
    )


def test_fixing_the_loops_changes_how_offers_are_replaced_only():
    removed, added = changes("relations_fixed", "fixed")

    assert removed == [
        "StreamingOffer.objects.filter(movie=movie, country=country).delete()",
        "try:",
        "service = Service.objects.get(tmdb_provider_id=provider['provider_id'])",
        "except Service.DoesNotExist:",
        "StreamingOffer.objects.create(movie=movie, service=service, country=country, "
        "offer_type=offer_type_key)",
    ]
    assert added == [
        "provider_ids = {provider['provider_id'] for offer_type_key in "
        "StreamingOffer.OfferType.values for provider in country_data.get(offer_type_key, [])}",
        "services_by_id = {service.tmdb_provider_id: service for service in "
        "Service.objects.filter(tmdb_provider_id__in=provider_ids)}",
        "offers_to_create = []",
        "service = services_by_id.get(provider['provider_id'])",
        "if service is None:",
        "offers_to_create.append(StreamingOffer(movie=movie, service=service, country=country, "
        "offer_type=offer_type_key))",
        "StreamingOffer.objects.filter(movie=movie, country=country).delete()",
        "StreamingOffer.objects.bulk_create(offers_to_create)",
    ]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("as_found", ["Shape 1,", "Shape 2,", "Shape 3,"]),
        ("relations_fixed", ["Shape 1 is fixed", "Shape 2,", "Shape 3,"]),
        ("fixed", ["Shape 1 is fixed", "Shape 2 is fixed", "shape 3 by"]),
    ],
)
def test_names_each_shape_in_a_docstring(form, words):
    functions = [node for node in tree(form).body if isinstance(node, ast.FunctionDef)]
    docstrings = " ".join(ast.get_docstring(function) for function in functions)

    assert [word for word in words if word not in docstrings] == []


@pytest.mark.parametrize("site", [0, 1, 2], ids=["hit", "api_down", "miss"])
def test_each_return_site_needs_its_select_related(play, tmp_path, site):
    """A branch that loses `select_related` turns its own path red, and no other."""
    shutil.copytree(ROOT / "demo_app", tmp_path / "demo_app")
    without_select_related(tmp_path / SERVICES / "fixed.py", site)

    paths = play(folder=tmp_path)["paths"]

    red = ("hit", "api_down", "miss")[site]
    expected = {"hit": 7, "api_down": 7, "miss": 11}
    expected[red] += 8
    assert {path: paths[path]["fixed"] for path in paths} == expected
    codes = {path: [f["code"] for f in paths[path]["findings"]["fixed"]] for path in paths}
    assert codes == {path: ["QL101"] if path == red else [] for path in paths}


def without_select_related(module, site):
    parts = module.read_text().split(SELECT_RELATED)
    assert len(parts) == 4
    head, tail = SELECT_RELATED.join(parts[: site + 1]), SELECT_RELATED.join(parts[site + 1 :])
    module.write_text(head + tail)


def changes(before, after):
    """The lines that are taken away and those that come in, without docstrings."""
    lines = [ast.unparse(without_docstrings(tree(form))).splitlines() for form in (before, after)]
    diff = list(difflib.ndiff(*lines))
    return tuple(
        [line[2:].strip() for line in diff if line.startswith(mark)] for mark in ("- ", "+ ")
    )


def tree(form):
    return ast.parse((ROOT / SERVICES / f"{form}.py").read_text())


def without_docstrings(module):
    for node in ast.walk(module):
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node):
            del node.body[0]
    return module
