"""Views of a site that is recorded; what a visitor sends them goes to the database in every way."""

from __future__ import annotations

import contextlib
import json
import os

from django.db import DatabaseError, connection, connections
from django.db.models.expressions import RawSQL
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.test import Client
from django.urls import path

from tests.project.library.models import Author, Book, Tag


def pair(request, pk):
    return JsonResponse({"authors": Author.objects.count(), "found": _titles(pk)})


def _titles(pk):
    return list(Book.objects.filter(pk=pk).values_list("title", flat=True))


def forking(request):
    """Is in two processes at the end; the child has to open a connection of its own."""
    before = Author.objects.count()
    if not os.fork():
        del connections["default"]
    return JsonResponse({"before": before, "after": Author.objects.count()})


def long(request):
    """Takes 30 MB in a recording: names are no values, and stay."""
    for number in range(30):
        _send(f'SELECT 1 AS "{number}{"x" * 990_000}"')
    return HttpResponse("long")


def lookup(request, word):
    return JsonResponse({"found": _by_all_means(word)})


def told(request):
    """What came in the query, the cookies, the headers and the body."""
    words = [
        *request.GET.values(),
        *request.COOKIES.values(),
        request.headers.get("Authorization", ""),
        *request.POST.values(),
        *(file.name + file.read().decode() for file in request.FILES.values()),
    ]
    return JsonResponse({"found": [_by_all_means(word) for word in words]})


def body(request):
    return JsonResponse({"found": _by_all_means(json.loads(request.body)["word"])})


def streamed(request, word):
    return StreamingHttpResponse(str(_by_all_means(word)) for _ in range(2))


def failing(request, word):
    with contextlib.suppress(DatabaseError):
        Author.objects.create(name=word, publisher_id=None)
    raise ValueError(word)


def calling(request, word):
    """A request inside a request."""
    Author.objects.count()
    return HttpResponse(Client().get(f"/inner/{word}/").content)


def inner(request, word):
    return HttpResponse(str(Author.objects.filter(name=word).count()))


def _by_all_means(word):
    digits = "".join(filter(str.isdigit, word)) or "1"
    text = word.replace("'", "''")
    Tag.objects.update_or_create(name=word, defaults={"name": word})
    _send("UPDATE library_tag SET name = %s WHERE name = %s", [word, word])
    _send(f"SELECT id FROM library_tag WHERE name = '{text}'")
    _send(f"SELECT id FROM library_tag WHERE id = {digits} OR name LIKE '%{text}%'")
    _send(f"SELECT id FROM library_tag WHERE name IN ('{text}', 'x') /* {digits} */")
    _send(f"SELECT 'not closed {digits}' -- {digits}")
    with contextlib.suppress(DatabaseError):
        _send(f"SELECT nothing FROM library_tag WHERE name = '{text}'")
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE library_tag SET name = %s WHERE name = %s", [(word, word)] * 2)
    found = Author.objects.extra(where=[f"name = '{text}'"]).filter(name__in=[word, digits])
    return found.annotate(word=RawSQL(f"SELECT '{text}'", [])).count() + found.count()


def _send(sql, params=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


urlpatterns = [
    path("pair/<int:pk>/", pair),
    path("forking/", forking),
    path("long/", long),
    path("lookup/<str:word>/", lookup),
    path("told/", told),
    path("body/", body),
    path("streamed/<str:word>/", streamed),
    path("failing/<str:word>/", failing),
    path("calling/<str:word>/", calling),
    path("inner/<str:word>/", inner),
]
