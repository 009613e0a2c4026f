"""The page in a real browser, beside the demo on a real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.browser import find, wait
from tests.capture.sending import ROOT
from tests.ports import free_port

SLUG = "project-hail-mary"
#: What shows the driver a page with the colours and at the width of somebody's own.
LOOKS = [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where the demo is served."""
    folder = tmp_path_factory.mktemp("served")
    port = free_port()
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DJANGO_SETTINGS_MODULE", "DEMO_DATABASE_URL")
    }
    command = [sys.executable, "-u", "-m", "demo_app", "serve", "--port", str(port)]
    with (
        (folder / "errors.txt").open("wb") as errors,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment | {"TMPDIR": str(folder)},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as server,
    ):
        for line in server.stdout:
            if "Quit the server" in line:
                break
        yield f"http://127.0.0.1:{port}"
        server.terminate()


@pytest.fixture(scope="module")
def visit(browser, address):
    """Opens an address as somebody who has logged in; the offers are in the cache."""

    def opened(path):
        browser.get(f"{address}{path}")

    opened("/login/")
    for name, text in (("username", "grace"), ("password", "hail-mary")):
        browser.find_element("name", name).send_keys(text)
    browser.find_element("css selector", "main button").click()
    for path in ("as-found", "as-found", "fixed"):
        opened(f"/{path}/{SLUG}/")
    return opened


@pytest.fixture(autouse=True)
def _quiet_console(browser):
    """A blocked script, style or request would be told there."""
    yield
    assert browser.get_log("browser") == []


def follow(browser, element):
    """Clicks on what leads to another page, and waits for it."""
    address = browser.current_url
    element.click()
    wait(browser, lambda: browser.current_url != address and find(browser, "main h1"))


def row_of(browser, route):
    return next(row for row in find(browser, "tr[data-id]") if f"GET {route}/<" in row.text)


def open_finding(browser, visit):
    visit("/__querylens__/")
    follow(browser, row_of(browser, "as-found").find_element("css selector", "a"))


def copied(browser, address):
    permissions = {"origin": address, "permissions": ["clipboardReadWrite"]}
    browser.execute_cdp_cmd("Browser.grantPermissions", permissions)
    return browser.execute_async_script("navigator.clipboard.readText().then(arguments[0])")


@contextmanager
def overridden(browser, command, during, after):
    browser.execute_cdp_cmd(command, during)
    try:
        yield
    finally:
        browser.execute_cdp_cmd(command, after)


def without_script(browser):
    name = "Emulation.setScriptExecutionDisabled"
    return overridden(browser, name, {"value": True}, {"value": False})


def test_from_the_page_to_its_fix(browser, visit, address):
    visit("/__querylens__/")
    before = len(find(browser, "tr[data-id]"))
    listed = browser.current_window_handle
    find(browser, "input[name=after]")[0].click()
    browser.switch_to.new_window("tab")
    visit(f"/as-found/{SLUG}/")
    browser.close()
    browser.switch_to.window(listed)

    wait(browser, lambda: len(find(browser, "tr[data-id]")) == before + 1)
    row = find(browser, "tr[data-id]")[0]
    assert re.search(r"GET as-found/<slug:slug>/.* 200 16 10 10 QL101 \S8 QL302 \S2", joined(row))
    assert find(browser, "#announcer")[0].text == "1 new request"
    assert find(browser, "input[name=after]")[1].is_selected()

    follow(browser, row.find_element("css selector", ".route a"))
    card = find(browser, "article")[0]
    assert "media.StreamingOffer.service is fetched for each of 8 rows" in card.text
    card.find_element("css selector", "[data-copies]").click()
    wait(browser, lambda: find(browser, "#announcer")[0].text == "Copied")
    assert copied(browser, address) == '.select_related("service")'

    browser.back()
    row_of(browser, "as-found").find_element("css selector", "[name=before]").click()
    row_of(browser, "fixed").find_element("css selector", "[name=after]").click()
    follow(browser, find(browser, ".actions button")[0])
    assert find(browser, "h1")[0].text == "16 → 7 queries"
    assert joined(find(browser, ".scores tbody tr")[0]) == "queries 16 7 9"


