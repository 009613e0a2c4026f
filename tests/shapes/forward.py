"""One row behind an attribute: foreign keys, one-to-one relations and the way back along them."""

from __future__ import annotations

from tests.project.library.models import (
    Author,
    Book,
    CodedRef,
    Contribution,
    Edition,
    Loan,
    Note,
    Place,
    Profile,
    Restaurant,
    Ticket,
)
from tests.shapes.declare import shape, show
from tests.shapes.families import to_one


@shape(to_one("Book.author"))
def forward_foreign_key():
    for book in Book.objects.all():  # origin, loop
        show(book.author.name)  # access


@shape(to_one("Book.editor"))
def forward_second_foreign_key():
    for book in Book.objects.all():  # origin, loop
        show(book.editor.name)  # access


@shape(to_one("Book.author"), to_one("Book.editor", mark="2"))
def forward_two_relations_on_one_line():
    for book in Book.objects.all():  # origin, loop
        show(f"{book.author.name}, {book.editor.name}")  # access, access2


@shape(to_one("Profile.author", queries=3))
def forward_one_to_one():
    for profile in Profile.objects.all():  # origin, loop
        show(profile.author.name)  # access


@shape(to_one("CodedRef.shelf"))
def forward_to_field():
    for ref in CodedRef.objects.all():  # origin, loop
        show(ref.shelf.room)  # access


@shape(to_one("Ticket.member"))
def forward_uuid_key():
    for ticket in Ticket.objects.all():  # origin, loop
        show(ticket.member.name)  # access


@shape(to_one("Edition.language"))
def forward_text_key():
    for edition in Edition.objects.all():  # origin, loop
        show(edition.language.name)  # access


@shape(to_one("Loan.book"))
def forward_without_way_back():
    for loan in Loan.objects.all():  # origin, loop
        show(loan.book.title)  # access


@shape(to_one("Author.mentor", queries=3))
def forward_to_self():
    for author in Author.objects.all():  # origin, loop
        if author.mentor:  # access
            show(author.mentor.name)


@shape(to_one("Book.sequel", queries=2))
def forward_null():
    for book in Book.objects.all():  # origin, loop
        sequel = book.sequel  # access
        show(sequel and sequel.title)


@shape(to_one("Contribution.author", queries=8))
def forward_from_through_row():
    for contribution in Contribution.objects.filter(role="text"):  # origin, loop
        show(contribution.author.name, contribution.role)  # access


@shape(to_one("Place.owner", queries=3))
def forward_inherited():
    for restaurant in Restaurant.objects.all():  # origin, loop
        show(restaurant.owner.name)  # access


@shape(to_one("Restaurant.place_ptr", queries=3, fix="prefetch_related"))
def forward_to_parent_row():
    for restaurant in Restaurant.objects.only("cuisine"):  # origin, loop
        show(restaurant.place_ptr.name)  # access


@shape(to_one("Note.content_type", queries=8))
def forward_content_type():
    for note in Note.objects.all():  # origin, loop
        show(note.content_type.model)  # access


@shape(to_one("Book.author", fix="use_id", alternative="select_related"))
def forward_only_the_key():
    for book in Book.objects.all():  # origin, loop
        show(book.author.id)  # access


@shape(to_one("Book.author", fix="use_id", alternative="select_related"))
def forward_only_the_pk():
    pairs = {book.pk: book.author.pk for book in Book.objects.all()}  # access, loop, origin
    show(pairs)


@shape(to_one("CodedRef.shelf", fix="use_id", alternative="select_related"))
def forward_only_the_field_of_to_field():
    for ref in CodedRef.objects.all():  # origin, loop
        show(ref.shelf.code)  # access


@shape(to_one("Book.author"))
def forward_other_relation_selected():
    for book in Book.objects.select_related("editor"):  # origin, loop
        show(book.author.name, book.editor.name)  # access


@shape(to_one("Book.author"))
def forward_filtered_on_the_relation():
    books = Book.objects.filter(author__name__startswith="Author")  # origin
    for book in books:  # loop
        show(book.author.name)  # access


@shape(to_one("Profile.author", queries=3))
def forward_ordered_by_the_relation():
    for profile in Profile.objects.order_by("author__name"):  # origin, loop
        show(profile.author.name)  # access


@shape(to_one("Author.profile", kind="reverse", queries=3))
def reverse_one_to_one():
    for author in Author.objects.filter(profile__isnull=False):  # origin, loop
        show(author.profile.website)  # access


@shape(to_one("Author.profile", kind="reverse"))
def reverse_one_to_one_missing():
    for author in Author.objects.all():  # origin, loop
        try:
            show(author.profile.website)  # access
        except Profile.DoesNotExist:
            show("no website")


@shape(to_one("Author.profile", kind="reverse"))
def reverse_one_to_one_hasattr():
    for author in Author.objects.all():  # origin, loop
        if hasattr(author, "profile"):  # access
            show(author.profile.website)


@shape(to_one("Place.restaurant", kind="reverse"))
def reverse_one_to_one_child_row():
    for place in Place.objects.all():  # origin, loop
        restaurant = getattr(place, "restaurant", None)  # access
        show(restaurant and restaurant.cuisine)
