"""What the charts of a dashboard ask of Superset, asked again without the browser: it may be on another machine."""

import time
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import Page, Request

from spark_jobs.bench.pages import PATIENCE_S, chart_requests, draw

AT_ONCE = 6  # a browser's connections to a server
OF_THE_CONNECTION = ("host", "connection", "content-length", "accept-encoding")


def find_questions(page: Page, url: str, slug: str) -> list[urllib.request.Request]:
    """Draw a dashboard; what its charts ask, by whoever is logged in."""
    with chart_requests(page) as asked:
        draw(page, url, slug)
    return [_copy(request) for request in asked]


def ask_at_once(questions: Sequence[urllib.request.Request]) -> list[float]:
    """Seconds of each, as many at once as a browser asks."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(_ask, questions))


def _copy(request: Request) -> urllib.request.Request:
    headers = {name: value for name, value in request.all_headers().items() if name not in OF_THE_CONNECTION}
    return urllib.request.Request(request.url, request.post_data_buffer, headers, method=request.method)


def _ask(question: urllib.request.Request) -> float:
    began = time.monotonic()
    with urllib.request.urlopen(question, timeout=PATIENCE_S) as answer:
        answer.read()
    return time.monotonic() - began
