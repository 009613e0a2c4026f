"""What the pages show."""

from __future__ import annotations

import re

import pytest

from tests.inspector.conftest import HOME

pytestmark = pytest.mark.django_db

TIMES = "\N{MULTIPLICATION SIGN}"
WORDS = re.compile(r"<[^>]*>|\s+")


def text_of(response):
    """What a reader sees, in one line."""
    content = response if isinstance(response, str) else response.content.decode()
    return " ".join(WORDS.sub(" ", content).split())


def test_a_clean_request_has_no_finding(site, page_of):
    client = site()
    client.get("/")

    assert "Nothing to fix." in page_of(client)


def test_nothing_is_kept_for_another_report(site, entries):
    site(REPORT=["headers"]).get("/lazy/")

    assert entries() == []


def test_the_list_without_requests(site):
    assert "No requests yet" in text_of(site().get(HOME))


def test_the_list(site, rows):
    client = site()
    client.get("/")
    client.get("/lazy/")
    client.get("/nowhere/")
    text = text_of(client.get(HOME))

    assert re.search(
        rf"GET lazy/ /lazy/ 200 {rows + 1} {rows} \d+ QL101 {TIMES}{rows} [\d.]+ ms", text
    )
    assert re.search(r"GET / / 200 1 0 0 none", text)
    assert text.index("GET (no route)") < text.index("GET lazy/") < text.index("GET / / ")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, ["lazy/", "/"]),
        ({"route": "lazy/"}, ["lazy/"]),
        ({"finding": "QL101"}, ["lazy/"]),
        ({"route": "/", "finding": "QL101"}, []),
        ({"route": "nowhere/"}, []),
        ({"finding": "QL999"}, []),
    ],
)
def test_filters(site, query, shown, rows):
    client = site()
    client.get("/")
    client.get("/lazy/")

    for path in (HOME, f"{HOME}rows/"):
        body = client.get(path, query).content.decode().partition("<tbody")[2]
        assert re.findall(r">GET (\S+)</a>", body) == shown
        assert ("No request matches." in body) is not bool(shown)


def test_rows_that_are_known_are_not_sent_again(site):
    client = site()
    client.get("/")
    [version] = re.findall(r'data-version="(\w+)"', client.get(HOME).content.decode())

    assert client.get(f"{HOME}rows/", {"known": version}).status_code == 204
    client.get("/")
    news = client.get(f"{HOME}rows/", {"known": version})
    assert news.content.decode().count(">GET /</a>") == 2


def test_the_page_of_a_request(site, page_of, rows):
    client = site()
    client.get("/lazy/")
    page = page_of(client)
    text = text_of(page)

    assert f"{rows} queries → 0" in text
    assert "Book.author is fetched for each of" in text
    assert re.search(r'id="fix-1-1">\.select_related\(&quot;author&quot;\)</code>', page)
    assert re.search(r'<span class="line meant"><span class="line-number">\d+</span><mark>', page)
    assert "def lazy(request):" in text
    assert f"{TIMES}{rows}" in text
    assert f"{rows} similar queries." in text
    assert '<span class="keyword">SELECT</span>' in page
    assert page.count("<rect ") == 1 + 2 * rows


def test_values_of_its_own_requests_and_hashes_of_others(site, page_of, make_recent, rows):
    client = site()
    client.get("/secret/for-nobody/")
    own = page_of(client)
    make_recent()
    others = page_of(client)

    assert "&#x27;a secret&#x27;" in own
    assert "/secret/for-nobody/" in own
    assert "a secret" not in others
    assert "for-nobody" not in others
    assert "Another process served this request" in others
    hashes = re.findall(r"<td><code>#([0-9a-f]{16})</code>", others)
    assert len(set(re.findall(r"<td><code>(&#x27;a secret.*?)</code>", own))) == len(set(hashes))


def test_another_process_comes_to_the_same_findings(site, page_of, make_recent, rows):
    client = site(BUDGETS={"two/": 3})
    client.get("/two/")
    own = re.findall(r'<h3 id="(.*?)">.*?/rules/([\w-]+)/', page_of(client))
    make_recent()

    assert re.findall(r'<h3 id="(.*?)">.*?/rules/([\w-]+)/', page_of(client)) == own
    assert {name for _, name in own} == {"too-many-queries", "lazy-forward-relation"}


def test_a_request_that_is_gone(site):
    response = site().get(f"{HOME}requests/{'0' * 20}-{'0' * 16}/")

    assert response.status_code == 404
    assert "not kept any more" in text_of(response)


def test_comparing(site, entries, rows):
    client = site()
    client.get("/lazy/")
    client.get("/")
    after, before = entries()
    text = text_of(client.get(f"{HOME}compare/", {"before": before.id, "after": after.id}))

    assert f"queries {rows + 1} 1 {rows}" in text
    gone, stayed = text.index("Went away", 1), text.index("Stayed")
    assert "QL101 lazy-forward-relation" in text[gone:stayed]
    assert "QL101" not in text[stayed:]
    assert "COUNT" in text[text.index(" New ") :]


def test_comparing_with_itself(site, entries, rows):
    client = site()
    client.get("/lazy/")
    [entry] = entries()
    text = text_of(client.get(f"{HOME}compare/", {"before": entry.id, "after": entry.id}))

    assert "Went away No finding. Stayed QL101" in text
    assert text.endswith("New No finding.")


@pytest.mark.parametrize("query", [{}, {"before": "x"}, {"before": "../../x", "after": "\0"}])
def test_comparing_with_nothing(site, query):
    response = site().get(f"{HOME}compare/", query)

    assert response.status_code == 404
    assert "Choose two requests" in text_of(response)


def test_a_request_that_is_too_large_says_so(site, page_of, monkeypatch):
    from querylens.django.inspector import recent

    monkeypatch.setattr(recent, "_LARGEST_LINE", 1_000)
    client = site()
    client.get("/large/")
    text = text_of(page_of(client))

    assert "its queries were too large to keep" in text
    assert "40 queries" in text


def test_a_crash_is_kept(site, page_of):
    client = site()
    client.get("/crashing/")

    assert "500" in text_of(page_of(client))


def test_no_page_has_inline_code(site, page_of, entries, rows):
    client = site()
    client.get("/two/")
    [entry] = entries()
    comparison = client.get(f"{HOME}compare/", {"before": entry.id, "after": entry.id})
    for page in (client.get(HOME).content.decode(), page_of(client), comparison.content.decode()):
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?! src=)", page)
        assert not re.search(r'(src|href)="(?!/__querylens__/|#|https://querylens)', page)
