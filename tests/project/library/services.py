"""What the views and scripts of the project share."""

from __future__ import annotations

from tests.project.library.models import Author, Book, Profile, Review


def author_label(book):
    return f"{book.title} by {book.author.name}"  # access


def find_author(key):
    return Author.objects.get(pk=key)  # access


def recent_books():
    return Book.objects.order_by("-pk")  # origin


def profile_of(author):
    return Profile.objects.get(author=author)  # access


def published_reviews():
    return Review.objects.published()  # origin


class BookReport:
    """Keeps its rows until they are asked for."""

    def __init__(self):
        self.books = Book.objects.filter(pages__gte=100)  # origin

    def lines(self):
        for book in self.books:  # loop
            yield f"{book.title}, {book.editor.name}"  # access
