"""The site on a real server: `python -m tests.panel.served DATABASE` prints its port.

A strict policy is on all it sends, and each page has the toolbar.
"""

from __future__ import annotations

import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer

import django
from django.conf import settings
from django.core.management import call_command

from tests.project import settings as project

POLICY = "default-src 'self'; img-src 'self' data:"


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


def with_policy(get_response):
    """A middleware that forbids whatever does not come from the site's own files."""

    def middleware(request):
        response = get_response(request)
        response["Content-Security-Policy"] = POLICY
        return response

    return middleware


def always(request):
    return True


def configure(database):
    configured = {name: getattr(project, name) for name in dir(project) if name.isupper()}
    configured |= {
        "DEBUG": True,
        "ROOT_URLCONF": "tests.panel.site",
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
        "MIDDLEWARE": [
            "tests.panel.served.with_policy",
            "debug_toolbar.middleware.DebugToolbarMiddleware",
        ],
        "DEBUG_TOOLBAR_PANELS": [
            "debug_toolbar.panels.history.HistoryPanel",
            "querylens.django.panel.QueryLensPanel",
        ],
        "DEBUG_TOOLBAR_CONFIG": {
            "SHOW_TOOLBAR_CALLBACK": "tests.panel.served.always",
            "IS_RUNNING_TESTS": False,
        },
        "QUERYLENS": {"REPORT": []},
    }
    settings.configure(**configured)
    django.setup()


def main():
    configure(sys.argv[1])
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.servers.basehttp import WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    from tests.project.library.populate import populate

    call_command("migrate", run_syncdb=True, verbosity=0)
    populate(4)
    server = Server(("127.0.0.1", 0), WSGIRequestHandler)
    server.set_app(StaticFilesHandler(get_wsgi_application()))
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
