"""Servers that keep what they are told: a webhook, and a mail server that speaks as much SMTP as a client needs."""

import base64
import json
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

NOBODY = "nobody@example.org"


class Webhook(HTTPServer):
    """Keeps the body of each POST."""

    heard: list[dict[str, str]]


class WebhookHandler(BaseHTTPRequestHandler):
    """Takes a POST."""

    def do_POST(self) -> None:
        """Keep the body."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(json.loads(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class MailServer(socketserver.TCPServer):
    """Keeps each mail as receivers and text, and who logged in; with a certificate it offers STARTTLS."""

    heard: list[tuple[list[str], str]]
    logins: list[str]
    certificate: Path | None = None


class MailHandler(socketserver.StreamRequestHandler):
    """A conversation."""

    def handle(self) -> None:
        """Answer until QUIT."""
        self.receivers: list[str] = []
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            verb, _, rest = line.partition(" ")
            if verb == "QUIT":
                self.say("221 bye")
                return
            getattr(self, f"on_{verb.lower()}", self.on_other)(rest)

    def on_ehlo(self, _: str) -> None:
        """What is offered: STARTTLS before there is TLS, AUTH after it."""
        is_tls = isinstance(self.request, ssl.SSLSocket)
        offered = "AUTH PLAIN" if is_tls else "STARTTLS" if self.server.certificate else "8BITMIME"
        self.say("250-listener")
        self.say(f"250 {offered}")

    def on_starttls(self, _: str) -> None:
        """Go on encrypted."""
        self.say("220 go")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.server.certificate)
        self.request = context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)

    def on_auth(self, rest: str) -> None:
        """Let everybody in."""
        self.server.logins.append(base64.b64decode(rest.partition(" ")[2]).decode().strip("\0").replace("\0", ":"))
        self.say("235 in")

    def on_rcpt(self, rest: str) -> None:
        """Take a receiver, unless it is nobody."""
        receiver = rest.partition("<")[2].partition(">")[0]
        if receiver == NOBODY:
            self.say("550 no such mailbox")
        else:
            self.receivers.append(receiver)
            self.say("250 ok")

    def on_data(self, _: str) -> None:
        """Keep the mail."""
        self.say("354 go")
        lines = []
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            lines.append(line)
        self.server.heard.append((self.receivers, "\n".join(lines)))
        self.say("250 ok")

    def on_other(self, _: str) -> None:
        """Whatever else there is."""
        self.say("250 ok")

    def say(self, line: str) -> None:
        """A line of an answer."""
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[None]:
    """A server that answers while the block runs."""
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def webhook() -> Iterator[Webhook]:
    """A webhook on a free port."""
    server = Webhook(("127.0.0.1", 0), WebhookHandler)
    server.heard = []
    with serving(server):
        yield server


@contextmanager
def mail_server(certificate: Path | None = None) -> Iterator[MailServer]:
    """A mail server on a free port."""
    server = MailServer(("127.0.0.1", 0), MailHandler)
    server.heard, server.logins, server.certificate = [], [], certificate
    with serving(server):
        yield server


def make_certificate(folder: Path) -> Path:
    """Key and certificate of `localhost`, in one file."""
    path, key = folder / "server.pem", folder / "key.pem"
    named = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    command = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", str(key))
    subprocess.run([*command, "-out", str(path), *named], check=True, capture_output=True)
    path.write_text(key.read_text() + path.read_text())
    return path
