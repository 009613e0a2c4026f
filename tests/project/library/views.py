"""Views written as functions."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render

from tests.project.library.models import Author, Book, Tag
from tests.project.library.services import author_label, profile_of
from tests.project.middleware import passing_on


@passing_on
def book_list(request):
    books = Book.objects.order_by("title")  # origin
    return render(request, "library/book_list.html", {"books": books})  # python


def selected_book_list(request):
    books = Book.objects.select_related("author").order_by("title")
    return render(request, "library/book_list.html", {"books": books})


def book_detail(request, pk):
    book = get_object_or_404(Book, pk=pk)
    return render(request, "library/book_detail.html", {"book": book})


@passing_on
def books_as_json(request):
    books = Book.objects.filter(pages__gte=100)  # origin
    return JsonResponse({"books": [author_label(book) for book in books]})  # loop


def books_as_stream(request):
    return StreamingHttpResponse(csv_lines(Book.objects.all()))  # origin


def csv_lines(books):
    for book in books:  # loop
        yield f"{book.pk};{book.author.name}\n"  # access


async def books_in_coroutine(request):
    names = []
    async for book in Book.objects.all():  # origin, loop
        author = await Author.objects.aget(pk=book.author_id)  # access
        names.append(author.name)
    return JsonResponse({"names": names})


def book_page(request):
    page = Paginator(Book.objects.order_by("pk"), 20).page(1)  # origin
    return render(request, "library/book_page.html", {"page": page})  # python


def author_detail(request, pk):
    author = get_object_or_404(Author, pk=pk)
    profile = profile_of(author)
    return render(request, "library/author_detail.html", {"author": author, "profile": profile})


def menu_page(request):
    names = [tag.name for tag in Tag.objects.order_by("name")]  # access
    return render(request, "library/menu.html", {"names": names})
