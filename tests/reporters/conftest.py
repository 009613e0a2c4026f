"""One page and one refresh of a film site, as reports; and the files they are compared with."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from querylens.model import (
    Cause,
    Edit,
    Fix,
    GroupTotals,
    Place,
    Report,
    SourceTotals,
    Summary,
    Suppressed,
)
from tests.reporters.examples import (
    ACCESS,
    CREATE,
    FETCHED,
    FOR_TAG,
    HOSTILE,
    INSERT_OFFER,
    INSERTS,
    LAZY,
    LOOKUP,
    LOOKUPS,
    OFFERS,
    PROFILE,
    PROFILE_GET,
    PROVIDERS,
    QUERYSET,
    SERVICE,
    SERVICE_BY_PROVIDER,
    SESSION,
    Unprintable,
    collect_and_create,
    finding_of,
    gather_and_index,
    query,
    trace_of,
)

_GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def page_report() -> Report:
    """A page with eight tiles: sixteen queries, and seven would do."""
    tiles = [query(SERVICE, number) for number in (1, 18, 21, 6, 1, 18, 21, 6)]
    profiles = [query(PROFILE, 3), query(PROFILE, 3)]
    rest = [query(f'SELECT "{number}" FROM "page"') for number in range(4)]
    queries = [query(SESSION, "k3y"), query(OFFERS, "IT", 687163, ms=1.2), *rest, *profiles, *tiles]
    lazy = finding_of(
        LAZY,
        tiles,
        "8 similar queries from one line: offer.service was loaded for every offer",
        cause=Cause(
            "forward",
            "get",
            "media.Service",
            "media.StreamingOffer.service",
            "service",
            to_one=True,
            facts=frozenset({"nullable", "attname: service_id"}),
        ),
        call_site=ACCESS,
        loop=FOR_TAG,
        origin=QUERYSET,
        evidence="loop",
        fix=Fix(
            "select_related",
            '.select_related("service")',
            QUERYSET,
            alternatives=(
                Fix("prefetch_related", '.prefetch_related("service")', QUERYSET),
                Fix("fetch_mode", ".fetch_mode(models.FETCH_PEERS)", QUERYSET),
            ),
        ),
    )
    fetched = finding_of(
        FETCHED,
        profiles,
        "accounts_profile was read twice; request.user.profile keeps the row",
        cause=Cause("lookup", "get", "accounts.Profile", fields=("user",)),
        call_site=PROFILE_GET,
        saved=1,
        fix=Fix(
            "reuse_relation",
            "request.user.profile",
            PROFILE_GET,
            caveats=("raises RelatedObjectDoesNotExist where get() raised Profile.DoesNotExist",),
        ),
    )
    return Report((lazy, fetched), (trace_of("GET /movie/687163/", queries),))


@pytest.fixture
def refresh_report() -> Report:
    """The same page with a stale cache: a lookup and an INSERT for every provider."""
    numbers = (10, 40, 2, 35, 10, 40, 2, 35)
    lookups = [query(SERVICE_BY_PROVIDER, number) for number in numbers]
    inserts = [
        query(INSERT_OFFER, 687163, number, "IT", "rent", "2025-03-01", ms=0.9)
        for number in numbers
    ]
    around = [query("BEGIN"), query("SAVEPOINT s1"), query("SET search_path = it", is_setup=True)]
    rest = [query(f'SELECT "{number}" FROM "page"', alias="replica") for number in range(9)]
    lookup = finding_of(
        LOOKUPS,
        lookups,
        "8 similar queries from one line: one Service was looked up for every provider",
        cause=Cause("lookup", "get", "media.Service", fields=("tmdb_provider_id",)),
        call_site=LOOKUP,
        loop=PROVIDERS,
        saved=7,
        evidence="grows",
        fix=gather_and_index(),
    )
    insert = finding_of(
        INSERTS,
        inserts,
        "8 rows of media.StreamingOffer were inserted one at a time",
        cause=Cause("insert", "create", "media.StreamingOffer"),
        call_site=CREATE,
        loop=PROVIDERS,
        saved=7,
        evidence="loop",
        fix=collect_and_create(),
    )
    few = finding_of(
        FETCHED, inserts[:2], "read twice", call_site=Place("shop/admin.py", 12, 12, "ready")
    )
    return Report(
        (lookup, insert),
        (trace_of("GET /movie/687163/ (stale)", [*around, *rest, *lookups, *inserts]),),
        suppressed=(Suppressed(few, "admin only, five rows"), Suppressed(few, "")),
        remarks=("views.py:12: querylens: ignore[QL104] suppresses nothing",),
    )


@pytest.fixture
def folded_report(page_report, refresh_report) -> Report:
    """Both pages and a second visit to the first, as what is left of many tests."""
    summary = Summary()
    for report in (page_report, refresh_report, page_report):
        summary.add(report)
    return summary.report()


@pytest.fixture
def source_report(page_report, refresh_report) -> Report:
    """The same site as `querylens lint` reads it; one of the findings was seen in traces too."""
    nothing = {"group": GroupTotals.unsent(), "count": 0, "saved": 0, "evidence": "source"}
    lookup, insert = refresh_report.findings
    lazy = page_report.findings[0]
    message = "media.Service is looked up by tmdb_provider_id in a loop"
    by_library = Fix("none", caveats=("simple_history writes these rows itself.",))
    return Report(
        findings=(
            replace(lookup, message=message, **nothing),
            replace(insert, message="media.StreamingOffer is inserted one row at a time"),
            replace(
                lazy,
                message="media.StreamingOffer.service is fetched for each row",
                call_site=replace(ACCESS, python=None),
                loop=replace(FOR_TAG, python=None),
                **nothing,
            ),
            replace(insert, message="read only", loop=None, fix=by_library, **nothing),
        ),
        traces=(),
        suppressed=(Suppressed(replace(lazy, **nothing), "admin only, five rows"),),
        remarks=("views.py:12: querylens: ignore[QL104] suppresses nothing",),
        read=SourceTotals(files=12, templates=3, lines=3412, not_followed=41),
    )


@pytest.fixture
def hostile_report() -> Report:
    """Whatever a stranger could send: in SQL, paths, names, values and reasons."""
    queries = [
        query(f"SELECT '{HOSTILE}' WHERE a = %s", f"S3CRET{HOSTILE}", alias=HOSTILE),
        query("SELECT '" + "x" * 1_000_000 + "' WHERE a = %s", {"S3CRET": "S3CRET"}),
        query("SELECT a FROM b WHERE c = %s", Unprintable()),
    ]
    place = Place(
        f"{HOSTILE}.py", 3, 5, HOSTILE, f"{HOSTILE}\n\t{HOSTILE}", template="x", tag=HOSTILE
    )
    findings = tuple(
        finding_of(
            LAZY,
            [item],
            message,
            call_site=place,
            loop=place,
            origin=Place(HOSTILE, 1, code=HOSTILE),
            cause=Cause("raw", HOSTILE, HOSTILE, fields=(HOSTILE,), facts=frozenset({HOSTILE})),
            fix=Fix(
                "in_bulk",
                f"{HOSTILE}\n{HOSTILE}",
                place,
                (Edit("\n".join([HOSTILE] * 3), place),),
                (HOSTILE,),
                (Fix("none", HOSTILE), Fix("reuse_result")),
                (HOSTILE,),
            ),
        )
        for item, message in zip(queries, (HOSTILE, "y" * 1_000_000, "z z " * 500_000), strict=True)
    )
    trace = trace_of(HOSTILE, queries)
    trace.gaps.append(HOSTILE)
    return Report(findings, (trace,), (Suppressed(findings[0], HOSTILE),), (HOSTILE,))


@pytest.fixture
def matches_golden() -> Callable[[str, str], None]:
    """Compares text with a file in `golden/`; UPDATE_GOLDEN=1 writes the file instead."""

    def compare(name: str, text: str) -> None:
        path = _GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")

        assert text == path.read_text(encoding="utf-8")

    return compare
