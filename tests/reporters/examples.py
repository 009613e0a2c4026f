"""Places, queries and fixes of a film site, which the reports of the tests are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from querylens.model import Edit, Finding, Fix, Place, Query, QueryGroup, RuleInfo, Trace

SERVICE = (
    'SELECT "media_service"."id", "media_service"."tmdb_provider_id", "media_service"."name",'
    ' "media_service"."logo_url", "media_service"."display_priority" FROM "media_service"'
    ' WHERE "media_service"."id" = %s LIMIT 21'
)
SERVICE_BY_PROVIDER = SERVICE.replace('"id" = %s', '"tmdb_provider_id" = %s')
OFFERS = (
    'SELECT "media_streamingoffer"."id", "media_streamingoffer"."movie_id",'
    ' "media_streamingoffer"."service_id", "media_streamingoffer"."country" FROM'
    ' "media_streamingoffer" INNER JOIN "media_service" ON ("media_streamingoffer"."service_id" ='
    ' "media_service"."id") WHERE ("media_streamingoffer"."country" = %s AND'
    ' "media_streamingoffer"."movie_id" = %s) ORDER BY "media_service"."display_priority" ASC'
)
PROFILE = (
    'SELECT "accounts_profile"."id", "accounts_profile"."user_id", "accounts_profile"."country"'
    ' FROM "accounts_profile" WHERE "accounts_profile"."user_id" = %s LIMIT 21'
)
INSERT_OFFER = (
    'INSERT INTO "media_streamingoffer" ("movie_id", "service_id", "country", "offer_type",'
    ' "fetched_at") VALUES (%s, %s, %s, %s, %s) RETURNING "media_streamingoffer"."id"'
)
SESSION = 'SELECT "django_session"."session_key" FROM "django_session" WHERE "expires" > %s'

VIEW = Place(
    "media/views.py", 58, 58, "MovieDetail.get", 'return render(request, "media/movie.html", page)'
)
TAG = "{{ offer.service.logo_url }}"
TEMPLATE = "media/templates/media/movie.html"
ACCESS = Place(
    TEMPLATE,
    41,
    41,
    code=f'<img src="{TAG}" alt="{{{{ offer.service.name }}}}">',
    template="media/movie.html",
    tag=TAG,
    python=VIEW,
)
FOR_TAG = Place(
    TEMPLATE, 40, 40, code="{% for offer in offers %}", template="media/movie.html", python=VIEW
)
QUERYSET = Place(
    "media/services.py",
    31,
    33,
    "get_offers_for_movie",
    "return StreamingOffer.objects.filter(\n    movie=movie, country=country\n)",
    column=11,
    end_column=5,
)
PROFILE_GET = Place(
    "media/views.py",
    47,
    47,
    "MovieDetail.get",
    "profile = Profile.objects.get(user=request.user)",
    column=18,
    end_column=56,
)
LOOKUP = Place(
    "media/services.py",
    72,
    72,
    "_replace_offers",
    'service = Service.objects.get(tmdb_provider_id=provider["provider_id"])',
)
PROVIDERS = Place(
    "media/services.py",
    70,
    89,
    "_replace_offers",
    "for provider in country_data.get(offer_type, []):",
)
CREATE = Place(
    "media/services.py",
    76,
    81,
    "_replace_offers",
    "StreamingOffer.objects.create(\n    movie=movie,\n    service=service,\n    country=country,\n"
    "    offer_type=offer_type,\n)",
)

LAZY = RuleInfo("QL101", "lazy-forward-relation", "warning", "a relation loaded for every row")
FETCHED = RuleInfo("QL302", "relation-fetched-by-query", "note", "a relation fetched again")
LOOKUPS = RuleInfo("QL104", "lookup-in-loop", "warning", "one lookup for every row of a loop")
INSERTS = RuleInfo("QL201", "insert-in-loop", "error", "one INSERT for every row of a loop")


HOSTILE = (
    "[bold]x[/bold] [/] :smile: </script><!-- %0A::error::\r\n\x1b[31mred\x1b]8;;http://x\x07\x9b1m"
    " \u202egnp.exe\u2066 \u200b\ud800\udcff\u2028\x00\x7f | ` é 日本"
)


def query(sql: str, *params: Any, ms: float = 0.4, **fields: Any) -> Query:
    fields = {"alias": "default", "vendor": "sqlite"} | fields
    return Query(sql, params or None, started_ns=0, duration_ns=int(ms * 1e6), **fields)


def trace_of(name: str, queries: Sequence[Query], kind: str = "request") -> Trace:
    trace = Trace(name, kind)
    trace.records.extend(queries)
    return trace


def finding_of(rule: RuleInfo, queries: Sequence[Query], message: str, **fields: Any) -> Finding:
    places: dict[str, Any] = dict.fromkeys(("cause", "call_site", "loop", "origin"))
    fields = {"saved": len(queries), "severity": rule.severity, "fix": Fix("none")} | fields
    return Finding(
        rule,
        message,
        group=QueryGroup(tuple(queries)),
        count=len(queries),
        **(places | fields),
    )


def gather_and_index() -> Fix:
    return Fix(
        "in_bulk",
        '        service = services.get(provider["provider_id"])\n'
        "        if service is None:\n            continue",
        Place("media/services.py", 71, 74, "_replace_offers"),
        edits=(
            Edit(
                "    services = {\n        service.tmdb_provider_id: service\n"
                "        for service in Service.objects.filter(tmdb_provider_id__in=provider_ids)\n"
                "    }",
                Place("media/services.py", 68, 0, "_replace_offers"),
            ),
        ),
        caveats=("All providers are held in memory at once.",),
    )


def collect_and_create() -> Fix:
    return Fix(
        "bulk_create",
        "        offers.append(StreamingOffer(movie=movie, service=service, country=country,"
        " offer_type=offer_type))",
        CREATE,
        edits=(
            Edit(
                "    StreamingOffer.objects.bulk_create(offers)",
                Place("media/services.py", 90, 90, "_replace_offers"),
            ),
        ),
        imports=("from media.models import StreamingOffer",),
        caveats=(
            "save() of StreamingOffer is not called.",
            "The receiver media.signals.index_offer of post_save is not called, because a bulk"
            " write sends no signals.",
        ),
    )


class Unprintable:
    """A value that cannot even be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("S3CRET")

    __str__ = __repr__
