"""A script: plays the demo, and prints what its SQL alone is taken for, as JSON."""

from __future__ import annotations

import json
import os
import sys

from demo_app.database import throwaway_database
from demo_app.provider_api import ProviderApi
from tests.reading_sql import inferred_from

with ProviderApi() as api:
    os.environ["STREAMING_API_URL"] = api.url
    with throwaway_database(os.environ.get("DEMO_URL")):
        from demo_app.play import play

        visits = play(api).visits


def told(result, asked):
    message = result.message(asked.count, asked.distinct)
    saved = asked.count - result.remaining(asked.distinct)
    subject = result.cause.relation or result.cause.model
    return [result.code, subject, asked.count, asked.distinct, message, result.fix.code, saved]


printed = {
    f"{visit.path} {visit.form}": [told(*item) for item in inferred_from(visit.trace)]
    for visit in visits
}
json.dump(printed, sys.stdout)
