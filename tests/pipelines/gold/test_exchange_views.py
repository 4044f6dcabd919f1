"""Views over what a shard of the exchange publishes, against the shard's own accounts and books."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame

from pipelines.exchange.ledger import CASH, COST, REALISED, SHARES
from pipelines.exchange.rules import UNITS, Rules
from pipelines.exchange.shard import Shard
from pipelines.gold import book_snapshots, portfolios_1m, prices_1s
from pipelines.gold.book_at import book_at
from pipelines.gold.book_snapshots import BOOK_SNAPSHOTS
from pipelines.gold.portfolios import PORTFOLIOS
from pipelines.wire import encode
from schemas.errors import LakeError
from schemas.registry import Topic
from schemas.silver import SILVER_DEPTH
from schemas.topics import DEPTH, ORDER_EVENTS, TRADES
from spark_jobs.io import Lake
from spark_jobs.jobs import job_of
from tests.pipelines.exchange.flows import START_NS, whole
from tests.pipelines.gold.conftest import Fold
from tests.pipelines.silver.deliveries import judge

COUNT = 3_000
GAP_NS = 60_000_000  # three minutes of orders
BUILDERS = {
    TRADES: prices_1s.build_price_partials,
    ORDER_EVENTS: portfolios_1m.build_account_partials,
    DEPTH: book_snapshots.build_snapshot_partials,
}


def silver_of(topic: Topic, rows: pa.RecordBatch) -> pa.Table:
    judged = judge(topic, *encode(topic, rows).to_pylist())
    assert judged.violations == {}
    return pa.Table.from_batches([judged.rows.select(job_of(topic.name).silver.column_names)])


def partials_of(topic: Topic, silver: pa.Table, ends: list[int]) -> list[tuple]:
    """Rows of the partial table, of silver rows that come in pieces."""
    build: Callable[[pa.Table], pa.Table] = BUILDERS[topic]
    pieces = [silver.slice(start, end - start) for start, end in zip([0, *ends], [*ends, len(silver)], strict=True)]
    return [tuple(row.values()) for piece in pieces for row in build(piece).to_pylist()]


@pytest.fixture(scope="module")
def shard() -> Shard:
    return Shard(0, Rules())


@pytest.fixture(scope="module")
def silver(shard: Shard) -> dict[Topic, pa.Table]:
    return {topic: silver_of(topic, rows) for topic, rows in shard.apply(whole(12, COUNT, GAP_NS)).items()}


def money(units: int) -> Decimal:
    return Decimal(int(units)) / UNITS


@pytest.mark.spark
@pytest.mark.parametrize("ends", [[], [1, 500, 501, 2_000]])
def test_portfolios_end_as_the_ledger_says(
    fold: Fold, shard: Shard, silver: dict[Topic, pa.Table], ends: list[int]
) -> None:
    events, trades = (partials_of(topic, silver[topic], ends) for topic in (ORDER_EVENTS, TRADES))
    rows = fold(PORTFOLIOS, accounts=events, prices=trades)
    last = rows.selectExpr("*", "row_number() OVER (PARTITION BY account_id ORDER BY window_start DESC) AS n")
    found = {row.account_id: row for row in last.where("n = 1").collect()}
    ledger, names = shard.accounts.ledger, shard.intake.accounts.names
    pairs = shard.accounts.pairs
    for number, name in enumerate(names[1:], 1):
        mine = np.flatnonzero(pairs >> 31 == number) + 1
        row = found[str(name)]
        assert row.cash == money(ledger.accounts[number, CASH])
        assert row.cost == money(ledger.positions[mine, COST].sum())
        assert row.realised_pnl == money(ledger.positions[mine, REALISED].sum())
        held = {
            shard.instruments.names[pair & (1 << 31) - 1]: ledger.positions[at, SHARES]
            for pair, at in zip(pairs[mine - 1].tolist(), mine.tolist(), strict=True)
        }
        assert row.positions == {symbol: Decimal(int(shares)) for symbol, shares in held.items() if shares}
        assert row.total_pnl == row.value - row.funded
        assert row.funded == 3 * (200_000 + 100_000)
    assert rows.select("window_start").distinct().count() >= 3


def book_of(silver: pa.Table, symbol: str, venue: str, at_ns: int) -> dict[str, dict[Decimal, Decimal]]:
    """A book from depth messages alone, without snapshots."""
    book: dict[str, dict[Decimal, Decimal]] = {"BID": {}, "ASK": {}}
    for row in silver.to_pylist():
        if (row["symbol"], row["venue"], row["kind"]) == (symbol, venue, "DIFF") and row["event_ns"] <= at_ns:
            for side in book:
                name = side.lower()
                book[side] |= dict(zip(row[f"{name}_prices"], row[f"{name}_quantities"], strict=True))
    return {side: {price: size for price, size in levels.items() if size} for side, levels in book.items()}


@pytest.fixture
def depth(lake: Lake, silver: dict[Topic, pa.Table]) -> DataFrame:
    rows = lake.spark.createDataFrame(silver[DEPTH].to_pylist(), SILVER_DEPTH.schema)
    rows.coalesce(1).write.format("delta").option("path", lake.path(SILVER_DEPTH)).saveAsTable(SILVER_DEPTH.name)
    return lake.spark.table(SILVER_DEPTH.name)


@pytest.mark.spark
def test_book_at_any_instant_is_the_one_of_the_exchange(
    lake: Lake, depth: DataFrame, silver: dict[Topic, pa.Table]
) -> None:
    rng = np.random.default_rng(5)
    instants = [*(START_NS + rng.integers(0, COUNT * GAP_NS, 8)).tolist(), START_NS + 10 * UNITS, START_NS - 5 * UNITS]
    for at_ns in instants:
        symbol, venue = str(rng.choice(["AAPL", "MSFT", "GME"])), str(rng.choice(["DLXA", "DLXB"]))
        rows = lake.spark.sql(book_at(symbol, venue, at_ns)).collect()
        expected = book_of(silver[DEPTH], symbol, venue, at_ns)
        for side, is_best_last in (("BID", False), ("ASK", True)):
            mine = [row for row in rows if row.side == side]
            assert [row.level for row in mine] == list(range(1, len(mine) + 1))
            assert [row.price for row in mine] == sorted(expected[side], reverse=not is_best_last)
            assert {row.price: row.quantity for row in mine} == expected[side]


@pytest.mark.spark
def test_book_at_the_end_is_the_engines_own(lake: Lake, depth: DataFrame, shard: Shard) -> None:
    engine_book = shard.engine.depth(shard.intake.books.names.index("AAPL|DLXA") - 1, 10_000)
    rows = lake.spark.sql(book_at("AAPL", "DLXA", 2**62)).collect()
    for side, prices, sizes in (
        ("BID", engine_book.bid_prices, engine_book.bid_quantities),
        ("ASK", engine_book.ask_prices, engine_book.ask_quantities),
    ):
        expected = [(Decimal(p) / 100, Decimal(q)) for p, q in zip(prices.tolist(), sizes.tolist(), strict=True)]
        assert [(row.price, row.quantity) for row in rows if row.side == side] == expected


@pytest.mark.parametrize("name", ["A'B", "", "A B", "A;DROP"])
def test_book_at_of_what_is_no_name(name: str) -> None:
    with pytest.raises(LakeError, match="is no symbol or venue"):
        book_at(name, "DLXA", 0)


@pytest.mark.spark
def test_book_snapshots_are_the_books_of_their_second(fold: Fold, silver: dict[Topic, pa.Table]) -> None:
    rows = fold(BOOK_SNAPSHOTS, snapshots=partials_of(DEPTH, silver[DEPTH], [7, 100])).collect()
    assert len(rows) > 500
    for row in rows[:: len(rows) // 12]:
        at_ns = round(row.window_start.replace(tzinfo=UTC).timestamp()) * UNITS
        book = book_of(silver[DEPTH], row.symbol, row.venue, at_ns - 1)
        bids, asks = sorted(book["BID"], reverse=True)[:10], sorted(book["ASK"])[:10]
        assert (row.bid_prices, row.ask_prices) == (bids, asks)
        assert row.bid_quantities == [book["BID"][price] for price in bids]
        bid, ask = sum(row.bid_quantities), sum(row.ask_quantities)
        assert row.obi == (pytest.approx(float((bid - ask) / (bid + ask))) if bid + ask else None)
        assert row.spread == (asks[0] - bids[0] if bids and asks else None)
        assert row.window_start >= datetime(2023, 11, 14)
