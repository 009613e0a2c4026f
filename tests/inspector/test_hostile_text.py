"""Routes, paths, SQL and values are strangers' words: on every page they stay text."""

from __future__ import annotations

import re

import pytest

from tests.inspector.conftest import HOME
from tests.inspector.site import SCRIPT

pytestmark = pytest.mark.django_db

NAMES = [
    '"><img src=x onerror=alert(1)>',
    "</select><script>",
    "'\"&<>",
    "\u202egnp.exe",
    "\x1b[31m",
]


def assert_is_text(page):
    assert page.count("<script") == 1
    assert "<img" not in page
    assert "alert(1)</script" not in page
    assert "\u202e" not in page
    assert "\x1b" not in page


def test_a_hostile_request(site, entries, page_of):
    client = site()
    client.get(f"/hostile/{SCRIPT}/")
    client.get("/hostile/<script>alert(1)</script>/x")
    entry = entries()[1]
    comparison = client.get(f"{HOME}compare/", {"before": entry.id, "after": entry.id})
    listed, opened = client.get(HOME).content.decode(), page_of(client, position=1)

    assert entry.totals.queries == 2
    for page in (listed, opened, comparison.content.decode()):
        assert_is_text(page)
        assert "&lt;script&gt;" in page
    assert "\\u202etwo" in opened


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_path(site, page_of, name):
    client = site()
    client.get(f"/{name}/".replace("?", ""))

    assert_is_text(client.get(HOME).content.decode())
    assert_is_text(page_of(client))


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_filter(site, name):
    client = site()
    for parameter in ("route", "finding"):
        page = client.get(HOME, {parameter: name}).content.decode()

        # A value that is sent back has to be the very same; what is shown is written out.
        assert_is_text(re.sub(r'value="[^"]*"', "", page))
        assert not re.search(r'value="[^"]*[<>]', page)


def test_a_hostile_id(site):
    for entry_id in ("<script>", "..", "%00", "x" * 5000):
        response = site().get(f"{HOME}requests/{entry_id}/")

        assert response.status_code == 404
        assert SCRIPT not in response.content.decode()
