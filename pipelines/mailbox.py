"""The address of a mailbox that alerts are handed to, as one URL."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from schemas.errors import SettingsError

PORTS = {"smtp": 587, "smtps": 465}
ADDRESS = re.compile(r"[^\s@,<>]+@[^\s@,<>]+")
FORM = "smtp://user:password@host:587?from=me@example.org&to=you@example.org"


@dataclass(frozen=True)
class Mailbox:
    """Where mail is handed in, by whom, and for whom; `is_tls`: encrypted from the first byte, else by STARTTLS."""

    host: str
    port: int
    is_tls: bool
    user: str
    password: str
    sender: str
    receivers: tuple[str, ...]


def parse_mailbox(url: str) -> Mailbox:
    """A URL like FORM; `smtps` is TLS from the first byte, several `to` are several receivers.

    Raises SettingsError on any other, without its password.
    """
    try:
        parts = urlsplit(url)
        query = parse_qs(parts.query, strict_parsing=True)
        (sender,) = query["from"]
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        port, is_tls = parts.port or PORTS[parts.scheme], parts.scheme == "smtps"
        host, receivers = parts.hostname or "", tuple(query["to"])
        if not host or set(query) != {"from", "to"} or parts.path not in ("", "/"):
            raise ValueError
        if not all(ADDRESS.fullmatch(each) for each in (sender, *receivers)):
            raise ValueError
    except (KeyError, ValueError):
        raise SettingsError(
            f"DEPTHLAKE_ALERT_SMTP is no address of a mailbox: set it like {FORM}, or unset it."
        ) from None
    return Mailbox(host, port, is_tls, user, password, sender, receivers)
