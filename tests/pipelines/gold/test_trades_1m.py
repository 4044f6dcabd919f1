"""Trades to partials of a minute."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa

from pipelines.gold.trades_1m import READS, build_trade_partials
from schemas.gold import TRADE_PARTIALS
from schemas.silver import SILVER_TRADES
from tests.pipelines.gold.partials import START, columns_of, minute, nanoseconds


def trades_of(*rows: tuple[datetime, str | None, str, str]) -> pa.Table:
    """Trades by time, aggressor side, price and quantity; received at that time."""
    return received(*((ts, nanoseconds(ts), *rest) for ts, *rest in rows))


def received(*rows: tuple[object, ...]) -> pa.Table:
    """The same with the time of receipt, in nanoseconds, after the time."""
    trades = [("S", "V", ts, ns, ts.date(), side, Decimal(p), Decimal(q)) for ts, ns, side, p, q in rows]  # type: ignore[attr-defined,arg-type]  # times and texts
    return columns_of(SILVER_TRADES, READS, trades)


def test_build_trade_partials_gives_the_columns_of_the_table() -> None:
    built = build_trade_partials(trades_of())
    assert built.schema.equals(TRADE_PARTIALS.arrow_schema)
    assert built.num_rows == 0


def test_build_trade_partials_adds_up_exactly() -> None:
    trades = [
        (START, "BUY", "100.5", "2"),
        (START, "SELL", "100.25", "0.5"),
        (START, None, "0.000000001", "0.000000003"),
    ]
    (row,) = build_trade_partials(trades_of(*trades)).to_pylist()
    assert (row["trade_count"], row["quantity"]) == (3, Decimal("2.500000003"))
    assert row["value"] == Decimal("251.125")  # 12 decimals
    assert (row["buy_quantity"], row["sell_quantity"]) == (2, Decimal("0.5"))


def test_build_trade_partials_rounds_each_value_half_away_from_zero() -> None:
    half, below = (START, "BUY", "0.000001", "0.0000005"), (START, "BUY", "0.000001", "0.000000499")
    (row,) = build_trade_partials(trades_of(half, half, below)).to_pylist()
    assert row["value"] == Decimal("2e-12")


def test_build_trade_partials_of_the_largest_numbers() -> None:
    largest = "999999999.999999998"
    (row,) = build_trade_partials(trades_of(*[(START, "BUY", largest, largest)] * 3)).to_pylist()
    assert row["value"] == 3 * (10**18 - 4)  # and 4e-18 each, rounded away


def test_build_trade_partials_without_aggressors() -> None:
    (row,) = build_trade_partials(trades_of((START, None, "100", "2"))).to_pylist()
    assert (row["quantity"], row["buy_quantity"], row["sell_quantity"]) == (2, 0, 0)


def test_build_trade_partials_at_the_borders_of_a_minute() -> None:
    midnight = datetime(2024, 8, 9, tzinfo=UTC)
    micro = timedelta(microseconds=1)
    times = [START, minute(1) - micro, minute(1), midnight - micro, midnight]
    built = build_trade_partials(trades_of(*[(ts, "BUY", "1", "1") for ts in times]))
    found = built.select(("window_start", "event_date", "trade_count")).to_pylist()
    assert [tuple(row.values()) for row in found] == [
        (START, START.date(), 2),
        (minute(1), START.date(), 1),
        (midnight - timedelta(minutes=1), date(2024, 8, 8), 1),
        (midnight, date(2024, 8, 9), 1),
    ]


def test_build_trade_partials_keeps_apart_what_was_received_in_other_minutes() -> None:
    noon = nanoseconds(START)
    late = [noon + 1, noon + 60 * 10**9 - 1, noon + 60 * 10**9, noon + 3600 * 10**9]
    built = build_trade_partials(received(*((START, ns, None, "1", "1") for ns in late)))
    found = built.select(("window_start", "trade_count", "known_ts", "last_receive_ns")).to_pylist()
    assert [tuple(row.values()) for row in found] == [
        (START, 2, minute(1), late[1]),
        (START, 1, minute(2), late[2]),
        (START, 1, minute(61), late[3]),
    ]


def test_build_trade_partials_counts_blocks_by_shares_or_value() -> None:
    trades = [("1", "10000"), ("1", "9999"), ("20", "10000"), ("100", "2000"), ("100", "1999.999999999")]
    (row,) = build_trade_partials(trades_of(*((START, None, *trade) for trade in trades))).to_pylist()
    assert (row["block_count"], row["block_value"]) == (3, 10_000 + 200_000 + 200_000)
