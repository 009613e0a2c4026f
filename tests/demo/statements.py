"""A script: plays the demo for a country, and prints every statement of every visit as JSON."""

from __future__ import annotations

import json
import os
import sys

from demo_app.database import throwaway_database
from demo_app.provider_api import ProviderApi


def statements(trace):
    rows = zip(trace, trace.similar_counts(), trace.duplicated_counts(), strict=True)
    return [
        {
            "sql": query.sql,
            "counted": query.is_counted,
            "similar": similar,
            "duplicated": duplicated,
        }
        for query, similar, duplicated in rows
    ]


with ProviderApi() as api:
    os.environ["STREAMING_API_URL"] = api.url
    with throwaway_database(None):
        from demo_app.play import play

        visits = play(api, country=sys.argv[1]).visits

printed = {}
for visit in visits:
    printed.setdefault(visit.path, {})[visit.form] = statements(visit.trace)
json.dump(printed, sys.stdout)
