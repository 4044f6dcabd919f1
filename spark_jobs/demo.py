"""The main job before your eyes: participants trade on the exchange, and the lake fills."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from subprocess import DEVNULL

from rich.console import Console
from rich.table import Table

from spark_jobs.cli.query import Answer, run_sql
from spark_jobs.instance import lifecycle, superset
from spark_jobs.instance.child import LEAVE_S, child, depthlake
from spark_jobs.instance.doors import tell_doors
from spark_jobs.settings import Settings

RATE = 2_000  # orders a second
EVERY_S = 12

QUERIES = {
    "gold.obi_100ms: order-book imbalance, the latest windows": """
        SELECT symbol, venue, date_format(window_start, 'HH:mm:ss.S') AS window, quote_count AS quotes,
               round(obi, 3) AS obi, round(micro_price, 4) AS micro_price, round(spread_bps, 2) AS spread_bps
        FROM (SELECT * FROM gold.obi_100ms ORDER BY window_start DESC, symbol, venue LIMIT 5)""",
    "gold.spread_1m: the widest spreads of the last minute": """
        SELECT symbol, date_format(window_start, 'HH:mm') AS minute, quote_count AS quotes,
               round(spread_avg_bps, 2) AS avg_bps, round(spread_std_bps, 2) AS std_bps,
               round(order_imbalance, 2) AS imbalance, market_regime AS regime
        FROM (SELECT * FROM gold.spread_1m ORDER BY window_start DESC, spread_avg_bps DESC NULLS LAST LIMIT 5)""",
    "gold.venue_liquidity_5m: where the largest trades of the last five minutes were": """
        SELECT symbol, venue, venue_type AS type, trade_count AS trades, round(CAST(value AS DOUBLE)) AS value,
               round(share, 3) AS share, round(hhi, 3) AS hhi, round(dark_share, 3) AS dark_share
        FROM (SELECT * FROM gold.venue_liquidity_5m ORDER BY window_end DESC, value DESC LIMIT 5)""",
    "gold.portfolios: the accounts that traded most": """
        SELECT account_id AS account, trade_count AS trades, round(CAST(cash AS DOUBLE)) AS cash,
               size(positions) AS symbols, round(CAST(position_value AS DOUBLE)) AS positions,
               round(CAST(total_pnl AS DOUBLE), 2) AS pnl, round(CAST(fees AS DOUBLE), 2) AS fees
        FROM gold.portfolios WHERE window_start = (SELECT max(window_start) FROM gold.portfolios)
        ORDER BY trade_count DESC LIMIT 5""",
}


def run(settings: Settings, console: Console, seconds: int, beside: Sequence[str] = ()) -> None:
    """Trade for `seconds` and show what fills; stop what was not running before, `beside` too."""
    with _instance(settings, console, beside), market(settings, RATE, seconds + LEAVE_S):
        console.print(f"Participants send {RATE:,} orders/s to the exchange for {seconds} s.")
        deadline = time.monotonic() + seconds
        wait_for_gold(settings, deadline)
        while (left := deadline - time.monotonic()) > 0:
            show_gold(settings, console)
            time.sleep(min(EVERY_S, left))
        show_gold(settings, console)
        _show_totals(settings, console)
    console.print(f"The lake lies at {settings.lake}. To go on: depthlake up, then")
    console.print('  depthlake sql "select * from gold.spread_1m order by window_start desc limit 10"', soft_wrap=True)


def wait_for_gold(settings: Settings, deadline: float) -> None:
    """Return when each query has a row, or at the deadline."""
    while time.monotonic() < deadline:
        if all(answer.rows for answer in run_sql(settings, ";".join(QUERIES.values()))):
            return
        time.sleep(1)


def show_gold(settings: Settings, console: Console) -> None:
    """Print some rows of each query."""
    script = ";".join(QUERIES.values())
    for title, answer in zip(QUERIES, run_sql(settings, script), strict=True):
        console.print(_as_table(title, answer))


def _show_totals(settings: Settings, console: Console) -> None:
    counts = ", ".join(
        f"(SELECT count(*) FROM {name}) AS {name.replace('.', '_')}"
        for name in ("silver.orders", "silver.order_events", "silver.trades", "silver.quotes", "silver.depth")
    )
    for answer in run_sql(settings, f"SELECT {counts}"):
        console.print(_as_table("rows in the lake", answer))


def _as_table(title: str, answer: Answer) -> Table:
    table = Table(*answer.names, title=title, title_justify="left")
    for row in answer.rows:
        table.add_row(*(str(value) for value in row))
    return table


@contextmanager
def _instance(settings: Settings, console: Console, beside: Sequence[str]) -> Iterator[None]:
    """A running instance: what had to be started for it is stopped again."""
    wanted = lifecycle.processes(settings, (*lifecycle.LAKE, *beside))
    started: list[str] = []
    say = partial(console.print, markup=False)
    try:
        started += lifecycle.up(settings, wanted, say=say)
        tell_doors(settings, say)
        superset.tell_first_login(settings, say)
        yield
    finally:
        if started:
            lifecycle.down(settings, started, say=say)


@contextmanager
def market(settings: Settings, rate: int, seconds: int) -> Iterator[None]:
    """The exchange and its participants, for `seconds` at most; these leave first, and cancel what is open."""
    trade = ("trade", "--rate", str(rate), "--duration", str(seconds))
    quiet = {"stdout": DEVNULL, "stderr": DEVNULL}
    with (
        child(settings, depthlake("exchange", "run"), **quiet),
        child(settings, depthlake("exchange", *trade), **quiet),
    ):
        yield
