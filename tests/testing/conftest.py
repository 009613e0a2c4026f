"""Code of a project, outside of its tests: a loop in a test's own file is never reported."""

from __future__ import annotations

import textwrap

import pytest
from django.db import connections

from tests.rules.snippets import load

HEAD = """\
from __future__ import annotations

from tests.project.library.models import Author, Book, Publisher, Tag


"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Writes a module of the project and imports it; `folder` is below the project's own."""
    (tmp_path / "manage.py").touch()
    monkeypatch.chdir(tmp_path)

    def write(code, folder="shop"):
        path = tmp_path / folder
        path.mkdir(exist_ok=True)
        return load(path, HEAD + textwrap.dedent(code).lstrip())

    return write


@pytest.fixture
def shop(project):
    """Readers of authors: one asks for each author's publisher, the other for all at once."""
    return project(SHOP)


@pytest.fixture
def postgresql(requires_server):
    """The connection; without a server the test is skipped, with CI=true it fails."""
    requires_server("postgresql")
    return connections["postgresql"]


SHOP = """
    def lazy(using="default"):
        names = []
        for author in Author.objects.using(using):
            names.append(author.publisher.name)
        return names


    def eager(using="default"):
        authors = Author.objects.using(using).select_related("publisher")
        return [author.publisher.name for author in authors]


    def lazy_in_two_places():
        names = lazy()
        return names + [author.books.count() for author in Author.objects.all()]


    async def lazy_async():
        names = []
        async for author in Author.objects.all():
            names.append((await Publisher.objects.aget(pk=author.publisher_id)).name)
        return names


    async def eager_async():
        return [a.publisher.name async for a in Author.objects.select_related("publisher")]
"""
