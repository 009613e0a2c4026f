"""Templates, generic views, serializers, the admin and forms: what they read of each row."""

from __future__ import annotations

import pytest

from tests.lint.snippets import differences, found_in

SILENT = {
    "shown_selected": """\
from django.shortcuts import render
from shop.models import Book

def page(request):
    books = Book.objects.select_related("author").prefetch_related("chapters")
    return render(request, "shown_selected.html", {"books": books})

def detail(request, pk):
    return render(request, "shown_detail.html", {"book": Book.objects.get(pk=pk)})
=== shop/templates/shown_selected.html
{% for book in books %}{{ book.author.name }}{% for c in book.chapters.all %}{{ c }}{% endfor %}
{% endfor %}
=== shop/templates/shown_detail.html
{{ book.author.name }}{% for chapter in book.chapters.all %}{{ chapter.title }}{% endfor %}
""",
    "views_selected": """\
from django.views.generic import ListView
from shop.models import Book

class BookList(ListView):
    queryset = Book.objects.select_related("author")
    template_name = "views_selected.html"

class LongBooks(ListView):
    model = Book
    template_name = "views_selected.html"

    def get_queryset(self):
        return super().get_queryset().select_related("author")
class Shelf(ListView):
    queryset = Book.objects.select_related("author")
    template_name = "views_selected.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["others"] = list(Book.objects.order_by("title"))[:2]
        context["shown"] = context["object_list"]
        return context
=== shop/templates/views_selected.html
{% for book in object_list %}{{ book.author.name }}{% endfor %}
{% for book in shown %}{{ book.author.name }}{% endfor %}
""",
    "api_selected": """\
from rest_framework import serializers, viewsets
from shop.models import Author, Book

class AuthorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ["name"]

class BookSerializer(serializers.ModelSerializer):
    author = AuthorSerializer()
    editor_name = serializers.CharField(source="editor.name")

    class Meta:
        model = Book
        fields = ["title", "author", "editor_name"]

class KeySerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["title", "author"]

class BookViewSet(viewsets.ModelViewSet):
    queryset = Book.objects.select_related("author", "editor")
    serializer_class = BookSerializer

class KeyViewSet(viewsets.ModelViewSet):
    queryset = Book.objects.all()
    serializer_class = KeySerializer
""",
    "admin_selected": """\
from django.contrib import admin
from shop.models import Author, Book

@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    list_display = ["title", "author_name"]
    list_select_related = ["author"]

    def author_name(self, book):
        return book.author.name

class AuthorAdmin(admin.ModelAdmin):
    list_display = ["name", "publisher_name"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("publisher")

    def publisher_name(self, author):
        return author.publisher.name

admin.site.register(Author, AuthorAdmin)
""",
    "forms_selected": """\
from django import forms
from shop.models import Author, Publisher

class AuthorForm(forms.Form):
    author = forms.ModelChoiceField(queryset=Author.objects.select_related("publisher"))
    publisher = forms.ModelChoiceField(queryset=Publisher.objects.all())
""",
}
LOUD = {
    "shown": """\
from django.shortcuts import render
from shop.models import Book

def page(request):
    return render(request, "shown.html", {"books": Book.objects.all()})
=== shop/templates/base.html
<body>{% block body %}{% endblock %}</body>
=== shop/templates/shown.html
{% extends "base.html" %}
{% block body %}
{% for book in books %}
{{ book.author.name }} {# QL101 #}
{% include "shown_card.html" with one=book %}
{% with who=book.editor %}{# QL101 #}{{ who.name }}{% endwith %}
{% endfor %}
{% endblock %}
=== shop/templates/shown_card.html
{% for chapter in one.chapters.all %}{{ chapter.title }}{% endfor %} {# QL102 #}
""",
    "tags": """\
from django.shortcuts import render
from shop.models import Book

def page(request):
    return render(request, "tagged.html", {"books": Book.objects.all()})
=== shop/templatetags/__init__.py
=== shop/templatetags/shop_tags.py
from django import template

register = template.Library()

@register.simple_tag
def editor_of(book):
    return book.editor.name  # QL101

@register.filter
def author_of(book):
    return book.author.name  # QL101
=== shop/templates/tagged.html
{% load shop_tags %}
{% for book in books %}{% editor_of book %}{{ book|author_of }}{% endfor %}
""",
    "views": """\
from django.views.generic import ListView
from shop.models import Book

class BookList(ListView):
    queryset = Book.objects.all()
    context_object_name = "books"
    template_name = "views.html"

class Shelf(ListView):
    model = Book
    template_name = "shelf.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["others"] = Book.objects.select_related("author")
        context["shown"] = context["object_list"]
        return context
=== shop/templates/views.html
{% for book in books %}
{{ book.author.name }} {# QL101 #}
{% endfor %}
=== shop/templates/shelf.html
{% for book in shown %}
{{ book.author.name }} {# QL101 #}
{% endfor %}
""",
    "context": """\
from django.views.generic import TemplateView
from shop.models import Book

class Home(TemplateView):
    template_name = "context.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["books"] = Book.objects.order_by("title")
        context["authors"] = [book.author.name for book in context["books"]]  # QL101
        return context
""",
    "jinja": """\
from django.shortcuts import render
from shop.models import Book

def page(request):
    return render(request, "jinja.html", {"books": Book.objects.all()})
=== shop/jinja2/jinja.html
{% for book in books %}
{{ book.author.name }} {# QL101 #}
{% endfor %}
""",
    "admin": """\
from django.contrib import admin
from shop.models import Author, Book

@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    list_display = ["title", "author_name"]

    def author_name(self, book):
        return book.author.name  # QL101

class JoinedElsewhere(BookAdmin):
    list_display = ["title", "editor"]  # QL101
    list_select_related = ["editor"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("author")

admin.site.register(Book, JoinedElsewhere)

class AuthorAdmin(admin.ModelAdmin):
    list_display = ["name", "numbers"]

    def numbers(self, author):
        return author.books.count()  # QL105

admin.site.register(Author, AuthorAdmin)
""",
}
SERIALIZERS = """\
from rest_framework import serializers, viewsets
from shop.models import Author, Book, Chapter

class AuthorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ["name"]

class ChapterSerializer(serializers.ModelSerializer):
    class Meta:
        model = Chapter
        fields = ["title"]

class BookSerializer(serializers.ModelSerializer):
    author = AuthorSerializer()
    chapters = ChapterSerializer(many=True)
    editor_name = serializers.CharField(source="editor.name")
    number = serializers.SerializerMethodField()

    class Meta:
        model = Book
        fields = ["title", "author", "chapters", "tags", "editor_name", "number"]

    def get_number(self, book):
        return book.chapters.count()

class BookViewSet(viewsets.ModelViewSet):
    queryset = Book.objects.all()
    serializer_class = BookSerializer
"""
FORMS = """\
from django import forms
from shop.models import Author

class AuthorForm(forms.Form):
    author = forms.ModelChoiceField(queryset=Author.objects.all())
"""
SNIPPETS = SILENT | LOUD


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return found_in(tmp_path_factory.mktemp("frameworks"), SNIPPETS)


