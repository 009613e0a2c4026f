"""Serializers of Django REST framework, and the views that use them."""

from __future__ import annotations

from rest_framework import generics, serializers

from tests.project.library.models import Author, Book, Chapter, Tag


class AuthorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ["name"]


class ChapterSerializer(serializers.ModelSerializer):
    class Meta:
        model = Chapter
        fields = ["title"]


class BookSerializer(serializers.ModelSerializer):
    author = AuthorSerializer()  # access

    class Meta:
        model = Book
        fields = ["title", "author"]


class BookWithChaptersSerializer(serializers.ModelSerializer):
    chapters = ChapterSerializer(many=True)  # access

    class Meta:
        model = Book
        fields = ["title", "chapters"]


class BookWithMethodSerializer(serializers.ModelSerializer):
    editor = serializers.SerializerMethodField()

    class Meta:
        model = Book
        fields = ["title", "editor"]

    def get_editor(self, book):
        return book.editor.name  # access


class BookWithSlugSerializer(serializers.ModelSerializer):
    author = serializers.SlugRelatedField(slug_field="name", read_only=True)  # access

    class Meta:
        model = Book
        fields = ["title", "author"]


class BookWithSourceSerializer(serializers.ModelSerializer):
    publisher = serializers.CharField(source="author.publisher.name")  # access

    class Meta:
        model = Book
        fields = ["title", "publisher"]


class BookWithCountSerializer(serializers.ModelSerializer):
    chapter_count = serializers.IntegerField(source="chapters.count")  # access

    class Meta:
        model = Book
        fields = ["title", "chapter_count"]


class BookWithTagsSerializer(serializers.ModelSerializer):
    tags = serializers.StringRelatedField(many=True)  # access

    class Meta:
        model = Book
        fields = ["title", "tags"]


class BookWithKeysSerializer(serializers.ModelSerializer):
    """Sends the keys of its relations: the author's is at hand, those of the tags are not."""

    class Meta:
        model = Book
        fields = ["author", "tags"]  # access


class BookKeySerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["title", "author"]


class BookLineSerializer(serializers.BaseSerializer):
    def to_representation(self, book):
        return f"{book.title}, {book.author.name}"  # access


class TagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["name"]  # access1


class BookApi(generics.ListAPIView):
    serializer_class = BookSerializer
    queryset = Book.objects.all()  # origin


class EagerBookApi(generics.ListAPIView):
    serializer_class = BookSerializer
    queryset = Book.objects.select_related("author")
