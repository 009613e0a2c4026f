"""How many queries each path sends in each form of the code."""

from __future__ import annotations

import pytest

FORMS = ("as_found", "relations_fixed", "fixed")
COUNTS = {
    8: {"hit": (16, 7, 7), "miss": (34, 25, 11), "api_down": (16, 7, 7)},
    30: {"hit": (38, 7, 7), "miss": (100, 69, 11), "api_down": (38, 7, 7)},
}


@pytest.mark.parametrize("offers", [8, 30])
def test_counts_every_path_in_every_form(play, offers):
    paths = play("--offers", str(offers))["paths"]

    counts = {path: tuple(paths[path][form] for form in FORMS) for path in paths}
    assert counts == COUNTS[offers]


def test_a_country_without_providers_sends_neither_lookups_nor_inserts(run_script):
    miss = run_script("statements.py", "SM")["miss"]

    counted = [sum(statement["counted"] for statement in miss[form]) for form in FORMS]
    assert counted == [10, 9, 9]


@pytest.mark.parametrize("path", ["hit", "miss", "api_down"])
def test_no_two_statements_of_a_fixed_path_are_equal(run_script, path):
    statements = run_script("statements.py", "IT")[path]["fixed"]

    assert len({statement["sql"] for statement in statements}) == len(statements)


def test_the_hit_as_found_reads_as_in_the_toolbar(run_script):
    statements = run_script("statements.py", "IT")["hit"]["as_found"]

    assert _words(statements, "media_service") == ["8 similar, duplicated 2 times"] * 8
    assert _words(statements, "accounts_profile") == ["2 similar, duplicated 2 times"] * 2
    others = _words(
        statements, "django_session", "auth_user", "media_movie", "media_streamingoffer"
    )
    assert set(others) == {"1 similar, duplicated 1 times"}


@pytest.mark.parametrize("form", FORMS)
def test_a_hit_only_reads(run_script, form):
    statements = run_script("statements.py", "IT")["hit"][form]

    assert {statement["sql"].split()[0] for statement in statements} == {"SELECT"}


@pytest.mark.parametrize("form", FORMS)
def test_a_miss_locks_the_movie_before_it_replaces_the_offers(run_script, form):
    statements = [statement["sql"] for statement in run_script("statements.py", "IT")["miss"][form]]

    lock, delete = (
        _position(statements, 'FROM "media_movie" WHERE "media_movie"."id"'),
        _position(statements, "DELETE"),
    )
    assert lock < delete < _position(statements, "INSERT")


def _words(statements, *tables):
    return [
        f"{statement['similar']} similar, duplicated {statement['duplicated']} times"
        for statement in statements
        if any(f'FROM "{table}"' in statement["sql"] for table in tables)
    ]


def _position(statements, part):
    return next(index for index, sql in enumerate(statements) if part in sql)
