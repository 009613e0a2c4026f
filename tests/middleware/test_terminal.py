"""One quiet line for a clean request, and each finding in full once."""

from __future__ import annotations

import io
import logging
import re
import sys
from contextlib import redirect_stderr

import pytest
from django.test import Client

from tests.capture.sending import in_threads
from tests.middleware.views import CrashError
from tests.project.library.models import Book

pytestmark = pytest.mark.django_db

FULL = "QL101 lazy-forward-relation"


class Terminal(io.StringIO):
    """Keeps each call of `write` by itself."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def write(self, text):
        self.calls.append(text)
        return super().write(text)

    def isatty(self):
        return True


@pytest.fixture
def terminal():
    """To be entered in the test itself: pytest puts its own in place when it begins."""
    return Terminal()


def test_a_clean_request_is_one_quiet_line(site, capsys):
    site(REPORT=["terminal"]).get("/numbers/1/")

    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"GET numbers/<int:pk>/ 200 · 1 query · \d+ ms\n", err)


def test_a_clean_streamed_request_is_one_line_too(site, capsys):
    response = site(REPORT=["terminal"]).get("/streamed/")
    assert capsys.readouterr().err == ""
    list(response.streaming_content)

    assert re.fullmatch(r"GET streamed/ 200 · 2 queries · \d+ ms\n", capsys.readouterr().err)


def test_nothing_is_written_when_the_terminal_was_not_chosen(site, rows, capsys):
    site(REPORT=["headers"]).get("/lazy/")

    assert capsys.readouterr() == ("", "")


def test_findings_stand_below_the_line(site, rows, capsys):
    site(REPORT=["terminal"]).get("/lazy/")

    first, *below = capsys.readouterr().err.splitlines()
    assert re.fullmatch(rf"GET lazy/ 200 · {rows + 1} queries · \d+ ms", first)
    assert below[0].startswith(f"{FULL}  {rows} queries → 0")
    assert any('.select_related("author")' in line for line in below)
    assert not any("still:" in line for line in below)


def test_a_finding_is_told_in_full_once_for_each_route(site, rows, capsys):
    client = site(REPORT=["terminal"])
    client.get("/lazy/")
    assert FULL in capsys.readouterr().err

    client.get("/lazy/")
    first, *below = capsys.readouterr().err.splitlines()
    assert first.startswith("GET lazy/ 200")
    assert below == [f"still: QL101 Book.author \N{MULTIPLICATION SIGN}{rows}"]

    client.get("/also-lazy/")
    assert FULL in capsys.readouterr().err


def test_a_new_finding_beside_a_known_one_is_told_in_full(site, rows, capsys):
    client = site(REPORT=["terminal"])
    client.get("/two/")
    first = capsys.readouterr().err
    assert first.count(FULL) == 2

    Book.objects.all().delete()
    client = site(REPORT=["terminal"])
    client.get("/two/")
    assert capsys.readouterr().err.count(FULL) == 1


def test_colours_and_values_are_for_terminals(site, rows, terminal, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    with redirect_stderr(terminal):
        site(REPORT=["terminal"]).get("/lazy/")

    assert "\x1b[" in terminal.getvalue()
    assert "with 1, 2, 3" in re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())


def test_no_colours_for_those_who_want_none(site, rows, terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    with redirect_stderr(terminal):
        site(REPORT=["terminal"]).get("/lazy/")

    assert FULL in terminal.getvalue()
    assert "\x1b[" not in terminal.getvalue()


def test_files_get_no_colours_and_no_values(site, rows, capsys):
    site(REPORT=["terminal"]).get("/lazy/")

    printed = capsys.readouterr().err
    assert FULL in printed
    assert "\x1b[" not in printed
    assert "\n  with " not in printed


def test_a_request_is_one_call(site, rows, terminal):
    client = site(REPORT=["terminal"])
    with redirect_stderr(terminal):
        for path in ("/lazy/", "/lazy/", "/two/", "/"):
            client.get(path)

    assert [text.partition(" 200")[0] for text in terminal.calls] == [
        "GET lazy/",
        "GET lazy/",
        "GET two/",
        "GET /",
    ]
    assert all(text.endswith("\n") for text in terminal.calls)


def test_without_a_standard_error_requests_go_on(site, rows, monkeypatch, caplog):
    monkeypatch.setattr(sys, "stderr", None)

    assert site(REPORT=["terminal"]).get("/lazy/").status_code == 200
    assert caplog.records == []


def test_the_log_has_no_colours_and_no_values(site, rows, caplog, capsys):
    client = site(REPORT=["logging"])
    with caplog.at_level(logging.INFO, "querylens.requests"):
        client.get("/")
        client.get("/lazy/")
        client.get("/lazy/")

    assert capsys.readouterr().err == ""
    levels = [(line.name, line.levelname) for line in caplog.records]
    assert levels == [("querylens.requests", level) for level in ("INFO", "WARNING", "WARNING")]
    quiet, full, still = (line.getMessage() for line in caplog.records)
    assert re.fullmatch(r"GET / 200 · 1 query · \d+ ms", quiet)
    assert FULL in full
    assert "\n  with " not in full
    assert still.endswith(f"\nstill: QL101 Book.author \N{MULTIPLICATION SIGN}{rows}")


def test_terminal_and_log_tell_the_same(site, rows, caplog, capsys):
    with caplog.at_level(logging.INFO, "querylens.requests"):
        site(REPORT=["terminal", "logging"]).get("/lazy/")

    assert FULL in capsys.readouterr().err
    assert FULL in caplog.records[0].getMessage()


def test_a_crashing_view_is_reported_and_crashes_as_before(site, exchanges, capsys):
    client = site(REPORT=["terminal"], crashes=True)
    with pytest.raises(CrashError, match="the view's own"):
        client.get("/crashing/")

    assert capsys.readouterr().err.startswith("GET crashing/ 500 · 1 query · ")
    assert [(len(item.trace), item.status) for item in exchanges] == [(1, 500)]


@pytest.mark.django_db(transaction=True)
def test_a_crashing_coroutine_is_reported(site, exchanges):
    client = site(crashes=True)
    with pytest.raises(CrashError, match="the view's own"):
        client.get("/crashing-async/")

    assert [(len(item.trace), item.status) for item in exchanges] == [(1, 500)]


def test_an_exception_that_goes_on_to_the_server_is_its_own(site, exchanges, settings, capsys):
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    client = site(REPORT=["terminal", "headers"])
    with pytest.raises(CrashError, match="the view's own") as caught:
        client.get("/crashing/")

    assert caught.value.__context__ is None
    assert [(len(item.trace), item.status) for item in exchanges] == [(1, None)]
    assert capsys.readouterr().err.startswith("GET crashing/ no response · 1 query · ")


def test_the_page_that_django_shows_for_a_crash_is_reported(site, settings, exchanges):
    settings.DEBUG = True
    response = site().get("/crashing/")

    assert (response.status_code, b"CrashError" in response.content) == (500, True)
    assert [len(item.trace) for item in exchanges] == [1]


def test_a_missing_row_is_reported_under_its_route(site, capsys):
    site(REPORT=["terminal"]).get("/missing/")

    assert capsys.readouterr().err.startswith("GET missing/ 404 · 1 query · ")


def test_texts_of_several_threads_stay_apart(site, rows, terminal, caplog):
    site(REPORT=["terminal"])

    def visits():
        client = Client()
        for _ in range(20):
            client.get("/<nowhere>/")
            client.get("/nothing/")

    caplog.set_level(logging.ERROR, "django.request")
    with redirect_stderr(terminal):
        in_threads(*[visits] * 6)

    lines = terminal.getvalue().splitlines()
    assert len(lines) == 6 * 20 * 2
    assert all(re.fullmatch(r"GET \(no route\) 404 · 0 queries · \d+ ms", line) for line in lines)
