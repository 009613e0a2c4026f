"""A script: reads the page while the provider fails in one way after the other.

Prints as JSON what was logged and how many tiles each page had.
"""

from __future__ import annotations

import json
import logging
import os
import sys

from demo_app.database import throwaway_database
from demo_app.provider_api import ProviderApi

logged = []


class Keep(logging.Handler):
    def emit(self, record):
        logged.append(record.getMessage())


def tiles(client, movie):
    page = client.get(f"/fixed/{movie.slug}/").content.decode()
    return page.count('class="offer"')


with ProviderApi() as api:
    os.environ["STREAMING_API_URL"] = api.url
    with throwaway_database(None):
        from django.conf import settings

        from demo_app import catalogue
        from demo_app.play import arrange, log_in

        logging.getLogger("demo_app").handlers = [Keep()]
        logging.getLogger("demo_app").setLevel("WARNING")
        movie = catalogue.fill(api.offers, api.url)
        client = log_in()
        pages = {}
        for fault in ("unavailable", "slow", "garbled", "refused"):
            arrange("miss", api, movie, "IT")
            if fault == "refused":
                # Nothing listens on the discard port.
                settings.STREAMING_API_URL = "http://127.0.0.1:9"
            else:
                api.fault = fault
            pages[fault] = tiles(client, movie)

json.dump({"tiles": pages, "logged": logged}, sys.stdout)
