"""Plays every path through the cache in every form of the code, and keeps what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.test import Client
from django.urls import reverse

import querylens
from demo_app import catalogue
from demo_app.media.models import Movie, StreamingOffer
from demo_app.media.services import fixed
from demo_app.provider_api import COUNTRY, ProviderApi
from querylens.model import Report, Trace

PATHS = ("hit", "miss", "api_down")
FORMS = ("as_found", "relations_fixed", "fixed")


@dataclass(frozen=True)
class Visit:
    """One request of the page: the path it took, the form of the code, and what it sent."""

    path: str
    form: str
    trace: Trace
    report: Report
    route: str


@dataclass(frozen=True)
class Play:
    """All visits, at one number of offers."""

    offers: int
    visits: tuple[Visit, ...]

    def __getitem__(self, path_and_form: tuple[str, str]) -> Visit:
        return next(visit for visit in self.visits if (visit.path, visit.form) == path_and_form)

    def count(self, path: str, form: str) -> int:
        """How many queries the page sent."""
        return len(self[path, form].trace)


def play(api: ProviderApi, country: str = COUNTRY) -> Play:
    """Visits the page as a logged-in user; the database holds tables, but no rows yet."""
    movie = catalogue.fill(api.offers, f"{api.url}/logos", country)
    client = log_in()
    visits = []
    for path in PATHS:
        for form in FORMS:
            arrange(path, api, movie, country)
            visits.append(_visit(client, path, form, movie))
    return Play(api.offers, tuple(visits))


def log_in() -> Client:
    """A client that sent the login form."""
    client = Client()
    form = {"username": catalogue.USERNAME, "password": catalogue.PASSWORD}
    response = client.post(reverse("login"), form)
    _require_status(response, 302)
    return client


def arrange(path: str, api: ProviderApi, movie: Movie, country: str) -> None:
    """Brings the cache and the provider into the state in which `path` is taken."""
    api.fault = None
    StreamingOffer.objects.all().delete()
    fixed.get_offers_for_movie(movie, country)
    if path != "hit":
        too_old = settings.STREAMING_OFFERS_TTL + timedelta(minutes=1)
        StreamingOffer.objects.update(fetched_at=F("fetched_at") - too_old)
    if path == "api_down":
        api.fault = "unavailable"


def _visit(client: Client, path: str, form: str, movie: Movie) -> Visit:
    url = reverse(form, args=[movie.slug])
    with querylens.capture(f"GET {url}") as trace:
        response = client.get(url)
    _require_status(response, 200)
    return Visit(path, form, trace, querylens.check(trace), response.resolver_match.route)


def _require_status(response, status: int) -> None:
    """A page that failed sends few queries, too: it must not be counted."""
    if response.status_code != status:
        path = response.request["PATH_INFO"]
        raise RuntimeError(f"{path} answered {response.status_code} in place of {status}")
