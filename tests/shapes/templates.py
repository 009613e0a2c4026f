"""Templates that read rows: the call site is the tag, and the loop may be in another template."""

from __future__ import annotations

from django.template.loader import render_to_string

from tests.project.library.models import Author, Book, Loan
from tests.project.library.templatetags.library_tags import cover_line
from tests.shapes.declare import shape, show
from tests.shapes.families import related_aggregate, related_set, to_one

BOOK_LOOP = "{% for book in books %}"
AUTHOR_LOOP = "{% for author in authors %}"


def in_template(name, tag, loop_tag=BOOK_LOOP, **more):
    return {"template": f"library/{name}", "tag": tag, "loop_tag": loop_tag, **more}


@shape(to_one("Book.author", **in_template("book_list.html", "{{ book.author.name }}")))
def template_block():
    books = Book.objects.order_by("title")  # origin
    show(render_to_string("library/book_list.html", {"books": books}))  # python


CARD = in_template("card.html", "{{ book.author.name }}", loop_template="library/book_cards.html")


@shape(to_one("Book.author", **CARD))
def template_include():
    books = list(Book.objects.all())  # origin
    show(render_to_string("library/book_cards.html", {"books": books}))  # python


@shape(related_set("Book.chapters", **in_template("chapters.html", "in book.chapters.all")))
def template_related_set():
    books = {"books": Book.objects.all()}  # origin
    show(render_to_string("library/chapters.html", books))  # python


COUNT = in_template("counts.html", "{{ author.books.count }}", AUTHOR_LOOP)


@shape(related_aggregate("Author.books", "count", **COUNT))
def template_count():
    authors = Author.objects.all()  # origin
    show(render_to_string("library/counts.html", {"authors": authors}))  # python


EXISTS = in_template("authors.html", "{% if author.books.exists %}", AUTHOR_LOOP)


@shape(related_aggregate("Author.books", "exists", **EXISTS))
def template_exists():
    authors = Author.objects.all()  # origin
    show(render_to_string("library/authors.html", {"authors": authors}))  # python


LENGTH = in_template("lengths.html", "{{ author.books.all|length }}", AUTHOR_LOOP)


@shape(related_set("Author.books", **LENGTH))
def template_length_filter():
    authors = Author.objects.all()  # origin
    show(render_to_string("library/lengths.html", {"authors": authors}))  # python


@shape(to_one("Book.author", **in_template("with_author.html", "{% with author=book.author %}")))
def template_with():
    books = Book.objects.all()  # origin
    show(render_to_string("library/with_author.html", {"books": books}))  # python


PUBLISHER = in_template("publishers.html", "{{ book.author.publisher.name }}")


@shape(
    to_one("Book.author", **PUBLISHER),
    to_one("Author.publisher", path="author__publisher", **PUBLISHER),
)
def template_chain():
    books = Book.objects.all()  # origin
    show(render_to_string("library/publishers.html", {"books": books}))  # python


@shape(
    related_set(
        "Book.tags",
        kind="many_to_many",
        loop_tag=BOOK_LOOP,
        loop_template="library/tag_names.html",
    ),
    site=Book.tag_names,
)
def template_method():
    books = Book.objects.all()  # origin
    show(render_to_string("library/tag_names.html", {"books": books}))


@shape(
    to_one("Book.author", loop_tag=BOOK_LOOP, loop_template="library/covers.html"),
    site=cover_line,
)
def template_own_tag():
    books = Book.objects.all()  # origin
    show(render_to_string("library/covers.html", {"books": books}))


SORTED = '{% for book in books|dictsort:"author.name" %}'


@shape(to_one("Book.author", **in_template("sorted.html", SORTED, SORTED)))
def template_dictsort():
    books = Book.objects.all()  # origin
    show(render_to_string("library/sorted.html", {"books": books}))  # python


@shape(
    to_one("Loan.borrower", template="library/mail.txt", tag="{{ loan.borrower.name }}"),
)
def template_in_python_loop():
    for loan in Loan.objects.all():  # origin, loop
        show(render_to_string("library/mail.txt", {"loan": loan}))  # python


@shape(to_one("Book.author", **in_template("jinja_books.html", "{{ book.author.name }}")))
def template_jinja():
    books = Book.objects.all()  # origin
    show(render_to_string("library/jinja_books.html", {"books": books}))  # python


SPINE = in_template(
    "jinja_spine.html", "{{ book.editor.name }}", loop_template="library/jinja_shelf.html"
)


@shape(to_one("Book.editor", **SPINE))
def template_jinja_include():
    books = Book.objects.all()  # origin
    show(render_to_string("library/jinja_shelf.html", {"books": books}))  # python


JINJA_COUNT = in_template("jinja_counts.html", "{{ author.books.count() }}", AUTHOR_LOOP)


@shape(related_aggregate("Author.books", "count", **JINJA_COUNT))
def template_jinja_count():
    authors = Author.objects.all()  # origin
    show(render_to_string("library/jinja_counts.html", {"authors": authors}))  # python
