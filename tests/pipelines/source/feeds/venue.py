"""A venue on loopback: a WebSocket server that follows scripts, and the REST server beside it."""

import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

Script = Callable[[ServerConnection], None]
Answer = Callable[[str], tuple[int, bytes]]


@dataclass
class Venue:
    """Where it listens, and the paths that were asked for."""

    stream_url: str = ""
    rest_url: str = ""
    streams: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def hold(connection: ServerConnection) -> None:
    """Say nothing until the client leaves."""
    with suppress(ConnectionClosed):
        while True:
            connection.recv()


def replaying(messages: Sequence[str], after: Script = hold) -> Script:
    """Send messages, then go on as `after` does."""

    def script(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            for message in messages:
                connection.send(message)
        after(connection)

    return script


def cut_off(connection: ServerConnection) -> None:
    """End the connection without a word."""
    connection.socket.shutdown(2)


@contextmanager
def running_venue(
    scripts: Sequence[Script | int], answer: Answer = lambda _: (404, b""), tls: ssl.SSLContext | None = None
) -> Iterator[Venue]:
    """A venue that takes one connection after the other by its scripts, the last one again and again.

    A number instead of a script is an HTTP status that refuses the connection; `answer` is the status and body of a
    path.
    """
    venue = Venue()
    with _stream(venue, scripts, tls) as stream, ThreadingHTTPServer(("127.0.0.1", 0), _handler(venue, answer)) as rest:
        if tls:
            rest.socket = tls.wrap_socket(rest.socket, server_side=True)
        encrypted = "s" if tls else ""
        venue.stream_url = f"ws{encrypted}://127.0.0.1:{stream.socket.getsockname()[1]}"
        venue.rest_url = f"http{encrypted}://127.0.0.1:{rest.server_port}"
        with (
            _serving(stream.serve_forever, stream.shutdown),
            _serving(partial(rest.serve_forever, 0.02), rest.shutdown),
        ):
            yield venue


def _stream(venue: Venue, scripts: Sequence[Script | int], tls: ssl.SSLContext | None) -> Server:
    def current() -> Script | int:
        return scripts[min(len(venue.streams), len(scripts)) - 1]

    def open_or_refuse(connection: ServerConnection, request: Request) -> Response | None:
        venue.streams.append(request.path)
        script = current()
        return connection.respond(script, "no\n") if isinstance(script, int) else None

    def handle(connection: ServerConnection) -> None:
        script = current()
        assert not isinstance(script, int)
        script(connection)

    return serve(handle, "127.0.0.1", 0, process_request=open_or_refuse, compression=None, ssl=tls)


@contextmanager
def _serving(serve_forever: Callable[[], None], shutdown: Callable[[], None]) -> Iterator[None]:
    thread = Thread(target=serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        shutdown()
        thread.join(5)


def _handler(venue: Venue, answer: Answer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            venue.requests.append(f"{self.command} {self.path}")
            status, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler
