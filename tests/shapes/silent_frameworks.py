"""Templates, requests, serializers, admin lists and forms that fetch what they need at once."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.test import Client

from tests.project.library import forms, serializers
from tests.project.library.models import Author, Book, Edition, Loan
from tests.project.library.populate import ids
from tests.shapes.declare import show, silent
from tests.shapes.views import librarian


@silent("the relation came with the rows")
def template_block_selected():
    books = Book.objects.select_related("author")
    show(render_to_string("library/book_list.html", {"books": books}))


@silent("one row")
def template_include_of_one_row():
    show(render_to_string("library/card.html", {"book": Book.objects.latest("pk")}))


@silent("the loop met one row")
def template_include_in_loop_over_one_row():
    books = Book.objects.filter(title="Book 0")
    show(render_to_string("library/book_cards.html", {"books": books}))


@silent("the rows were prefetched")
def template_related_set_prefetched():
    books = Book.objects.prefetch_related("chapters")
    show(render_to_string("library/chapters.html", {"books": books}))


@silent("prefetched rows are counted in memory")
def template_count_prefetched():
    authors = Author.objects.prefetch_related("books")
    show(render_to_string("library/counts.html", {"authors": authors}))


@silent("the whole path came with the rows")
def template_chain_selected():
    books = Book.objects.select_related("author__publisher")
    show(render_to_string("library/publishers.html", {"books": books}))


@silent("the relation came with the rows")
def template_jinja_selected():
    books = Book.objects.select_related("author")
    show(render_to_string("library/jinja_books.html", {"books": books}))


@silent("the relation came with the rows")
def view_function_selected():
    show(Client().get("/library/books/selected/"))


@silent("the relation came with the rows")
def view_class_with_queryset_selected():
    show(Client().get("/library/books/class/selected/"))


@silent("one row a request", grows="one request for every row", repeats="other requests")
def lookup_get_object_or_404_in_each_request():
    for key in ids(Book):
        show(Client().get(f"/library/books/{key}/"))


@silent("the same page twice", repeats="other requests")
def view_function_selected_twice():
    show(Client().get("/library/books/selected/"))
    show(Client().get("/library/books/selected/"))


@silent("the relation came with the rows")
def serializer_nested_selected():
    books = Book.objects.select_related("author")
    show(serializers.BookSerializer(books, many=True).data)


@silent("the rows were prefetched")
def serializer_nested_many_prefetched():
    books = Book.objects.prefetch_related("chapters")
    show(serializers.BookWithChaptersSerializer(books, many=True).data)


@silent("one row")
def serializer_method_field_of_one_row():
    show(serializers.BookWithMethodSerializer(Book.objects.latest("pk")).data)


@silent("the key is on the row")
def serializer_slug_field_of_key():
    show(serializers.BookKeySerializer(Book.objects.all(), many=True).data)


@silent("the relation came with the rows")
def serializer_in_view_selected():
    show(Client().get("/library/api/books/eager/"))


@silent("the admin joins the relations that a list shows", repeats="the admin counts twice")
def admin_column_across_relation_selected_by_admin():
    show(librarian().get("/admin/library/loan/"))


@silent("the relation came with the rows", repeats="the admin counts twice")
def admin_method_selected():
    show(librarian().get("/admin/library/chapter/"))


@silent("the relation came with the choices")
def form_choices_selected():
    show(forms.EagerEditionForm().as_p())


@silent("one choice is looked up")
def form_choices_of_bound_form():
    form = forms.EditionForm({"edition": Edition.objects.latest("pk").pk})
    show(form.is_valid(), form.cleaned_data)


@silent("one form")
def formset_save_of_one_form():
    loan = Loan.objects.latest("pk")
    form = forms.LoanForm({"borrower": loan.borrower_id, "days": 3}, instance=loan)
    show(form.is_valid(), form.save())
