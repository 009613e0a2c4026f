"""Repeated queries: the first answer is kept."""

from __future__ import annotations

from django.db import connection

from tests.fixes.by_hand.declare import after
from tests.project.library.forms import LoanFormSet
from tests.project.library.models import Author, Book, Publisher, Tag
from tests.project.library.populate import ids
from tests.project.library.services import find_author
from tests.shapes.declare import show


@after("duplicate_evaluation", "QL301", "all", "reuse_result")
def kept_rows():
    publishers = list(Publisher.objects.all())
    names = [publisher.name for publisher in publishers]
    show(names, {publisher.pk for publisher in publishers})


@after("duplicate_in_loop", "QL301", "count", "reuse_result")
def counted_before_the_loop():
    number = Author.objects.count()
    for book in Book.objects.all():
        show(book.pages / number)


@after("duplicate_raw", "QL301", "execute", "reuse_result")
def kept_answer():
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAX(pages) FROM library_book")
        show(cursor.fetchone())


@after("duplicate_exists", "QL301", "exists", "reuse_result")
def asked_once():
    there_are_some = Book.objects.filter(pages__gte=100).exists()
    if there_are_some:
        show("some")
    show(not there_are_some)


@after("duplicate_get", "QL301", "get", "reuse_result")
def kept_row():
    tag = Tag.objects.get(name="Tag 1")
    show(tag)
    show(tag.pk)


@after("duplicate_helper", "QL301", "get", "reuse_result")
def kept_result_of_a_helper():
    author = find_author(ids(Author)[0])
    show(author.name)
    show(author.biography)


@after("formset_choices", "QL301", "iterator", "reuse_result")
def choices_of_all_forms():
    formset = LoanFormSet()
    blank = formset.forms[0].fields["borrower"].empty_label
    authors = [("", blank), *((author.pk, str(author)) for author in Author.objects.all())]
    for form in formset:
        form.fields["borrower"].choices = authors
    show(formset.as_p())


@after("duplicate_list_in_loop", "QL301", "order_by", "reuse_result")
def listed_before_the_loop():
    tags = [tag.name for tag in Tag.objects.order_by("name")]
    for book in Book.objects.all():
        show(book.title, tags)
