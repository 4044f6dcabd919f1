"""How soon Superset's dashboards are drawn in a browser, warm, while streams fill the lake."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from subprocess import DEVNULL

import numpy as np
from playwright.sync_api import Request

from schemas.silver import TABLES
from spark_jobs.bench.pages import DASHBOARDS, browser, chart_requests, draw, log_in
from spark_jobs.bench.questions import ask_at_once, find_questions
from spark_jobs.cli.query import run_sql
from spark_jobs.demo import market
from spark_jobs.instance.child import child, depthlake
from spark_jobs.settings import Settings

RELOADS = 3
WATCHED_S = 20
CACHED_S = 6  # Superset's cache has let go of an answer
ORDERS = 100  # a second
TRADED_S = 30
LONGEST_S = 3_600


@dataclass
class Shown:
    """What was seen beside so many messages a second.

    Seconds until each dashboard was drawn, by its name, the median of some; seconds of each request of a chart: while
    the browser drew dashboards, while somebody watched them ask again, and when they were asked without a browser.
    """

    events: float = 0.0
    drawn: dict[str, float] = field(default_factory=dict)
    drawing: list[float] = field(default_factory=list)
    watching: list[float] = field(default_factory=list)
    asking: list[float] = field(default_factory=list)


def measure_dashboards(settings: Settings, password: str, rate: int, warm_s: float) -> Shown:
    """Let participants trade for a while, then publish `rate` events a second, and after `warm_s` look."""
    with market(settings, ORDERS, TRADED_S):
        time.sleep(TRADED_S)
    with child(settings, depthlake("simulate", "--rate", str(rate), "--duration", str(LONGEST_S)), stdout=DEVNULL):
        time.sleep(warm_s)
        before, began = count_events(settings), time.monotonic()
        shown = look(f"http://{settings.host}:{settings.superset_port}", password)
        shown.events = (count_events(settings) - before) / (time.monotonic() - began)
    return shown


def count_events(settings: Settings) -> int:
    """Messages that silver has."""
    counts = " + ".join(f"(SELECT count(*) FROM {table.name})" for table in TABLES)
    return sum(answer.rows[0][0] for answer in run_sql(settings, f"SELECT {counts}"))


def look(url: str, password: str) -> Shown:
    """Open each dashboard so often, watch it ask for its charts again, then ask in its place; not its first time."""
    shown = Shown()
    with browser() as page:
        log_in(page, url, password)
        for slug in DASHBOARDS:
            questions = find_questions(page, url, slug)
            with chart_requests(page) as drawing:
                shown.drawn[slug] = float(np.median([_seconds(partial(draw, page, url, slug)) for _ in range(RELOADS)]))
            with chart_requests(page) as watching:
                page.wait_for_timeout(WATCHED_S * 1e3)
            shown.drawing += _answer_times(drawing)
            shown.watching += _answer_times(watching)
            page.goto("about:blank")
            for _ in range(RELOADS):
                page.wait_for_timeout(CACHED_S * 1e3)
                shown.asking += ask_at_once(questions)
    return shown


def _answer_times(requests: Iterable[Request]) -> list[float]:
    """Seconds of each, from when the browser sends it to its answer."""
    return [(request.timing["responseEnd"] - request.timing["requestStart"]) / 1e3 for request in requests]


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
