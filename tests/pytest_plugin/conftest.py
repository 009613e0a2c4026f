"""A small Django project in a folder of its own, in which a real pytest runs."""

from __future__ import annotations

import os
import textwrap

import pytest

#: Plugins of other tests, which take several times longer to start than a small run does.
UNRELATED = ("anyio", "faker", "hypothesispytest", "randomly")
FILES = {
    "shop/__init__.py": "",
    "shop/settings.py": """
        import os
        import dj_database_url

        SECRET_KEY = "-"
        ROOT_URLCONF = "shop.urls"
        INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "shop"]
        DATABASES = {
            "default": dj_database_url.parse(os.environ.get("SHOP_DATABASE", "sqlite://:memory:")),
            "replica": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
        }
        if DATABASES["default"]["ENGINE"].endswith("postgresql"):
            # Not the test database of whoever runs this project's tests.
            DATABASES["default"]["TEST"] = {"NAME": f"test_shop_{os.getpid()}"}
        DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
        USE_TZ = True
    """,
    "shop/models.py": """
        from django.db import models


        class Author(models.Model):
            name = models.CharField(max_length=50)


        class Book(models.Model):
            title = models.CharField(max_length=50)
            author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    """,
    "shop/views.py": """
        from django.http import HttpResponse

        from shop.models import Book


        def as_found(request):
            names = [book.author.name for book in Book.objects.order_by("pk")]
            return HttpResponse(" ".join(names))


        def fixed(request):
            names = [book.author.name for book in Book.objects.select_related("author")]
            return HttpResponse(" ".join(names))


        def titles(request):
            for author in Book.objects.values_list("author", flat=True):
                Book.objects.filter(author=author).count()
            return HttpResponse("")
    """,
    "shop/urls.py": """
        from django.urls import path

        from shop import views

        urlpatterns = [
            path("as-found/", views.as_found),
            path("fixed/", views.fixed),
            path("titles/", views.titles),
        ]
    """,
    "shop/rows.py": """
        from shop.models import Author, Book


        def populate(number):
            for position in range(number):
                author = Author.objects.create(name=f"author {position}")
                Book.objects.create(title=f"book {position}", author=author)
    """,
    "pytest.ini": f"""
        [pytest]
        DJANGO_SETTINGS_MODULE = shop.settings
        pythonpath = .
        addopts = --no-migrations -p no:cacheprovider {" ".join(f"-p no:{it}" for it in UNRELATED)}
        testpaths = tests
    """,
    "pyproject.toml": "",
}


class Project:
    """The project's folder, and pytest in it."""

    def __init__(self, pytester):
        self.pytester = pytester
        self.path = pytester.path
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
        return path

    def test(self, text, name="tests/test_shop.py"):
        """Writes a test module; what all of them import stands at its head."""
        head = (
            "import pytest\n"
            "from shop.models import Author, Book\n"
            "from shop.rows import populate\n\n"
        )
        self.write(name, head + textwrap.dedent(text).lstrip())

    def run(self, *arguments):
        """Runs pytest in a process of its own."""
        result = self.pytester.runpytest_subprocess(*map(str, arguments))
        assert "Traceback" not in result.stderr.str(), result.stderr.str()
        assert "INTERNALERROR" not in result.stdout.str(), result.stdout.str()
        return result


@pytest.fixture
def project(pytester, monkeypatch):
    # What this run was told must not reach the one inside it.
    for name in list(os.environ):
        if name.startswith(("PYTEST_", "QUERYLENS_", "DJANGO_", "COV_")):
            monkeypatch.delenv(name)
    # pytest does not shorten its lines there.
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    return Project(pytester)
