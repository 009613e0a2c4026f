"""A part that fails costs the panel: never the response, never the rest of the toolbar."""

from __future__ import annotations

import logging

import pytest
from asgiref.sync import async_to_sync

from querylens.django import panel
from querylens.django.request_capture import RequestCapture
from tests.panel.conftest import ORDERS

pytestmark = pytest.mark.django_db(databases=["default", "other"])


class BrokenError(Exception):
    pass


def broken(*args, **kwargs):
    raise BrokenError("<b>secret</b>")


def assert_the_rest_is_there(shown):
    assert shown.response.status_code == 200
    assert b"Book 0" in shown.response.content
    assert len(shown.stats("SQLPanel")["queries"]) == 5


@pytest.mark.parametrize("middleware", ORDERS)
@pytest.mark.parametrize(
    ("where", "name"),
    [
        (panel, "cards"),
        (panel, "fill"),
        (panel, "_is_left_to_middleware"),
        (panel, "_records_of"),
        (panel, "is_left_out"),
        (panel._Watch, "check"),
        (panel._Watch, "end"),
    ],
)
def test_a_part_of_the_panel(site, rows, middleware, where, name, monkeypatch, caplog):
    made = site(middleware)
    monkeypatch.setattr(where, name, broken)

    with caplog.at_level(logging.WARNING, "querylens"):
        first, second = made.get("/library/books/"), made.get("/library/books/")

    for shown in (first, second):
        assert_the_rest_is_there(shown)
        assert shown.stats()["summary"] == "failed"
        assert "verdict" not in shown.stats()
        assert "secret" not in shown.content()
    assert [record.message for record in caplog.records if record.name == "querylens"] == [
        "querylens: the panel of the toolbar failed; its results are missing here"
    ]


def test_the_capture(site, rows, monkeypatch):
    monkeypatch.setattr(RequestCapture, "_enter", broken)

    shown = site().get("/library/books/")

    assert_the_rest_is_there(shown)
    assert shown.stats()["summary"] == "failed"


def test_the_start_of_the_server(monkeypatch, caplog):
    monkeypatch.setattr(panel.framework, "make_queries_visible", broken)

    panel.QueryLensPanel.ready()

    assert "the panel of the toolbar failed" in caplog.text


def test_a_wrong_configuration_is_told_in_the_panel(site, rows, settings):
    made = site()
    settings.QUERYLENS = {"BUDGTES": {}}

    shown = made.get("/library/books/")

    assert_the_rest_is_there(shown)
    assert "BUDGTES" in shown.content()


@pytest.mark.parametrize("middleware", ORDERS)
def test_a_view_that_crashes_is_shown_all_the_same(site, rows, middleware):
    shown = site(middleware).get("/crashing/")

    assert shown.response.status_code == 500
    assert shown.stats()["totals"]["queries"] == 1


@pytest.mark.parametrize("middleware", ORDERS)
def test_an_asynchronous_view_that_crashes(site, rows, middleware):
    shown = async_to_sync(site(middleware).aget)("/crashing-async/")

    assert shown.response.status_code == 500
    assert shown.stats()["totals"]["queries"] == 1
