"""Views written as classes on Django's generic ones."""

from __future__ import annotations

from django.views.generic import ListView

from tests.project.library.models import Book, Review


class BookList(ListView):
    template_name = "library/book_list.html"
    context_object_name = "books"
    queryset = Book.objects.order_by("title")  # origin


class SelectedBookList(BookList):
    queryset = Book.objects.select_related("author").order_by("title")


class LongBookList(ListView):
    model = Book
    template_name = "library/book_list.html"
    context_object_name = "books"

    def get_queryset(self):
        return super().get_queryset().filter(pages__gte=100)  # origin


class ReviewList(ListView):
    model = Review
    template_name = "library/review_list.html"
