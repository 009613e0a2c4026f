"""The admin's pages: some lists fetch for every row and some do not."""

from __future__ import annotations

from django.contrib import admin

from tests.project.library.models import Author, Book, Chapter, Edition, Loan, Note


@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin):
    list_display = ["name", "publisher__name"]  # access


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    list_display = ["title", "publisher"]
    list_select_related = ["author"]
    actions = ["lengthen"]

    @admin.display(ordering="author__publisher__name")
    def publisher(self, book):
        return book.author.publisher.name  # access

    @admin.action(description="Add a page")
    def lengthen(self, request, queryset):
        for book in queryset:  # origin, loop
            book.pages += 1
            book.save()  # access


@admin.register(Chapter)
class ChapterAdmin(admin.ModelAdmin):
    list_display = ["title", "book_title"]
    list_select_related = ["book"]

    def book_title(self, chapter):
        return chapter.book.title


@admin.register(Edition)
class EditionAdmin(admin.ModelAdmin):
    pass


@admin.register(Loan)
class LoanAdmin(admin.ModelAdmin):
    list_display = ["book", "borrower", "days"]


@admin.register(Note)
class NoteAdmin(admin.ModelAdmin):
    list_display = ["text", "obj"]  # access