def joined(element):
    return " ".join(element.text.split())


def test_copying_where_there_is_no_clipboard(browser, visit, address):
    open_finding(browser, visit)
    browser.execute_script("document.addEventListener('copy', () => { window.isCopied = true; })")
    permission = {"permission": {"name": "clipboard-write"}, "origin": address}
    with overridden(
        browser,
        "Browser.setPermission",
        permission | {"setting": "denied"},
        permission | {"setting": "granted"},
    ):
        find(browser, "article [data-copies]")[1].click()
        wait(browser, lambda: find(browser, "#announcer")[0].text == "Copied")

    assert browser.execute_script("return window.isCopied")
    assert copied(browser, address) == "request.user.profile"


def test_a_group_of_queries_opens_with_the_keyboard(browser, visit):
    open_finding(browser, visit)
    summary = find(browser, ".timeline summary")[0]
    assert summary.text.startswith("\N{MULTIPLICATION SIGN}8")
    bars = [bar for bar in find(browser, ".timeline details ol rect") if bar.is_displayed()]
    assert bars == []
    summary.send_keys("\ue007")

    wait(browser, lambda: find(browser, ".timeline details ol")[0].is_displayed())
    assert len(find(browser, ".timeline details ol > li")) == 8
    browser.execute_script("document.activeElement.blur()")


def test_a_request_named_script_stays_text(browser, visit):
    name = "<script>alert(1)</script>"
    browser.execute_script("fetch(arguments[0])", f"/{quote(name)}/")
    visit("/__querylens__/")
    wait(browser, lambda: f"/{name}/" in find(browser, "tr[data-id]")[0].text)
    follow(browser, find(browser, ".route a")[0])

    assert find(browser, ".path code")[0].text == f"/{name}/"
    assert len(find(browser, "script")) == 1
    # The browser itself tells that there is no such page.
    browser.get_log("browser")


def test_without_script(browser, visit):
    with without_script(browser):
        visit("/__querylens__/?finding=QL101")
        assert len(find(browser, "tr[data-id]")) >= 2
        assert find(browser, ".live:not([hidden])") == []
        row_of(browser, "as-found").find_element("css selector", "[name=before]").click()
        row_of(browser, "as-found").find_element("css selector", "[name=after]").click()
        follow(browser, find(browser, ".actions button")[0])
        assert "queries" in find(browser, "h1")[0].text
        follow(browser, find(browser, ".pair a")[0])
        assert find(browser, "[data-copies]:not([hidden])") == []
        assert find(browser, "article")


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
@pytest.mark.parametrize("page", ["list", "request", "compare"])
def test_the_look(browser, visit, scheme, width, page):
    look = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    size = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    with overridden(browser, "Emulation.setEmulatedMedia", look, {"features": []}):
        visit("/__querylens__/")
        if page == "request":
            open_finding(browser, visit)
        elif page == "compare":
            before, after = (row_of(browser, name) for name in ("as-found", "fixed"))
            ids = [row.get_attribute("data-id") for row in (before, after)]
            visit("/__querylens__/compare/?before={}&after={}".format(*ids))
        browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        script = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")

        assert browser.execute_script(script) == []
        assert not browser.execute_script(
            "const page = document.documentElement; return page.scrollWidth > page.clientWidth"
        )
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("path", ["", "requests/0/", "compare/"])
def test_landmarks_headings_and_labels(browser, visit, path):
    visit(f"/__querylens__/{path}")
    # What is gone is told with 404, which the browser repeats.
    browser.get_log("browser")

    assert [len(find(browser, name)) for name in ("header nav", "main", "h1")] == [1, 1, 1]
    assert browser.find_element("tag name", "html").get_attribute("lang") == "en"
    for control in find(browser, "button, select, input:not([type=hidden]), a"):
        assert control.accessible_name
    for table in find(browser, "table"):
        assert table.find_element("tag name", "caption").get_attribute("textContent").strip()
    browser.find_element("tag name", "body").send_keys("\ue004")
    assert browser.switch_to.active_element.text == "To the content"
