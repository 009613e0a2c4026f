"""The pages: the list, its rows as they come, a request, two requests compared, and the assets."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from querylens.django.inspector import recent as storage
from querylens.django.inspector.access import guarded
from querylens.django.inspector.cards import cards
from querylens.django.inspector.comparison import compared
from querylens.django.inspector.entries import Entry
from querylens.django.inspector.recent import Opened
from querylens.django.inspector.rendering import render
from querylens.django.inspector.timeline import WIDTH, positions, timeline
from querylens.reporters._words import total_words

_STATIC = Path(__file__).parent / "static" / "querylens_inspector"
#: Served from here, so that they need no other application and no other server.
_ASSETS = {
    "icon.svg": "image/svg+xml",
    "inspector.css": "text/css; charset=utf-8",
    "inspector.js": "text/javascript; charset=utf-8",
}


@guarded
def requests(request: HttpRequest) -> HttpResponse:
    """The last requests, the newest first."""
    every = storage.recent.entries()
    routes = {entry.route: entry.route for entry in every}
    found = {item.code: f"{item.code} {item.name}" for entry in every for item in entry.findings}
    context = {
        "routes": _choices(routes, request.GET.get("route", "")),
        "findings": _choices(found, request.GET.get("finding", "")),
        **_listed(request, every),
    }
    return render(request, "requests.html", context)


@guarded
def rows(request: HttpRequest) -> HttpResponse:
    """The rows of the list; nothing when the browser knows them already."""
    context = _listed(request, storage.recent.entries())
    if request.GET.get("known") == context["version"]:
        return HttpResponse(status=204)
    return render(request, "_rows.html", context)


@guarded
def request_page(request: HttpRequest, entry_id: str) -> HttpResponse:
    """A request: its findings, and its queries over time."""
    opened = _opened(entry_id)
    if opened is None:
        return render(request, "gone.html", {}, status=404)
    context = {
        "entry": opened.entry,
        "is_own": opened.is_own,
        "cards": cards(opened.report, positions(opened.trace.queries)),
        "remarks": opened.report.remarks,
        "suppressed": opened.report.suppressed,
        "timeline": timeline(opened),
        "totals": total_words(opened.entry.totals),
        "width": WIDTH,
        "others": _others(opened.entry),
    }
    return render(request, "request.html", context)


@guarded
def compare(request: HttpRequest) -> HttpResponse:
    """Two requests side by side."""
    before, after = (_opened(request.GET.get(name, "")) for name in ("before", "after"))
    if before is None or after is None:
        return render(request, "gone.html", {"is_comparison": True}, status=404)
    context = {
        "before": before.entry,
        "after": after.entry,
        "comparison": compared(before, after),
    }
    return render(request, "compare.html", context)


@guarded
def asset(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001
    """The style sheet, the script, the icon."""
    if name not in _ASSETS:
        raise Http404
    return HttpResponse((_STATIC / name).read_bytes(), content_type=_ASSETS[name])


def _opened(entry_id: str) -> Opened | None:
    return storage.recent.open(entry_id)


def _listed(request: HttpRequest, every: list[Entry]) -> dict[str, Any]:
    """What both the list and its rows are made of."""
    route, code = request.GET.get("route", ""), request.GET.get("finding", "")
    entries = [
        entry
        for entry in every
        if route in ("", entry.route)
        and (code == "" or any(found.code == code for found in entry.findings))
    ]
    names = "\n".join(entry.id for entry in entries)
    version = blake2b(f"{names}\n{storage.recent.problem}".encode(), digest_size=8).hexdigest()
    return {
        "entries": entries,
        "is_filtered": bool(route or code),
        "problem": storage.recent.problem,
        "version": version,
    }


def _choices(labels: dict[str, str], chosen: str) -> list[tuple[str, str, bool]]:
    """What can be filtered by, and whether it is; also when no request has it any more."""
    if chosen:
        labels.setdefault(chosen, chosen)
    return [(name, label, name == chosen) for name, label in sorted(labels.items())]


def _others(entry: Entry) -> list[Entry]:
    """Those to compare with."""
    return [other for other in storage.recent.entries() if other.id != entry.id]
