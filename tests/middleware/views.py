"""Views of every kind, and their addresses."""

from __future__ import annotations

import asyncio
import io
import logging

from asgiref.sync import sync_to_async
from django.http import (
    FileResponse,
    Http404,
    HttpResponse,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import include, path, re_path
from django.utils.decorators import method_decorator
from django.views import View

from querylens.django.middleware import leave_out
from tests.project.library.models import Author, Book, Publisher


class CrashError(Exception):
    pass


def clean(request):
    return HttpResponse(str(Author.objects.count()))


def number(request, pk):
    return HttpResponse(str(Author.objects.filter(pk=pk).count()))


def lazy(request):
    return HttpResponse(", ".join(book.author.name for book in Book.objects.all()))


def also_lazy(request):
    return lazy(request)


def two(request):
    for book in Book.objects.all():
        str(book.author)
    for author in Author.objects.all():
        str(author.publisher.name)
    return HttpResponse("two")


def in_template(request):
    return render(request, "library/book_list.html", {"books": Book.objects.order_by("title")})


def as_json(request):
    return JsonResponse({"books": [book.author.name for book in Book.objects.all()]})


async def awaited(request):
    names = [author.name async for author in Author.objects.all()]
    for name in names:
        await Author.objects.aget(name=name)
    return JsonResponse({"names": names})


def timed(request):
    response = clean(request)
    response["Server-Timing"] = "cache;dur=1"
    return response


def crashing(request):
    Author.objects.count()
    raise CrashError("the view's own")


async def crashing_async(request):
    await Author.objects.acount()
    raise CrashError("the view's own")


def missing(request):
    Author.objects.count()
    raise Http404


def _lines():
    for book in Book.objects.order_by("pk"):
        yield f"{book.author.name}\n"


async def _async_lines():
    async for book in Book.objects.order_by("pk"):
        author = await Author.objects.aget(pk=book.author_id)
        yield f"{author.name}\n"


def _crashing_lines():
    yield f"{Author.objects.count()}\n"
    raise CrashError("in the middle")


async def _crashing_async_lines():
    yield f"{await Author.objects.acount()}\n"
    raise CrashError("in the middle")


def streamed(request):
    Publisher.objects.count()
    return StreamingHttpResponse(_lines())


async def streamed_async(request):
    await Publisher.objects.acount()
    return StreamingHttpResponse(_async_lines())


def streamed_crash(request):
    return StreamingHttpResponse(_crashing_lines())


async def streamed_crash_async(request):
    return StreamingHttpResponse(_crashing_async_lines())


class Waiting:
    """Where a view waits for as long as the test wants."""

    arrived: asyncio.Event
    may_go: asyncio.Event


async def waiting(request):
    await Author.objects.acount()
    Waiting.arrived.set()
    await Waiting.may_go.wait()
    return HttpResponse()


async def _events():
    while True:
        yield f"{await Author.objects.acount()}\n"
        Waiting.arrived.set()
        await Waiting.may_go.wait()


async def events(request):
    return StreamingHttpResponse(_events())


def _many_lines():
    for number in range(10_050):
        yield f"{Author.objects.filter(pk=number).count()}\n"


def many_streamed(request):
    return StreamingHttpResponse(_many_lines())


def file(request):
    Author.objects.count()
    response = FileResponse(io.BytesIO(b"file"), filename="a.txt")
    request.META["tests.content"] = response.file_to_stream
    return response


def made_file(request):
    return FileResponse(_lines(), filename="a.txt")


def logged(request):
    logging.getLogger("tests").warning("inside")
    return clean(request)


@leave_out
def left_out(request):
    return lazy(request)


@leave_out
async def left_out_async(request):
    return HttpResponse(str(await sync_to_async(Author.objects.count)()))


@method_decorator(leave_out, name="dispatch")
class LeftOut(View):
    def get(self, request):
        return lazy(request)


class InClass(View):
    def get(self, request):
        return lazy(request)


urlpatterns = [
    path("", clean),
    path("numbers/<int:pk>/", number),
    re_path(r"^old/(?P<pk>[0-9]+)/$", number),
    path("shop/", include([path("clean/", clean)])),
    path("lazy/", lazy),
    path("also-lazy/", also_lazy),
    path("two/", two),
    path("template/", in_template),
    path("json/", as_json),
    path("awaited/", awaited),
    path("timed/", timed),
    path("crashing/", crashing),
    path("crashing-async/", crashing_async),
    path("missing/", missing),
    path("streamed/", streamed),
    path("streamed-async/", streamed_async),
    path("streamed-crash/", streamed_crash),
    path("streamed-crash-async/", streamed_crash_async),
    path("waiting/", waiting),
    path("events/", events),
    path("many/", many_streamed),
    path("file/", file),
    path("made-file/", made_file),
    path("logged/", logged),
    path("left-out/", left_out),
    path("left-out-async/", left_out_async),
    path("left-out-class/", LeftOut.as_view()),
    path("class/", InClass.as_view()),
]
