"""Movies, the services that stream them, and the cached offers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class Movie(models.Model):
    """A title, read by its slug."""

    tmdb_id = models.PositiveIntegerField(unique=True)
    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=200, unique=True)

    def __str__(self) -> str:
        return self.title


class Service(models.Model):
    """A streaming service, matched to the provider API by `tmdb_provider_id`."""

    tmdb_provider_id = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=100)
    logo_url = models.URLField()
    display_priority = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.name


class StreamingOfferQuerySet(models.QuerySet):
    """Questions that are asked of the cache."""

    def fresh(self) -> StreamingOfferQuerySet:
        """The rows that are younger than the cache's time to live."""
        oldest = timezone.now() - settings.STREAMING_OFFERS_TTL
        return self.filter(fetched_at__gte=oldest)


class StreamingOffer(models.Model):
    """One tile of "Where to watch": a cached answer of the provider API."""

    class OfferType(models.TextChoices):
        RENT = "rent", "Rent"
        BUY = "buy", "Buy"

    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="offers")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="offers")
    country = models.CharField(max_length=2)
    offer_type = models.CharField(max_length=8, choices=OfferType)
    fetched_at = models.DateTimeField(auto_now_add=True)

    objects = StreamingOfferQuerySet.as_manager()

    class Meta:
        ordering = ["offer_type", "service__display_priority"]
        constraints = [
            models.UniqueConstraint(
                fields=["movie", "service", "country", "offer_type"], name="one_offer_of_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_offer_type_display()} in {self.country}"


class Bookmark(models.Model):
    """A movie that a visitor wants to keep in mind."""

    profile = models.ForeignKey(
        "accounts.Profile", on_delete=models.CASCADE, related_name="bookmarks"
    )
    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="bookmarks")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "movie"], name="one_bookmark_of_a_movie"),
        ]

    def __str__(self) -> str:
        return f"bookmark {self.pk}"
