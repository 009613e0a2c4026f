"""What the demo's database holds at the start: a visitor, a movie and the services."""

from __future__ import annotations

from django.contrib.auth import get_user_model

from demo_app.accounts.models import Profile
from demo_app.media.models import Bookmark, Movie, Service
from demo_app.provider_api import providers

USERNAME = "grace"
PASSWORD = "hail-mary"  # noqa: S105


def fill(offers: int, logos_url: str, country: str = "IT") -> Movie:
    """Writes a catalogue that knows every provider behind `offers` offers."""
    user = get_user_model().objects.create_user(USERNAME, password=PASSWORD)
    profile = Profile.objects.create(user=user, display_name="Ryland Grace", country=country)
    movie = Movie.objects.create(
        tmdb_id=687163, title="Project Hail Mary", slug="project-hail-mary"
    )
    Bookmark.objects.create(profile=profile, movie=movie)
    Service.objects.bulk_create(
        Service(
            tmdb_provider_id=provider["provider_id"],
            name=provider["provider_name"],
            logo_url=f"{logos_url}{provider['logo_path']}",
            display_priority=provider["display_priority"],
        )
        for provider in providers(offers)
    )
    return movie
