"""The panel in a real browser, on a site with a strict policy."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.browser import wait
from tests.capture.sending import ROOT


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where the site is served."""
    folder = tmp_path_factory.mktemp("served")
    environment = {
        name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"
    }
    with (
        (folder / "errors.txt").open("wb") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "tests.panel.served", str(folder / "db.sqlite3")],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as server,
    ):
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        server.terminate()


@pytest.fixture(autouse=True)
def _quiet_console(browser):
    """A blocked script, style or request would be told there."""
    yield
    assert browser.get_log("browser") == []


@pytest.fixture
def toolbar(browser, address):
    """Opens a page, and gives what finds elements in its toolbar."""

    def opened(path):
        browser.get(f"{address}{path}")
        [root] = browser.find_elements("css selector", "#djDebugRoot")
        inside = root.shadow_root
        show = inside.find_elements("css selector", "#djShowToolBarButton")
        if show and show[0].is_displayed():
            show[0].click()
        return lambda selector: inside.find_elements("css selector", selector)

    return opened


def open_panel(browser, find):
    wait(browser, lambda: find("#djdt-QueryLensPanel a")[0].is_displayed())
    find("#djdt-QueryLensPanel a")[0].click()
    wait(browser, lambda: find("#QueryLensPanel .querylens"))


def test_a_page_without_n_plus_one(browser, toolbar):
    find = toolbar("/one-page/")
    open_panel(browser, find)

    assert find("#djdt-QueryLensPanel a")[0].text.splitlines() == ["N+1: 0", "1 query"]
    assert find("#QueryLensPanel .good")[0].text == "Nothing to fix."
    assert find("#QueryLensPanel article") == []


def test_the_verdict_and_its_cards(browser, toolbar):
    find = toolbar("/two-page/")
    open_panel(browser, find)

    assert find("#djdt-QueryLensPanel a")[0].text.splitlines() == [
        "N+1: 2",
        "10 queries, 8 could go",
    ]
    cards = find("#QueryLensPanel article")
    assert ["QL101" in card.text for card in cards] == [True, True]
    told = "\n".join(card.text for card in cards)
    assert '.select_related("author")' in told
    assert '.select_related("publisher")' in told


def test_the_panels_style_and_script_are_not_blocked(browser, toolbar):
    find = toolbar("/two-page/")
    open_panel(browser, find)

    button = find("#QueryLensPanel [data-copies]")[0]
    wait(browser, button.is_displayed)
    # Only our own style sheet has it.
    card = find("#QueryLensPanel article")[0]
    assert card.value_of_css_property("border-left-width") == "4px"
