"""`get_offers_for_movie` as the review found it, with three shapes of the N+1 problem."""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction

from demo_app.media import tmdb
from demo_app.media.models import Movie, Service, StreamingOffer, StreamingOfferQuerySet

logger = logging.getLogger(__name__)


def get_offers_for_movie(movie: Movie, country: str) -> StreamingOfferQuerySet:
    """Where to watch `movie`: the cached offers, fetched anew when they are too old.

    Shape 1, a relation read in a loop: the template reads `offer.service` of each row, and none
    of the three querysets that are returned here brings it along.
    """
    if StreamingOffer.objects.fresh().filter(movie=movie, country=country).exists():
        return StreamingOffer.objects.filter(movie=movie, country=country)

    try:
        country_data = tmdb.get_watch_providers(movie.tmdb_id, country)
    except tmdb.FetchError as error:
        logger.warning("the offers of %s stay as they are: %s", movie, error)
        return StreamingOffer.objects.filter(movie=movie, country=country)

    with transaction.atomic():
        # Two visitors of a page that is too old must not replace its rows at once.
        Movie.objects.select_for_update().get(pk=movie.pk)
        _replace_offers(movie, country, country_data)
    return StreamingOffer.objects.filter(movie=movie, country=country)


def _replace_offers(movie: Movie, country: str, country_data: dict[str, Any]) -> None:
    """Puts what was fetched in the place of the cached rows.

    Shape 2, a lookup in a loop: one `get` for each provider.
    Shape 3, an insert in a loop: one `create` for each provider.
    """
    StreamingOffer.objects.filter(movie=movie, country=country).delete()
    for offer_type_key in StreamingOffer.OfferType.values:
        for provider in country_data.get(offer_type_key, []):
            try:
                service = Service.objects.get(tmdb_provider_id=provider["provider_id"])
            except Service.DoesNotExist:
                logger.info("provider %s is not a service of ours", provider["provider_id"])
                continue
            StreamingOffer.objects.create(
                movie=movie, service=service, country=country, offer_type=offer_type_key
            )
