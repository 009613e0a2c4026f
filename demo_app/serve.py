"""Serves the demo to a browser."""

from __future__ import annotations

import socket

from django.core.management import call_command
from django.urls import reverse

from demo_app import catalogue
from demo_app.play import FORMS
from demo_app.provider_api import ProviderApi

HOST = "127.0.0.1"


def serve(api: ProviderApi, port: int) -> None:
    """Runs Django's development server until it is interrupted."""
    movie = catalogue.fill(api.offers, f"{api.url}/logos")
    print(f'"Where to watch {movie.title} in Italy", in three forms:')
    for form in FORMS:
        print(f"  http://{HOST}:{port}{reverse(form, args=[movie.slug])}")
    print("and beside it, what it takes to make them, live:")
    print(f"  http://{HOST}:{port}{reverse('querylens_inspector:requests')}")
    print(f"Log in as {catalogue.USERNAME}, password {catalogue.PASSWORD}.")
    print("The first visit fills the cache, and those of the next day hit it.", flush=True)
    call_command("runserver", f"{HOST}:{port}", use_reloader=False)


def is_free(port: int) -> bool:
    """Whether the server can listen there; runserver itself would end the process at once."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
