"""The pages on tests: their examples run and print what the pages show; all is named that there is.

On a page of examples a block with `title="…"` is a file: one to write, or, as ```text, one that
pytest wrote. A ```text block that begins with `$ pytest` is run, and prints the lines below it;
"…" alone on a line stands for any number of lines, times and the length of rules do not count.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from querylens import testing
from querylens.pytest_plugin.fixtures import QueryLens
from querylens.testing import QueryLensMixin
from tests.pytest_plugin.conftest import UNRELATED
from tests.test_readme import FENCE, prose

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs/reference/pytest.md"
EXAMPLES = [
    "tutorial/first-budget.md",
    "how-to/adopt-on-old-code.md",
    "how-to/factories.md",
    "how-to/prove-growth.md",
    "how-to/test-drf.md",
    "how-to/xdist.md",
]
TITLE = re.compile(r'title="([^"]+)"')
FILES = {
    "pyproject.toml": """
        [tool.pytest.ini_options]
        DJANGO_SETTINGS_MODULE = "shop.settings"
    """,
    "shop/urls.py": """
        from django.urls import path

        from shop import authors, views

        urlpatterns = [
            path("authors/", authors.authors),
            path("books/", views.books),
        ]
    """,
    "shop/views.py": """
        from django.http import JsonResponse

        from shop.models import Book


        def books(request):
            books = Book.objects.order_by("title")
            authors = {}
            for book in books:
                authors[book.title] = book.author.name
            return JsonResponse(authors)
    """,
    "shop/authors.py": """
        from django.http import JsonResponse

        from shop.models import Author


        def authors(request):
            authors = Author.objects.order_by("name")
            numbers = {}
            for author in authors:
                numbers[author.name] = author.books.count()
            return JsonResponse(numbers)
    """,
}


@pytest.fixture
def shop(project, monkeypatch):
    """The project that the pages speak of: books of authors, and a page of either."""
    (project.path / "pytest.ini").unlink()
    for name, text in FILES.items():
        project.write(name, text)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(project.path), str(ROOT)]))
    quiet = ("asyncio", "cacheprovider", "rerunfailures", *UNRELATED)
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(f"-p no:{name}" for name in quiet))
    return project


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_print_what_the_page_shows(name, shop):
    ran = 0
    for match in FENCE.finditer((ROOT / "docs" / name).read_text(encoding="utf-8")):
        text, title = match["text"], TITLE.search(match["info"])
        if text.startswith("$ pytest"):
            command, _, shown = text.partition("\n")
            ran += 1
            assert_shows(shown, output_of(command, shop))
        elif title and match["info"].startswith("text"):
            assert (shop.path / title[1]).read_text(encoding="utf-8") == text
        elif title and title[1].startswith("demo_app/"):
            assert (ROOT / title[1]).read_text(encoding="utf-8") == text
        elif title:
            shop.write(title[1], text)

    assert ran


def output_of(command, shop):
    if "-n " in command:
        pytest.importorskip("xdist")
    for library in ("factory", "model_bakery"):
        if any(library in path.read_text() for path in shop.path.rglob("tests/*.py")):
            pytest.importorskip(library)
    return shop.run(*shlex.split(command)[2:]).stdout.str()


def assert_shows(shown, output):
    lines = [r"(?:.*\n)*?" if line == "…" else re.escape(line) + r"\n" for line in plain(shown)]
    assert re.fullmatch("".join(lines), "\n".join(plain(output)) + "\n"), output


def plain(text):
    """The lines without what differs from run to run."""
    for line in text.rstrip("\n").splitlines():
        timeless = re.sub(r"\b\d+\.\d\ds\b", "0.00s", line)
        timeless = re.sub(r" *[\d,]+\.\d ms\b", " 0.0 ms", timeless)
        yield re.sub(r"([=_-])\1{2,}", r"\1\1\1", timeless).rstrip()


@pytest.fixture
def said_by_pytest(project):
    """What `pytest --help` and `pytest --markers` say of the plugin."""
    return project.run("--help").stdout.str(), project.run("--markers").stdout.str()


def test_the_reference_names_every_option_and_marker(said_by_pytest):
    text = REFERENCE.read_text(encoding="utf-8")
    options, markers = said_by_pytest
    declared = set(re.findall(r"@pytest\.mark\.(\w+)", markers))
    ours = {name for name in declared if "quer" in name or name == "no_n_plus_one"}
    assert len(ours) == 4

    assert set(re.findall(r"--querylens[a-z-]*", text)) == set(
        re.findall(r"--querylens[a-z-]*", options)
    )
    assert set(re.findall(r"\bquerylens_[a-z_]+", text)) - ours == set(
        re.findall(r"^  (querylens_[a-z_]+)", options, re.MULTILINE)
    )
    assert re.findall(r"^  querylens \(bool\)", options, re.MULTILINE)
    assert set(re.findall(r"@pytest\.mark\.(\w+)", text)) - {"django_db", "usefixtures"} == ours


def test_the_reference_names_every_method_and_assertion():
    text = REFERENCE.read_text(encoding="utf-8")
    named = set(re.findall(r"`querylens\.(\w+)", text)) - {"testing"}

    assert named == {name for name in vars(QueryLens) if not name.startswith("_")}
    assert set(re.findall(r"\ba?assert[A-Z]\w+", text)) == {
        name for name in vars(QueryLensMixin) if "assert" in name
    } | {"assertNumQueries"}
    functions = {name for name in testing.__all__ if "assert_" in name}
    failures = {name for name in testing.__all__ if name[0].isupper()}
    assert {name for name in functions | failures if f"`{name}" not in text} == set()


def test_links_to_the_pages_stand_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    linked = re.findall(r"\]\(docs/([^)#]+)", readme)
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert pages - set(linked) == set()


COUNTED = """
    import threading

    pytestmark = pytest.mark.django_db(transaction=True)


    @pytest.fixture(autouse=True)
    def rows(transactional_db):
        populate(3)

    @pytest.mark.max_queries(0)
    def test_body():
        list(Book.objects.all())

    @pytest.mark.max_queries(0)
    def test_request(client):
        client.get("/books/")

    @pytest.mark.max_queries(0)
    def test_nothing_of_fixtures():
        pass

    @pytest.mark.max_queries(0)
    def test_nothing_of_the_live_server(live_server):
        from urllib.request import urlopen
        assert urlopen(f"{live_server.url}/books/").status == 200

    @pytest.mark.max_queries(0)
    def test_nothing_of_threads():
        from django.db import connection

        def count():
            Book.objects.count()
            connection.close()

        thread = threading.Thread(target=count)
        thread.start()
        thread.join()

    @pytest.mark.max_queries(0)
    def test_copied_context():
        import contextvars

        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(lambda: Book.objects.count(),))
        thread.start()
        thread.join()
