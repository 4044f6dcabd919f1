"""Superset's pages in a browser that nobody sees: for measurements and for tests."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, Request, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DASHBOARDS = ("microstructure", "fragmentation", "exchange", "research", "health")
CHART_DATA = "/api/v1/chart/data"
PATIENCE_S = 120
LOOK_MS = 100
DRAWN = """() => {
  const charts = [...document.querySelectorAll('.dashboard-component-chart-holder')];
  const drawn = '.slice_container :is(canvas, table, .header-line, .ant-empty), .ant-alert-error';
  return charts.length > 0 && charts.every(chart => chart.querySelector(drawn));
}"""


@contextmanager
def browser() -> Iterator[Page]:
    """A page that waits as long as a busy machine may take, ended with the block.

    The browser keeps what it has fetched and compiled from one page to the next, as those of people do.
    """
    path = next(filter(None, map(shutil.which, BROWSERS)))
    with (
        sync_playwright() as playwright,
        TemporaryDirectory() as profile,
        playwright.chromium.launch_persistent_context(
            profile, executable_path=path, args=["--no-sandbox"], viewport={"width": 1440, "height": 900}
        ) as chromium,
    ):
        page = chromium.pages[0]
        page.set_default_timeout(PATIENCE_S * 1e3)
        yield page


def log_in(page: Page, url: str, password: str) -> None:
    """As the administrator."""
    page.goto(f"{url}/login/")
    page.fill("#username", "admin")
    page.fill("#password", password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda at: "login" not in at, wait_until="commit")


def draw(page: Page, url: str, slug: str) -> None:
    """Open a dashboard and wait until each of its charts is drawn, or says why it is not."""
    page.goto(f"{url}/superset/dashboard/{slug}/", wait_until="commit")
    page.wait_for_function(DRAWN, polling=LOOK_MS)


@contextmanager
def chart_requests(page: Page) -> Iterator[list[Request]]:
    """Those of charts that are answered while the block runs."""
    answered: list[Request] = []

    def note(request: Request) -> None:
        if CHART_DATA in request.url:
            answered.append(request)

    page.on("requestfinished", note)
    try:
        yield answered
    finally:
        page.remove_listener("requestfinished", note)
