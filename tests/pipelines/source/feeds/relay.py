"""One address for the stream and the requests of a venue, as a gateway has."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from urllib.parse import urlsplit

from tests.pipelines.source.feeds.venue import Venue

STREAM_PATH = b"/v1/api/ws"


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Pass on bytes until one of them ends."""
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def one_address(venue: Venue) -> Iterator[str]:
    """The http:// URL of both: what asks for STREAM_PATH goes to the stream, anything else to the requests."""

    class Relay(BaseRequestHandler):
        def handle(self) -> None:
            """A connection, by its first line."""
            first = self.request.recv(65_536, socket.MSG_PEEK).split(b"\r\n")[0]
            port = urlsplit(venue.stream_url if STREAM_PATH in first else venue.rest_url).port
            with socket.create_connection(("127.0.0.1", port)) as there:
                back = Thread(target=_pump, args=(there, self.request), daemon=True)
                back.start()
                _pump(self.request, there)
                back.join()

    class Server(ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Relay) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(5)
