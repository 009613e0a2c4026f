"""A small server on loopback that answers like TMDB's watch-provider API, and fails on demand."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

#: TMDB's numbers and names of the services that the demo's movie is offered by.
KNOWN_PROVIDERS = ((2, "Apple TV"), (10, "Amazon Video"), (35, "Rakuten TV"), (40, "CHILI"))
COUNTRY = "IT"

#: How the server misbehaves: it answers 503, or not in time, or with something else than JSON.
Fault = Literal["unavailable", "slow", "garbled"]

_LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
<rect width="64" height="64" fill="hsl({hue} 60% 40%)"/>
<text x="32" y="42" font-size="28" fill="white" text-anchor="middle">{number}</text></svg>"""


class ProviderApi:
    """The server, running while the `with` block does; `fault` may change at any time."""

    def __init__(self, offers: int = 8) -> None:
        self.offers = offers
        self.fault: Fault | None = None
        self.stopping = threading.Event()

    def __enter__(self) -> ProviderApi:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"


def providers(offers: int) -> list[dict[str, Any]]:
    """The providers behind `offers` offers: half of them, for each rents out and sells."""
    known = dict(enumerate(KNOWN_PROVIDERS))
    numbered = [
        known.get(index, (1000 + index, f"Provider {index + 1}"))
        for index in range(-(-offers // 2))
    ]
    return [
        {
            "logo_path": f"/{provider_id}.svg",
            "provider_id": provider_id,
            "provider_name": name,
            "display_priority": priority,
        }
        for priority, (provider_id, name) in enumerate(numbered, start=1)
    ]


def watch_providers(movie_id: int, offers: int) -> dict[str, Any]:
    """TMDB's answer about a movie that is offered in one country only."""
    renting = providers(offers)
    country = {
        "link": f"https://www.themoviedb.org/movie/{movie_id}/watch?locale={COUNTRY}",
        "rent": renting,
        "buy": renting[: offers // 2],
    }
    return {"id": movie_id, "results": {COUNTRY: country}}


def _handler_of(api: ProviderApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if logo := re.fullmatch(r"/logos/(\d+)\.svg", self.path):
                self._answer(200, "image/svg+xml", _logo(int(logo[1])))
            elif movie := re.fullmatch(r"/3/movie/(\d+)/watch/providers", self.path):
                self._answer_about(int(movie[1]))
            else:
                self.send_error(404)

        def _answer_about(self, movie_id: int) -> None:
            match api.fault:
                case "unavailable":
                    self.send_error(503)
                    return
                case "slow":
                    # Longer than any client waits, but no longer than the server runs.
                    api.stopping.wait(30)
                    return
            body = json.dumps(watch_providers(movie_id, api.offers))
            cut = len(body) // 2 if api.fault == "garbled" else None
            self._answer(200, "application/json", body[:cut])

        def _answer(self, status: int, content_type: str, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keeps the demo's own output readable."""

    return Handler


def _logo(number: int) -> str:
    return _LOGO.format(hue=number * 47 % 360, number=number)
