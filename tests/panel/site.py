"""A site with the toolbar and our panel in it, and a view whose every word is hostile."""

from __future__ import annotations

from debug_toolbar import APP_NAME, views
from debug_toolbar.panels.history import HistoryPanel
from debug_toolbar.panels.sql import SQLPanel
from django.db import connection
from django.http import HttpResponse
from django.urls import include, path, re_path

import querylens
from querylens.django.panel import QueryLensPanel
from tests.middleware.views import two
from tests.middleware.views import urlpatterns as watched
from tests.project.library.models import Author, Book
from tests.project.library.urls import urlpatterns as library

SCRIPT = "<script>alert(1)</script>"


def hostile(request):
    with connection.cursor() as cursor:
        for value in ("", "three", f"{SCRIPT}one", f'"{SCRIPT}\u202etwo'):
            cursor.execute(f'SELECT %s AS "{SCRIPT}" /* </pre>{SCRIPT} */', [value])
    return HttpResponse("<html><body>hostile</body></html>")


def repeated(request):
    first = Author.objects.get(name="Author 0")
    again = Author.objects.get(name="Author 0")
    return HttpResponse([first.name, again.name])


_PAGE = (
    '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>-</title><body>{}</body>'
)


def one_page(request):
    return HttpResponse(_PAGE.format(Author.objects.count()))


def two_page(request):
    return HttpResponse(_PAGE.format(two(request).content.decode()))


def silenced(request):
    with querylens.ignore("QL101", reason="four <rows>"):
        names = [book.author.name for book in Book.objects.all()]
    return HttpResponse(names)


def with_nonce(get_response):
    """A middleware that gives pages a nonce, as django-csp does; a bad one."""

    def middleware(request):
        request.csp_nonce = 'n"once'
        return get_response(request)

    return middleware


def asking(get_response):
    """A middleware that sends queries on the way in and on the way out."""

    def middleware(request):
        Author.objects.count()
        response = get_response(request)
        Author.objects.count()
        return response

    return middleware


# Its own module of addresses is made once a process, from the panels of the first settings.
toolbar = [
    path("render_panel/", views.render_panel, name="render_panel"),
    *HistoryPanel.get_urls(),
    *SQLPanel.get_urls(),
    *QueryLensPanel.get_urls(),
]

urlpatterns = [
    path("__debug__/", include((toolbar, APP_NAME))),
    path("library/", include(library)),
    re_path(r"^hostile/<script>alert\(1\)</script>/$", hostile),
    path("repeated/", repeated),
    path("silenced/", silenced),
    path("one-page/", one_page),
    path("two-page/", two_page),
    *watched,
]
