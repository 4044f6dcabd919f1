"""Requests to a venue beside its stream."""

import asyncio
import ipaddress
import ssl
from concurrent.futures import Future
from http.client import HTTPException
from threading import Thread
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from schemas.errors import FeedLost, FeedRefused, SettingsError, SourceError

TIMEOUT_S = 10
MOST_BYTES = 64 * 2**20
MOST_SAID = 200
# What a venue says for good: bad request, not authorised, forbidden, not found, not in this country.
REFUSALS = (400, 401, 403, 404, 451)


async def fetch(url: str, method: str = "GET", tls: ssl.SSLContext | None = None) -> bytes:
    """The body of the answer. Raises FeedRefused on a refusal for good, FeedLost on anything else that is no answer.

    Nobody waits for a request that is cancelled, not even the end of the process.
    """
    answer: Future[bytes] = Future()

    def run() -> None:
        answer.set_running_or_notify_cancel()
        try:
            answer.set_result(_fetch(url, method, tls))
        except SourceError as error:
            answer.set_exception(error)
        finally:
            if not answer.done():
                answer.set_exception(FeedLost(f"the request to {url} failed"))

    Thread(target=run, daemon=True).start()
    return await asyncio.wrap_future(answer)


def _fetch(url: str, method: str, tls: ssl.SSLContext | None) -> bytes:
    proxies = [ProxyHandler({})] if is_loopback(url) else []
    opener = build_opener(*proxies, HTTPSHandler(context=tls))
    request = Request(url, b"" if method == "POST" else None, {"User-Agent": "depthlake"}, method=method)
    place = url.partition("?")[0]
    try:
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            return bytes(answer.read(MOST_BYTES))
    except HTTPError as error:
        with error:
            said = error.read(MOST_SAID).decode(errors="replace").strip() or error.reason
        if error.code in REFUSALS:
            raise FeedRefused(f"{url} is refused (HTTP {error.code}: {said}); correct the request.") from error
        raise FeedLost(f"{place} does not answer (HTTP {error.code}: {said})") from error
    except (OSError, HTTPException) as error:
        raise FeedLost(f"{place} does not answer ({error})") from error


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_url(option: str, url: str, schemes: tuple[str, str]) -> str:
    """The URL without a slash at its end; `schemes` are the encrypted one and the plain one, for this machine only.

    Raises SettingsError, naming the option, on anything else.
    """
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname:
        raise SettingsError(f"{option} {url} is no URL of a venue: give {schemes[0]}://host.")
    if parts.scheme == schemes[1] and not is_loopback(url):
        raise SettingsError(f"{option} {url} is not encrypted: give {schemes[0]}://, or a host of this machine.")
    return url.rstrip("/")
