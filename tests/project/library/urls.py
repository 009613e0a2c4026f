"""Addresses of the app."""

from __future__ import annotations

from django.urls import path

from tests.project.library import generic_views, serializers, views

urlpatterns = [
    path("books/", views.book_list),
    path("books/<int:pk>/", views.book_detail),
    path("books/selected/", views.selected_book_list),
    path("books/json/", views.books_as_json),
    path("books/stream/", views.books_as_stream),
    path("books/async/", views.books_in_coroutine),
    path("books/pages/", views.book_page),
    path("books/reviews/", generic_views.ReviewList.as_view()),
    path("books/class/", generic_views.BookList.as_view()),
    path("books/class/selected/", generic_views.SelectedBookList.as_view()),
    path("books/class/long/", generic_views.LongBookList.as_view()),
    path("authors/<int:pk>/", views.author_detail),
    path("menu/", views.menu_page),
    path("api/books/", serializers.BookApi.as_view()),
    path("api/books/eager/", serializers.EagerBookApi.as_view()),
]
