"""SQL, values, routes and messages are strangers' words: in the toolbar they stay text."""

from __future__ import annotations

import pytest

from tests.panel.conftest import ORDERS
from tests.panel.site import SCRIPT

pytestmark = pytest.mark.django_db(databases=["default", "other"])


@pytest.mark.parametrize("middleware", ORDERS)
@pytest.mark.parametrize("at_once", [False, True])
def test_a_hostile_request(site, rows, middleware, at_once):
    shown = site(middleware, toolbar={"RENDER_PANELS": at_once}).get(f"/hostile/{SCRIPT}/")
    content = shown.content()

    assert shown.stats()["totals"]["queries"] == 4
    assert shown.stats()["verdict"] == "N+1: 1"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;one" in content
    assert "\\u202etwo" in content
    assert "<script" not in content
    assert "</pre>&lt;script" not in content
    assert "\u202e" not in content


def test_a_hostile_configuration(site, rows, settings):
    made = site()
    settings.QUERYLENS = {SCRIPT: 1}

    shown = made.get("/library/books/")

    assert shown.response.status_code == 200
    assert "&lt;script&gt;" in shown.content()
    assert "<script" not in shown.content()
