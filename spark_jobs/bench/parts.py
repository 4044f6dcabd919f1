"""The parts of `depthlake bench`: each brings up what it needs in the instance it is given, and gives its rows."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from rich.console import Console

from spark_jobs.bench.asof import AsofRates, measure_asof
from spark_jobs.bench.books import measure_rebuild
from spark_jobs.bench.dashboards import measure_dashboards
from spark_jobs.bench.exchange import measure_compile, measure_exchange
from spark_jobs.bench.exchange_service import measure_service
from spark_jobs.bench.fold import measure_fold
from spark_jobs.bench.rates import measure_codec, measure_simulator
from spark_jobs.bench.research import make_quotes, research_rows
from spark_jobs.bench.search import measure_search
from spark_jobs.bench.stream import measure_latency, measure_throughput
from spark_jobs.instance import lifecycle, superset
from spark_jobs.session import build_session, connect
from spark_jobs.settings import Settings

Row = tuple[str, str, str]  # what, how much, how
OFFERED = 100_000
UPDATES = 1_000_000
TRADES, QUOTES = 1_000_000, 10_000_000
SEARCHED = 500
EVENTS = 5_000  # a second, while somebody looks at dashboards


def codec_rows(_: Settings, console: Console) -> list[Row]:
    """Messages of the topics."""
    console.print("Codec")
    encoded, decoded = measure_codec()
    return [
        ("encode quotes", f"{encoded:,.0f}/s", "Arrow to Protobuf, five levels, one core"),
        ("decode quotes", f"{decoded:,.0f}/s", "Protobuf to Arrow, five levels, one core"),
    ]


def backtest_rows(_: Settings, console: Console) -> list[Row]:
    """Strategies on a market in memory."""
    console.print("Backtests")
    return research_rows()


def simulator_rows(settings: Settings, console: Console) -> list[Row]:
    """What the simulator can publish."""
    lifecycle.up(settings, lifecycle.processes(settings, ("broker",)), say=console.print)
    simulated = measure_simulator(settings, seconds=15)
    return [("simulator", f"{simulated:,.0f}/s", "orders, trades, quotes, depth into Kafka, one process")]


def exchange_rows(_: Settings, console: Console) -> list[Row]:
    """Messages in memory, without Kafka."""
    console.print("Exchange in memory")
    compiled = measure_compile()
    flow, rate = min(measure_exchange().items(), key=lambda measured: measured[1])
    return [
        ("exchange core", f"{rate / 1e6:.1f} M messages/s", f"Arrow to Arrow, one core, worst of the flows: {flow}"),
        ("exchange core, ready", f"{compiled:.1f} s", "compiled code loaded, or compiled where there is none yet"),
    ]


def service_rows(settings: Settings, console: Console) -> list[Row]:
    """Orders in, trades out, through a broker."""
    lifecycle.up(settings, lifecycle.processes(settings, ("broker",)), say=console.print)
    console.print("Orders through Kafka to trades")
    found = measure_service(settings, orders=500_000, rate=10_000, seconds=20)
    how = "from an order's time to its trade at a reader of what is committed, 10,000 orders/s"
    return [
        ("exchange, Kafka to Kafka", f"{found.rate:,.0f} orders/s", "in transactions, producer and broker included"),
        ("exchange latency p50", f"{found.p50:.0f} ms", how),
        ("exchange latency p99", f"{found.p99:.0f} ms", how),
    ]


def stream_rows(settings: Settings, console: Console) -> list[Row]:
    """Quotes into gold, and the fold of what came in, in Spark, Polars and DuckDB."""
    lifecycle.up(settings, lifecycle.processes(settings), say=console.print)
    console.print("Latency at 20,000 quotes/s")
    with connect(settings) as spark:
        latency = measure_latency(settings, spark, rate=20_000, warm_s=60, seconds=30)
    how = f"event time to gold commit, {latency.events:,} quotes at {latency.rate:,.0f}/s"
    quantiles = {"latency p50": latency.p50, "latency p99": latency.p99}
    rows = [(name, f"{ms / 1e3:.2f} s", how) for name, ms in quantiles.items()]
    console.print(f"Sustained rate: offering {OFFERED:,} quotes/s")
    found = measure_throughput(settings, OFFERED, warm_s=30, seconds=40)
    how = f"{OFFERED:,}/s offered, producer and broker included; {found.behind:,} rows behind at the end"
    return [*rows, ("Kafka to bronze, silver and gold", f"{found.sustained:,.0f}/s", how), *_fold_rows(settings)]


def _fold_rows(settings: Settings) -> list[Row]:
    with connect(settings) as spark:
        fold = measure_fold(spark, settings.lake / "silver" / "quotes")
    how = f"{fold.rows:,} rows of silver.quotes to {fold.windows:,} windows of 100 ms, same files, warm"
    return [
        ("batch fold, Spark", f"{fold.spark / 1e6:.1f} M rows/s", how),
        ("batch fold, Polars", f"{fold.polars / fold.spark:.1f} × Spark", how),
        ("batch fold, DuckDB", f"{fold.duckdb / fold.spark:.1f} × Spark", how),
    ]


def book_rows(settings: Settings, console: Console) -> list[Row]:
    """Books rebuilt in batch."""
    lifecycle.up(settings, lifecycle.processes(settings), say=console.print)
    console.print(f"Books from {UPDATES:,} updates of depth")
    with connect(settings) as spark:
        seconds = measure_rebuild(spark, settings.home, UPDATES)
    how = f"{UPDATES:,} simulated updates of 60 books, rows of silver.depth in Parquet to rows of silver.books, warm"
    return [("book rebuild in Spark", f"{seconds:.1f} s", how)]


def dashboard_rows(settings: Settings, console: Console) -> list[Row]:
    """Superset in a browser, beside the exchange."""
    names = (*lifecycle.LAKE, *superset.NAMES)
    lifecycle.up(settings, lifecycle.processes(settings, names), say=console.print)
    password = superset.take_first_login(settings)
    assert password, "this instance had a Superset before"
    console.print(f"Dashboards, warm, beside {EVENTS:,} events/s")
    shown = measure_dashboards(settings, password, EVENTS, warm_s=120)
    lifecycle.down(settings, superset.NAMES, say=console.print)
    beside = f"warm, beside {shown.events:,.0f} events/s of the simulator"
    drawn = ", ".join(f"{slug} {seconds:.1f} s" for slug, seconds in shown.drawn.items())
    return [
        ("dashboard drawn", f"{max(shown.drawn.values()):.1f} s", f"the slowest, in Chromium, {beside}: {drawn}"),
        _requests("chart p95, watched", shown.watching, f"of dashboards that ask again, {beside}"),
        _requests("chart p95, asked", shown.asking, f"of a dashboard at once, by no browser of this machine, {beside}"),
        _requests("chart p95, drawn", shown.drawing, f"of dashboards that are opened, all at once, {beside}"),
    ]


def _requests(what: str, seconds: list[float], which: str) -> Row:
    return what, f"{np.percentile(seconds, 95):.2f} s", f"{len(seconds)} requests, from sent to answered, {which}"


def batch_rows(settings: Settings, console: Console) -> list[Row]:
    """Joins and searches in a session of its own, over a lake of its own."""
    lifecycle.down(settings, ("lakehouse",), say=console.print)
    own = replace(settings, home=settings.home / "batch")
    own.home.mkdir(parents=True)
    spark = build_session(own, "bench", {"spark.ui.enabled": "false"})
    try:
        console.print(f"As-of join of {TRADES:,} trades to {QUOTES:,} quotes")
        asof = measure_asof(spark, own.home, TRADES, QUOTES)
        console.print(f"Search of {SEARCHED} trials over {QUOTES:,} quotes")
        search = measure_search(spark, own.home, make_quotes(QUOTES), SEARCHED)
    finally:
        spark.stop()
    return [*_asof_rows(asof), _search_row(search)]


def _search_row(seconds: float) -> Row:
    how = f"{SEARCHED} trials over {QUOTES:,} quotes of silver.quotes, from the lake to every trial's returns"
    return ("backtest, grid on Spark", f"{seconds:.0f} s", how)


def _asof_rows(found: AsofRates) -> list[Row]:
    how = f"{TRADES:,} trades to {QUOTES:,} quotes of 12 symbols, same files, strict, warm"
    return [
        ("as-of join, Spark", f"{found.spark:.1f} s", how),
        ("as-of join, Polars", f"{found.spark / found.polars:.1f} × Spark", how),
    ]


PARTS: dict[str, Callable[[Settings, Console], list[Row]]] = {
    "codec": codec_rows,
    "exchange": exchange_rows,
    "backtests": backtest_rows,
    "streams": stream_rows,
    "books": book_rows,
    "dashboards": dashboard_rows,
    "batch": batch_rows,
    "service": service_rows,
    "simulator": simulator_rows,
}
