"""Nothing that a visitor sent is in a recorded file: only hashes, statements and routes are."""

from __future__ import annotations

import base64
import gzip
import re
from contextlib import closing

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

import querylens
from querylens.traces import read_traces

pytestmark = pytest.mark.django_db(transaction=True)

#: Each is sent in another way, so that the one that is found tells which.
SECRETS = {
    way: f"sesame{number}-47110815{number}"
    for number, way in enumerate(
        ["path", "query", "cookie", "form", "json", "upload", "name", "header", "referer"]
    )
}


@pytest.fixture
def recorded_site(site, settings, rows, tmp_path):
    """Makes a client of the site that is recorded to `tmp_path`."""

    def make(**querylens):
        client = site(REPORT=["record"], RECORD_FOLDER=tmp_path, **querylens)
        settings.ROOT_URLCONF = "tests.middleware.recorded_views"
        return client

    return make


def test_each_way_brings_a_value_to_the_database(recorded_site):
    """If it did not, its absence from the files would mean nothing."""
    client = recorded_site()
    for secret, visit in visits(client):
        with querylens.capture() as trace, closing(visit()) as response:
            b"".join(response)

        sent = [str(query.params) for query in trace.queries]
        texts = [query.sql for query in trace.queries]
        assert any(secret in each for each in sent), secret
        assert any(secret in each for each in texts), secret


def visits(client):
    """What is asked of the site: the secret that reaches the database, and the request."""
    say = SECRETS
    client.cookies["word"] = say["cookie"]
    upload = SimpleUploadedFile(say["name"], say["upload"].encode())
    headers = {"Authorization": say["header"], "Referer": f"https://x/?{say['referer']}"}
    return [
        (say["path"], lambda: client.get(f"/lookup/{say['path']}/")),
        (say["path"], lambda: client.get(f"/streamed/{say['path']}/")),
        (say["query"], lambda: client.get("/told/", {"q": say["query"]})),
        (say["cookie"], lambda: client.get("/told/", headers=headers)),
        (say["header"], lambda: client.get("/told/", headers=headers)),
        (say["form"], lambda: client.post("/told/", {"field": say["form"]})),
        (say["upload"], lambda: client.post("/told/", {"file": upload}, headers=headers)),
        (say["json"], lambda: client.post("/body/", {"word": say["json"]}, "application/json")),
    ]


@pytest.mark.parametrize("compress", ["", "gz"])
def test_nothing_that_was_sent_is_recorded(recorded_site, tmp_path, compress):
    client = recorded_site(RECORD_COMPRESS=compress)
    ask_everything(client)

    recorded = text_of(tmp_path)
    assert left_in(recorded) == {}
    problems = []
    traces = list(read_traces(tmp_path, problems))
    assert problems == []
    assert {trace.name for trace in traces} == {
        "GET lookup/<str:word>/",
        "GET streamed/<str:word>/",
        "GET told/",
        "POST told/",
        "POST body/",
        "GET failing/<str:word>/",
        "GET calling/<str:word>/",
        "GET inner/<str:word>/",
        "GET (no route) 404",
    }
    assert "SELECT id FROM library_tag WHERE name = '?'" in recorded
    assert "SELECT id FROM library_tag WHERE id = 0 OR name LIKE '?'" in recorded


def ask_everything(client):
    path = SECRETS["path"]
    for _, visit in visits(client):
        with closing(visit()) as response:
            b"".join(response)
    for address in (f"/failing/{path}/", f"/calling/{path}/", f"/nowhere/{path}/?q={path}"):
        client.get(address)


def text_of(folder):
    files = list(folder.iterdir())
    assert files != []
    contents = [file.read_bytes() for file in files]
    return "".join(
        (gzip.decompress(each) if each.startswith(b"\x1f\x8b") else each).decode("ascii")
        for each in contents
    )


def left_in(recorded):
    """The secrets of which a piece is there, in whichever way it is written."""
    text = re.sub(r'"(?:at|pid)":[0-9]+|"id":"[0-9a-f]+"|"[0-9a-f]{16}"', "", recorded)
    found = {way: pieces(secret) for way, secret in SECRETS.items()}
    return {
        way: [piece for piece in of_it if piece.lower() in text.lower()]
        for way, of_it in found.items()
        if any(piece.lower() in text.lower() for piece in of_it)
    }


def pieces(secret):
    word, digits = secret.split("-")
    plain = secret.encode()
    return [word, digits, plain.hex(), base64.b64encode(plain).decode().rstrip("=")]


def test_values_are_there_when_they_are_asked_for(recorded_site, tmp_path):
    """The search would find them."""
    client = recorded_site(RECORD_PARAMS=True)
    ask_everything(client)

    assert set(left_in(text_of(tmp_path))) == set(SECRETS) - {"referer"}


def test_a_capture_around_the_site_brings_no_path_into_the_files(recorded_site, tmp_path):
    client = recorded_site()
    with querylens.capture():
        ask_everything(client)

    assert left_in(text_of(tmp_path)) == {}


@pytest.mark.parametrize("left_alone", [{"IGNORE_PATHS": ["/inner/"]}, {}])
def test_a_request_inside_a_request_brings_no_path_either(recorded_site, tmp_path, left_alone):
    recorded_site(**left_alone).get(f"/calling/{SECRETS['path']}/")

    calling = next(trace for trace in read_traces(tmp_path) if "calling" in trace.name)
    assert [query.scope.name for query in calling.queries] == [
        "GET calling/<str:word>/",
        "GET inner/<str:word>/",
    ]
    assert left_in(text_of(tmp_path)) == {}