"""


SET_UP = """
    from django.test import TestCase


    @pytest.fixture
    def book(db):
        populate(1)

    @pytest.mark.max_queries(2, include_setup=True)
    def test_fixture(book):
        Book.objects.count()

    class TestRows(TestCase):
        def setUp(self):
            populate(1)

        @pytest.mark.max_queries(2, include_setup=True)
        def test_method(self):
            Book.objects.count()

        @pytest.mark.max_queries(1)
        def test_without(self):
            Book.objects.count()
"""


def test_what_include_setup_counts(shop):
    shop.test(SET_UP)

    result = shop.run()

    result.assert_outcomes(failed=2, passed=1)
    assert result.stdout.str().count("2 queries allowed, 3 sent: 1 too many") >= 2


def test_what_the_reference_says_is_counted(shop):
    shop.test(COUNTED)
    with (shop.path / "shop/settings.py").open("a") as settings:
        settings.write('STATIC_URL = "/static/"\n')

    result = shop.run("-rf", "-W", "ignore")

    failed = re.findall(r"^FAILED \S+::test_(\w+)", result.stdout.str(), re.MULTILINE)
    assert failed == ["body", "request", "copied_context"]


def test_fences_of_examples_are_all_used():
    for name in EXAMPLES:
        assert "$ pytest" not in prose(ROOT / "docs" / name)
