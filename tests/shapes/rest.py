"""Serializers of Django REST framework: where no line of the project reads the row, its field."""

from __future__ import annotations

from django.test import Client

from tests.project.library import serializers
from tests.project.library.models import Book
from tests.shapes.declare import shape, show
from tests.shapes.families import aggregate, insert, related_aggregate, related_set, to_one


@shape(
    to_one("Book.author", declared="BookSerializer.author"),
    site=serializers.BookSerializer,
)
def serializer_nested():
    books = Book.objects.all()  # origin
    show(serializers.BookSerializer(books, many=True).data)


@shape(
    related_set("Book.chapters", declared="BookWithChaptersSerializer.chapters"),
    site=serializers.BookWithChaptersSerializer,
)
def serializer_nested_many():
    books = Book.objects.all()  # origin
    show(serializers.BookWithChaptersSerializer(books, many=True).data)


@shape(to_one("Book.editor"), site=serializers.BookWithMethodSerializer.get_editor)
def serializer_method_field():
    books = Book.objects.all()  # origin
    show(serializers.BookWithMethodSerializer(books, many=True).data)


@shape(
    to_one("Book.author", declared="BookWithSlugSerializer.author"),
    site=serializers.BookWithSlugSerializer,
)
def serializer_slug_field():
    books = Book.objects.all()  # origin
    show(serializers.BookWithSlugSerializer(books, many=True).data)


@shape(
    to_one("Book.author", declared="BookWithSourceSerializer.publisher"),
    to_one(
        "Author.publisher",
        path="author__publisher",
        declared="BookWithSourceSerializer.publisher",
    ),
    site=serializers.BookWithSourceSerializer,
)
def serializer_source_across_relations():
    books = Book.objects.all()  # origin
    show(serializers.BookWithSourceSerializer(books, many=True).data)


@shape(
    related_aggregate("Book.chapters", "count", declared="BookWithCountSerializer.chapter_count"),
    site=serializers.BookWithCountSerializer,
)
def serializer_source_count():
    books = Book.objects.all()  # origin
    show(serializers.BookWithCountSerializer(books, many=True).data)


@shape(
    related_set("Book.tags", kind="many_to_many", declared="BookWithTagsSerializer.tags"),
    site=serializers.BookWithTagsSerializer,
)
def serializer_string_related_field():
    books = Book.objects.all()  # origin
    show(serializers.BookWithTagsSerializer(books, many=True).data)


@shape(
    related_set("Book.tags", kind="many_to_many", declared="BookWithKeysSerializer.tags"),
    site=serializers.BookWithKeysSerializer,
)
def serializer_key_field_many():
    books = Book.objects.all()  # origin
    show(serializers.BookWithKeysSerializer(books, many=True).data)


@shape(to_one("Book.author"), site=serializers.BookLineSerializer.to_representation)
def serializer_to_representation():
    books = Book.objects.all()  # origin
    show(serializers.BookLineSerializer(books, many=True).data)


@shape(to_one("Book.author", declared="BookSerializer.author"), site=serializers.BookSerializer)
def serializer_one_at_a_time():
    books = Book.objects.all()  # origin
    show([serializers.BookSerializer(book).data for book in books])  # loop


@shape(
    to_one("Book.author", declared="BookSerializer.author"),
    site=(serializers.BookSerializer, serializers.BookApi),
)
def serializer_in_view():
    show(Client().get("/library/api/books/"))


@shape(
    aggregate("Tag", "exists", fix="none", declared="TagSerializer.name", mark="1"),
    insert("Tag"),
    site=serializers.TagSerializer,
)
def serializer_save_many():
    tags = [{"name": f"of {book.title}"} for book in Book.objects.all()]
    serializer = serializers.TagSerializer(data=tags, many=True)
    serializer.is_valid(raise_exception=True)
    serializer.save()  # access
