"""The panel of a request: its verdict in the side bar, and its page."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync

from querylens.django.exchanges import subscribers
from querylens.django.request_capture import RequestCapture
from tests.panel.conftest import ORDERS, OURS, TOOLBAR
from tests.project.toolbar import HEADER

ROOT = Path(__file__).parents[2]
PROGRAM = """
import django
from django.conf import settings
from django.core.management import call_command
from tests.project import settings as project

configured = {name: getattr(project, name) for name in dir(project) if name.isupper()}
configured["INSTALLED_APPS"].remove("querylens.django")
configured["DEBUG_TOOLBAR_PANELS"] = ["querylens.django.panel.QueryLensPanel"]
configured["DATABASES"] = {"default": project.DATABASES["default"]}
settings.configure(**configured)
django.setup()

from debug_toolbar.store import get_store
from django.test import Client
from tests.project.library.populate import populate

call_command("migrate", run_syncdb=True, verbosity=0)
populate(4)
Client().get("/library/books/", headers={"X-Show-Toolbar": "yes"})
[request] = get_store().request_ids()
stats = get_store().panel(request, "QueryLensPanel")
print(stats["verdict"], stats["summary"], stats["content"], sep="\\n")
"""
pytestmark = pytest.mark.django_db(databases=["default", "other"])


@pytest.fixture
def captures(monkeypatch):
    """All captures of requests that the test makes."""
    made = []
    begin = RequestCapture.__init__

    def count(capture, config):
        made.append(capture)
        begin(capture, config)

    monkeypatch.setattr(RequestCapture, "__init__", count)
    return made


def button(shown):
    """Our entry in the side bar, in words."""
    page = shown.response.content.decode()
    [found] = re.findall(r'<li id="djdt-QueryLensPanel".*?</li>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", found).split())


@pytest.mark.parametrize("middleware", ORDERS)
@pytest.mark.parametrize("path", ["/", "/library/books/selected/"])
def test_a_page_without_n_plus_one_is_calm(site, rows, middleware, path):
    shown = site(middleware).get(path)

    assert shown.stats()["verdict"] == "N+1: 0"
    assert shown.stats()["summary"] == "1 query"
    assert shown.stats()["findings"] == []
    assert "Nothing to fix." in shown.content()
    assert "<article" not in shown.content()


@pytest.mark.parametrize("middleware", ORDERS)
def test_the_verdict_is_in_the_side_bar(site, rows, middleware):
    shown = site(middleware).get("/library/books/")

    assert shown.stats()["findings"] == ["QL101"]
    assert button(shown) == "N+1: 1 5 queries, 4 could go"


def test_a_page_without_n_plus_one_says_so_in_the_side_bar(site, rows):
    assert button(site().get("/library/books/selected/")) == "N+1: 0 1 query"


@pytest.mark.parametrize("middleware", ORDERS)
def test_the_page_has_the_cards(site, rows, middleware):
    content = site(middleware).get("/library/books/").content()

    assert content.count("<article") == 1
    assert "QL101</a> lazy-forward-relation" in content
    assert "library/book_list.html:" in content
    assert "origin</mark>" in content
    assert ".select_related(&quot;author&quot;)" in content
    assert "Parameter values" in content
    assert "5 queries, 4 similar, 2 duplicated" in content


def test_a_repeat_that_does_not_grow_is_no_n_plus_one(site, rows):
    shown = site().get("/repeated/")

    assert shown.stats()["findings"] == ["QL301"]
    assert shown.stats()["verdict"] == "N+1: 0"
    assert shown.stats()["summary"] == "2 queries, 1 could go"


@pytest.mark.parametrize("middleware", ORDERS)
@pytest.mark.parametrize("path", ["/library/books/", "/library/books/async/"])
def test_a_site_that_is_served_by_coroutines(site, rows, middleware, path):
    made = site(middleware)

    shown = async_to_sync(made.aget)(path)

    assert shown.stats()["verdict"] == "N+1: 1"
    assert shown.stats()["totals"]["queries"] == 5


def test_requests_at_the_same_time_know_nothing_of_each_other(site, rows):
    made = site()

    async def ask():
        paths = ["/library/books/async/", "/library/books/selected/", "/library/books/async/"]
        return await asyncio.gather(*map(made.aget, paths))

    shown = async_to_sync(ask)()

    assert [each.stats()["totals"]["queries"] for each in shown] == [5, 1, 5]


def test_the_history_keeps_each_request(site, rows):
    made = site()
    first, second = made.get("/library/books/"), made.get("/")
    query = {"request_id": first.id, "exclude_history": True}
    switched = made.client.get("/__debug__/history_sidebar/", query, headers={HEADER: "yes"})

    assert "N+1: 1" in switched.json()["QueryLensPanel"]["button"]
    assert "5 queries, 4 could go" in switched.json()["QueryLensPanel"]["button"]
    assert "QL101" in first.content()
    assert "QL101" not in second.content()
    assert json.loads(json.dumps(first.stats())) == first.stats()


def test_a_toolbar_that_renders_its_panels_at_once(site, rows):
    page = site(toolbar={"RENDER_PANELS": True}).get("/library/books/").response.content.decode()

    assert "QL101</a> lazy-forward-relation" in page
    assert "&lt;article" not in page
    assert 'src="/__debug__/querylens/panel.js"' in page


def test_the_panel_brings_its_style_and_its_script(site, rows):
    shown = site().get("/library/books/")
    [style] = re.findall(r'<link rel="stylesheet" href="([^"]*)">', shown.content())
    [script] = shown.panel()["scripts"]

    for address, kind in ((style, "text/css"), (script, "text/javascript")):
        response = shown.client.get(address)
        assert response.status_code == 200
        assert response["Content-Type"].startswith(kind)
    assert shown.client.get(f"{script}/../panel.py").status_code == 404
    assert shown.client.get("/__debug__/querylens/inspector.js").status_code == 404


def test_nothing_in_the_panel_needs_a_policy_of_its_own(site, rows):
    content = site().get("/library/books/").content()

    assert "<script" not in content
    assert "<style" not in content
    assert not re.search(r"\s(style|on\w+)=", content)


def test_the_nonce_of_the_page_is_the_styles(site, rows):
    made = site(["tests.panel.site.with_nonce", TOOLBAR])

    content = made.get("/library/books/").content()

    assert '<link nonce="n&quot;once" rel="stylesheet"' in content


def test_a_budget_is_a_finding_here_too(site, rows):
    stats = site(BUDGETS={"library/books/": 2}).get("/library/books/").stats()

    assert stats["findings"] == ["QL501", "QL101"]
    assert stats["verdict"] == "N+1: 1"


def test_a_finding_that_is_silenced_is_told_with_its_reason(site, rows):
    shown = site().get("/silenced/")

    assert shown.stats()["verdict"] == "N+1: 0"
    assert shown.stats()["summary"] == "5 queries"
    assert "four &lt;rows&gt;" in shown.content()
    assert "<article" not in shown.content()


@pytest.mark.parametrize("middleware", ORDERS)
def test_a_view_that_is_left_out(site, rows, middleware):
    shown = site(middleware).get("/left-out/")

    assert "verdict" not in shown.stats()
    assert shown.stats()["summary"] == "left out"
    assert "left out of all reports" in shown.content()


@pytest.mark.parametrize("middleware", [[OURS, TOOLBAR], [TOOLBAR, OURS]])
def test_a_request_that_the_middleware_leaves_alone(site, rows, middleware):
    shown = site(middleware, IGNORE_PATHS=["/library/"]).get("/library/books/")

    assert shown.stats()["summary"] == "not watched"
    assert "IGNORE_PATHS" in shown.content()


@pytest.mark.parametrize("middleware", [[OURS, TOOLBAR], [TOOLBAR, OURS]])
def test_the_middleware_that_watches_is_the_only_one_that_captures(
    site, rows, middleware, captures
):
    exchanges = []
    subscribers.append(exchanges.append)
    try:
        shown = site(middleware).get("/library/books/")
    finally:
        subscribers.remove(exchanges.append)

    assert len(captures) == 1
    assert [finding.rule.code for finding in exchanges[0].report.findings] == ["QL101"]
    assert shown.stats()["findings"] == ["QL101"]


def test_a_middleware_that_took_itself_out_is_not_waited_for(site, rows):
    shown = site([TOOLBAR, OURS], ENABLED=False).get("/library/books/")

    assert shown.stats()["verdict"] == "N+1: 1"


def test_a_panel_that_is_switched_off_records_nothing(site, rows, captures):
    made = site()
    made.client.cookies["djdtQueryLensPanel"] = "off"

    shown = made.get("/library/books/")

    assert shown.response.status_code == 200
    assert shown.stats() == {}
    assert captures == []


def test_a_request_without_the_toolbar_records_nothing(site, rows, captures):

    response = site().client.get("/library/books/")

    assert response.status_code == 200
    assert captures == []


def test_the_panel_needs_no_application_of_ours():
    """In a process of its own, as hooks stay once they are there."""
    lines = subprocess.check_output([sys.executable, "-c", PROGRAM], text=True, cwd=ROOT)

    assert lines.split("\n")[:2] == ["N+1: 1", "5 queries, 4 could go"]
    assert "QL101" in lines
    assert "views.py:" in lines
