"""`python -m demo_app`: plays the demo, or serves it to a browser."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from demo_app.database import UnusableDatabaseError, throwaway_database
from demo_app.provider_api import ProviderApi

MOST_OFFERS = 1000


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the demo on a database that is gone when it ends."""
    parser = _parser()
    options = parser.parse_args(argv)
    if options.json and options.command == "serve":
        parser.error("--json goes with play, not with serve")
    if options.record and options.command == "serve":
        parser.error("--record goes with play, not with serve")
    signal.signal(signal.SIGTERM, _stop)
    # A report has characters that not every terminal's encoding knows.
    sys.stdout.reconfigure(errors="replace")
    try:
        _run(parser, options)
    except UnusableDatabaseError as error:
        parser.error(f"cannot use the database {_without_password(options.database)}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python would complain when it flushes the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _run(parser: Parser, options: argparse.Namespace) -> None:
    with ProviderApi(options.offers) as api:
        os.environ["STREAMING_API_URL"] = api.url
        if options.command == "serve":
            os.environ.setdefault("DEMO_LOG_LEVEL", "WARNING")
            os.environ["DEMO_SERVES"] = "1"
        with throwaway_database(options.database):
            if options.command == "serve":
                _serve(parser, api, options.port)
            else:
                _play(api, options)


def _play(api: ProviderApi, options: argparse.Namespace) -> None:
    # Models can be imported only now that Django is set up.
    from demo_app.play import play
    from demo_app.scoreboard import as_dict, record, show

    result = play(api)
    if options.json:
        print(json.dumps(as_dict(result), indent=2))
    else:
        show(result)
    if options.record:
        record(result, options.record)


def _serve(parser: Parser, api: ProviderApi, port: int) -> None:
    from demo_app.serve import is_free, serve

    if not is_free(port):
        parser.error(f"cannot listen on port {port}: choose another with --port")
    serve(api, port)


def _parser() -> Parser:
    parser = Parser(prog="python -m demo_app", description=__doc__)
    parser.add_argument(
        "command",
        nargs="?",
        choices=("play", "serve"),
        default="play",
        help="play: request the page on every path and print findings and scoreboard (default); "
        "serve: run it for a browser",
    )
    parser.add_argument(
        "--offers",
        type=_number_to(MOST_OFFERS),
        default=8,
        metavar="N",
        help=f"how many streaming offers the movie has, 1 to {MOST_OFFERS} (default: 8)",
    )
    parser.add_argument(
        "--database",
        default=os.environ.get("DEMO_DATABASE_URL") or None,
        metavar="URL",
        help="an EMPTY database to use, postgres://, mysql:// or sqlite:///FILE: the demo makes "
        "its tables there and drops them when it ends (default: $DEMO_DATABASE_URL, or a "
        "temporary SQLite file)",
    )
    parser.add_argument("--json", action="store_true", help="print the play as JSON")
    parser.add_argument(
        "--record",
        type=Path,
        metavar="DIR",
        help="write the requests that the scoreboard compares to DIR/before and DIR/after, for "
        "querylens diff",
    )
    parser.add_argument(
        "--port",
        type=_number_to(65535),
        default=8000,
        metavar="P",
        help="where serve listens on 127.0.0.1 (default: 8000)",
    )
    return parser


def _number_to(most: int) -> Any:
    def number(text: str) -> int:
        if text.isascii() and text.isdigit() and 1 <= int(text) <= most:
            return int(text)
        raise argparse.ArgumentTypeError(f"a whole number from 1 to {most} is needed, not {text!r}")

    return number


def _without_password(url: str | None) -> str:
    """The database's URL as it may be shown."""
    if url is None:
        return "in a temporary file"
    return re.sub(r"(://[^:@/]*):.*@", r"\1:***@", url)


def _stop(signal_number: int, _frame: object) -> NoReturn:
    """Ends in good order, so that the demo's tables are dropped."""
    raise SystemExit(128 + signal_number)


if __name__ == "__main__":
    main()
