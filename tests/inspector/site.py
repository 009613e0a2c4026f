"""A site with the page, and with routes that nobody would write in good faith."""

from __future__ import annotations

from django.db import connection
from django.http import HttpResponse
from django.urls import include, path, re_path

from tests.middleware.views import urlpatterns as watched
from tests.project.library.models import Author, Book

SCRIPT = "<script>alert(1)</script>"
SECRET = "a secret"


def hostile(request):
    with connection.cursor() as cursor:
        for value in (f"{SCRIPT}one", f'"{SCRIPT}\u202etwo'):
            cursor.execute(f'SELECT %s AS "{SCRIPT}" /* </pre>{SCRIPT} */', [value])
    return HttpResponse("hostile")


def secret(request, name):
    for book in Book.objects.filter(title__startswith="Book"):
        Author.objects.filter(name=SECRET, pk=book.author_id).count()
    return HttpResponse("secret")


def large(request):
    for _ in range(40):
        Author.objects.filter(name="x" * 1000).count()
    return HttpResponse("large")


def only_insiders(request):
    return request.headers.get("X-Insider") == "yes"


def truthy(request):
    return "yes"


async def awaited(request):
    return True


def failing(request):
    raise RuntimeError("the callback's own")


urlpatterns = [
    path("__querylens__/", include("querylens.django.inspector.urls")),
    path("secret/<slug:name>/", secret),
    path("large/", large),
    re_path(r"^hostile/<script>alert\(1\)</script>/$", hostile),
    *watched,
]
