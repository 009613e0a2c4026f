"""`get_offers_for_movie` with all three shapes fixed."""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction

from demo_app.media import tmdb
from demo_app.media.models import Movie, Service, StreamingOffer, StreamingOfferQuerySet

logger = logging.getLogger(__name__)


def get_offers_for_movie(movie: Movie, country: str) -> StreamingOfferQuerySet:
    """Where to watch `movie`: the cached offers, fetched anew when they are too old.

    Shape 1 is fixed by `select_related` at all three return sites: the JOIN that sorts the offers
    now brings their services along.
    """
    if StreamingOffer.objects.fresh().filter(movie=movie, country=country).exists():
        return StreamingOffer.objects.filter(movie=movie, country=country).select_related("service")

    try:
        country_data = tmdb.get_watch_providers(movie.tmdb_id, country)
    except tmdb.FetchError as error:
        logger.warning("the offers of %s stay as they are: %s", movie, error)
        return StreamingOffer.objects.filter(movie=movie, country=country).select_related("service")

    with transaction.atomic():
        # Two visitors of a page that is too old must not replace its rows at once.
        Movie.objects.select_for_update().get(pk=movie.pk)
        _replace_offers(movie, country, country_data)
    return StreamingOffer.objects.filter(movie=movie, country=country).select_related("service")


def _replace_offers(movie: Movie, country: str, country_data: dict[str, Any]) -> None:
    """Puts what was fetched in the place of the cached rows.

    Shape 2 is fixed by one `__in` query and a dict, shape 3 by one `bulk_create`. Without any
    provider neither sends a query.
    """
    provider_ids = {
        provider["provider_id"]
        for offer_type_key in StreamingOffer.OfferType.values
        for provider in country_data.get(offer_type_key, [])
    }
    services_by_id = {
        service.tmdb_provider_id: service
        for service in Service.objects.filter(tmdb_provider_id__in=provider_ids)
    }
    offers_to_create = []
    for offer_type_key in StreamingOffer.OfferType.values:
        for provider in country_data.get(offer_type_key, []):
            service = services_by_id.get(provider["provider_id"])
            if service is None:
                logger.info("provider %s is not a service of ours", provider["provider_id"])
                continue
            offers_to_create.append(
                StreamingOffer(
                    movie=movie, service=service, country=country, offer_type=offer_type_key
                )
            )
    StreamingOffer.objects.filter(movie=movie, country=country).delete()
    StreamingOffer.objects.bulk_create(offers_to_create)