@pytest.mark.parametrize("name", SNIPPETS)
def test_only_what_is_marked_is_found(found, name):
    assert differences(name, SNIPPETS[name], found) == []


def test_each_field_of_a_serializer_is_read(tmp_path):
    found = found_in(tmp_path, {"api": SERIALIZERS})["shop/api.py"]

    assert {(each.rule.code, each.cause.relation) for each in found} == {
        ("QL101", "shop.Book.author"),
        ("QL101", "shop.Book.editor"),
        ("QL102", "shop.Book.chapters"),
        ("QL102", "shop.Book.tags"),
        ("QL105", "shop.Book.chapters"),
    }
    assert {each.fix.at.line for each in found if each.fix.at and each.rule.code != "QL105"} == {28}


def test_choices_are_shown_by_the_text_of_their_rows(tmp_path):
    [found] = found_in(tmp_path, {"forms": FORMS})["shop/models.py"]

    assert found.cause.relation == "shop.Author.publisher"
    assert (found.call_site.function, found.origin.file) == ("Author.__str__", "shop/forms.py")
    assert found.fix.code == '.select_related("publisher")'


def test_the_admin_is_told_where_to_ask_for_all_rows(tmp_path):
    code = """\
from django.contrib import admin
from shop.models import Book, Tag

@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    list_display = ["title", "tag_of_title"]

    def tag_of_title(self, book):
        return Tag.objects.get(name=book.title).pk
"""

    [finding] = found_in(tmp_path, {"admin": code})["shop/admin.py"]

    assert finding.rule.code == "QL104"
    assert finding.fix.caveats[0] == (
        "The admin shows this in each row of its list: ask for all rows together in "
        "`get_queryset` of BookAdmin."
    )


@pytest.mark.parametrize(("shown", "end"), [("title", ""), ("author", "author"), ("tags", "")])
def test_the_admin_is_told_what_a_name_ends(tmp_path, shown, end):
    code = f"""\
from django.contrib import admin
from shop.models import Book

@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    list_display = ["{shown}", "editor_name"]

    def editor_name(self, book):
        return book.editor.name
"""

    finding = found_in(tmp_path, {"admin": code})["shop/admin.py"][-1]

    start = "The admin fetches these rows: name a relation in `list_select_related` of BookAdmin, "
    start += "or give it a `get_queryset` that brings it along."
    rest = f" That ends the join of what `list_display` shows: name `{end}` as well." if end else ""
    assert finding.fix.caveats[0] == start + rest
