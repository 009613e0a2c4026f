"""The demo, read as a log would tell it: the article's shapes from the SQL alone."""

from __future__ import annotations

import pytest

from tests.demo.test_servers import server  # noqa: F401 - a fixture

RELATION, LOOKUP, INSERT, AGAIN = "QL101", "QL104", "QL201", "QL301"


@pytest.mark.parametrize(
    ("visit", "codes"),
    [
        ("hit fixed", []),
        ("miss fixed", []),
        ("api_down fixed", []),
        ("hit relations_fixed", []),
        ("api_down relations_fixed", []),
        ("hit as_found", [RELATION, AGAIN]),
        ("miss as_found", [RELATION, LOOKUP, INSERT, AGAIN]),
        ("api_down as_found", [RELATION, AGAIN]),
        ("miss relations_fixed", [LOOKUP, INSERT]),
    ],
)
def test_reads_what_the_library_finds(run_script, visit, codes):
    told = run_script("statement_texts.py")[visit]

    assert sorted(code for code, *_ in told) == codes


def test_promises_the_article_s_scoreboard(run_script):
    visits = run_script("statement_texts.py")

    assert sum(item[-1] for item in visits["hit as_found"]) == 16 - 7
    assert sum(item[-1] for item in visits["miss relations_fixed"]) == 25 - 11


def test_names_the_relation(run_script):
    told = run_script("statement_texts.py")["hit as_found"]

    [(_, subject, count, distinct, message, fix, _)] = [i for i in told if i[0] == RELATION]
    assert (subject, count, distinct) == ("media_streamingoffer.service", 8, 4)
    assert "media_service is asked for by id 8 times in one request, with 4 different" in message
    assert fix == '.select_related("service")'


def test_reads_the_same_on_servers(run_script, server):  # noqa: F811
    url, _, _ = server

    assert run_script("statement_texts.py", DEMO_URL=url) == run_script("statement_texts.py")
