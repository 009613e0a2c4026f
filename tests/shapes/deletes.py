"""Rows that are removed one at a time."""

from __future__ import annotations

from tests.project.library.models import Author, Book, Chapter, Loan, Stamp, Tag
from tests.project.library.populate import ids
from tests.shapes.declare import shape, show
from tests.shapes.families import delete, lookup


@shape(delete("Loan"))
def delete_row():
    for loan in Loan.objects.all():  # origin, loop
        loan.delete()  # access


@shape(delete("Loan"))
def delete_row_condition():
    loans = Loan.objects.filter(days__gte=7)  # origin
    for loan in list(loans):  # loop
        if loan.days < 100:
            loan.delete()  # access


@shape(delete("Tag", queries=8))
def delete_row_cascading():
    for tag in Tag.objects.all():  # origin, loop
        tag.delete()  # access


@shape(delete("Chapter"))
def delete_filter():
    for book in Book.objects.all():  # origin, loop
        Chapter.objects.filter(book=book).delete()  # access


@shape(delete("Stamp"))
def delete_filter_comprehension():
    show([Stamp.objects.filter(pk=key).delete() for key in ids(Stamp)])  # access, loop


@shape(delete("Loan", relation="library.Author.loan_set"))
def delete_related():
    for author in Author.objects.all():  # origin, loop
        author.loan_set.all().delete()  # access


@shape(lookup("Stamp", "get"), delete("Stamp", mark="2"))
def delete_get_and_delete():
    for key in ids(Stamp):  # loop
        stamp = Stamp.objects.get(pk=key)  # access
        stamp.delete()  # access2
