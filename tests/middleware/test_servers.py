"""Real servers, real HTTP: what their clients get, and what the servers' terminals show."""

from __future__ import annotations

import json
import re

import pytest

from tests.capture.sending import run_in_process

_SITE = """
    import json, sys, threading
    from concurrent.futures import ThreadPoolExecutor
    from http.client import HTTPConnection
    from tests.project.library.populate import populate

    populate(4)
    settings.SECRET_KEY = "only for tests"
    settings.ROOT_URLCONF = "tests.middleware.views"
    settings.ALLOWED_HOSTS = ["*"]
    settings.DEBUG = {debug}
    settings.MIDDLEWARE = ["querylens.django.QueryLensMiddleware"]
    terminal = open(sys.argv[1], "w", buffering=1, encoding="utf-8")
    sys.stderr, standard_error = terminal, sys.stderr
"""

_WSGI = """
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
    server.set_app(WSGIHandler())
    port = server.server_port
    serving = threading.Thread(target=server.serve_forever)
    stop = server.shutdown
"""

_UVICORN = """
    import socket
    import uvicorn
    from django.core.handlers.asgi import ASGIHandler

    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    options = uvicorn.Config(ASGIHandler(), lifespan="off", log_level="critical", ws="none")
    server = uvicorn.Server(options)
    serving = threading.Thread(target=server.run, kwargs={"sockets": [listening]})

    def stop():
        server.should_exit = True
"""

_DAPHNE = """
    from concurrent.futures import Future
    # Before the reactor: the import chooses it.
    from daphne.server import Server
    from django.core.handlers.asgi import ASGIHandler
    from twisted.internet import reactor

    opened = Future()

    def tell():
        opened.set_result(server.listening_addresses)

    server = Server(
        ASGIHandler(),
        endpoints=["tcp:port=0:interface=127.0.0.1"],
        signal_handlers=False,
        ready_callable=tell,
    )

    class Serving(threading.Thread):
        def start(self):
            global port
            super().start()
            [(_, port)] = opened.result(60)

    serving = Serving(target=server.run)

    def stop():
        reactor.callFromThread(reactor.stop)
"""

_VISITS = """
    def visit(path):
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        names = ("Server-Timing", "X-Querylens")
        return [response.status, *(response.headers[name] for name in names), body.count("Author")]

    serving.start()
    try:
        first = [visit(path) for path in PATHS]
        with ThreadPoolExecutor(6) as pool:
            rest = list(pool.map(visit, PATHS * 6))
    finally:
        stop()
        serving.join()
        sys.stderr = standard_error
        terminal.close()
    print(json.dumps([first, rest]))
"""

#: By name: the program, the module it needs, and a route whose body streams as suits it.
SERVERS = {
    "wsgi": (_WSGI, "django", "streamed/"),
    "uvicorn": (_UVICORN, "uvicorn", "streamed-async/"),
    "daphne": (_DAPHNE, "daphne", "streamed-async/"),
}


def served(tmp_path, name, paths, debug):
    """What the clients got one by one, then at once, and what the server's terminal shows."""
    server, module, _ = SERVERS[name]
    pytest.importorskip(module, reason=f"{module} is not installed")
    program = f"{_SITE.format(debug=debug)}\n    PATHS = {paths!r}\n{server}\n{_VISITS}"
    file = tmp_path / "terminal.txt"
    [printed] = run_in_process(program, tmp_path, str(file))
    return (*json.loads(printed), file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_in_production_shows_nothing(tmp_path, name):
    paths = ["/", "/lazy/", f"/{SERVERS[name][-1]}"]
    first, rest, terminal = served(tmp_path, name, paths, debug=False)

    assert [answer[0] for answer in first + rest] == [200] * 21
    assert {header for answer in first + rest for header in answer[1:3]} == {None}
    assert terminal == ""


@pytest.mark.parametrize("name", SERVERS)
def test_every_request_to_a_server_reports_itself(tmp_path, name):
    route = SERVERS[name][-1]
    paths = ["/", "/lazy/", f"/{route}", "/awaited/", "/nowhere/"]
    first, rest, terminal = served(tmp_path, name, paths, debug=True)

    statuses = [200, 200, 200, 200, 404]
    told = [
        "1 query; 0 findings",
        "5 queries; 1 finding",
        "1 query; 0 findings; body still streaming",
        "5 queries; 1 finding",
        "0 queries; 0 findings",
    ]
    assert [answer[0] for answer in first] == statuses
    assert [answer[2] for answer in first] == told
    assert [answer[3] for answer in first] == [0, 4, 4, 4, 0]
    assert re.fullmatch(r'db;dur=\d+\.\d;desc="1 query, body still streaming"', first[2][1])
    timeless = [[answer[0], *answer[2:]] for answer in rest]
    assert timeless == [[answer[0], *answer[2:]] for answer in first] * 6
    assert_apart(terminal, route)


def assert_apart(terminal, route):
    """Each finding once in full, and later each on the line behind its request's."""
    for name in ("lazy/", route, "awaited/"):
        line = rf"^GET {name} 200 · [56] queries · \d+ ms\n"
        assert len(re.findall(line + "(?!still)", terminal, re.MULTILINE)) == 1
        known = line + r"still: QL10[14] \S.*4\n"
        assert len(re.findall(known, terminal, re.MULTILINE)) == 6
    for line in (r"^GET / 200 · 1 query · \d+ ms$", r"^GET \(no route\) 404 · 0 queries · \d+ ms$"):
        assert len(re.findall(line, terminal, re.MULTILINE)) == 7
    assert terminal.count("GET ") == 5 * 7
