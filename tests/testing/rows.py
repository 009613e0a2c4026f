"""Rows for `populate`: authors, each with a publisher of its own."""

from __future__ import annotations

from tests.project.library.models import Author, Publisher


def authors(count, using="default"):
    """Makes so many authors."""
    for number in range(count):
        publisher = Publisher.objects.using(using).create(name=f"Publisher {number}")
        Author.objects.using(using).create(name=f"Author {number}", publisher=publisher)


async def authors_async(count):
    """Makes so many authors, awaited."""
    for number in range(count):
        publisher = await Publisher.objects.acreate(name=f"Publisher {number}")
        await Author.objects.acreate(name=f"Author {number}", publisher=publisher)
