"""The look-ahead detector: no table by the day looks ahead, and a table that does is caught, with the column."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipelines.gold.daily import trade_costs
from pipelines.gold.daily.arrays import TRADES
from pipelines.gold.daily.columns import MINUTE_NS, table_of
from pipelines.gold.daily.declare import Daily, Inputs
from pipelines.gold.daily.lookahead import Leak, draw_cuts, find_leaks, timed
from pipelines.gold.daily.tables import DAILY
from pipelines.silver.book_rows import READS
from pipelines.silver.books import build_books
from schemas import types as t
from schemas.gold import KEY
from schemas.registry import Column, Table
from schemas.silver import BOOKS, SILVER_DEPTH, SILVER_QUOTES, SILVER_TRADES
from schemas.topics import TRADES as TOPIC
from tests.pipelines.gold.daily.conftest import Day, read_day
from tests.pipelines.gold.daily.conftest import replace as with_column

CAPTURES = ("spot_btcusdt", "spot_ethusdt", "usdm_ethusdt")
THE_DAY = date(2024, 8, 8)
START = 1723161300 * 10**9  # 2024-08-08 23:55
CUTS = 12

PRICES = Table(
    "gold.planted",
    "A price a trade",
    (
        *KEY,
        Column("event_ns", t.NANOS, "When"),
        Column("price", t.STATISTIC, "Price"),
        Column("event_date", t.DATE, "Day"),
    ),
    (TOPIC,),
    "event_date",
)
Values = Callable[[np.ndarray], np.ndarray]


def inputs_of(day: Day, daily: Daily) -> dict[str, pa.Table]:
    """The inputs of a table by the day, with what the detector reads of them."""
    wanted = timed(daily)
    return {each.name: day.input(wanted, number) for number, each in enumerate(wanted.inputs)}


def leaks_of(day: Day, daily: Daily, seed: int = 1) -> list[Leak]:
    """What random cuts show."""
    inputs = inputs_of(day, daily)
    return find_leaks(daily, inputs, draw_cuts(daily, inputs, CUTS, seed))


def planted(values: Values) -> Daily:
    """A table of the trades, whose price is what `values` makes of the prices of the day."""

    def build(inputs: Inputs) -> pa.Table:
        trades = inputs[TRADES.name]
        prices = trades.column("price").cast(pa.float64()).to_numpy()
        if not len(trades):
            return PRICES.arrow_schema.empty_table()
        names = ("symbol", "venue", "event_ns", "event_date")
        rows = {name: trades.column(name).combine_chunks() for name in names}
        return table_of(PRICES, rows | {"price": values(prices)})

    return Daily(PRICES, build, (TRADES,), known_at="event_ns")


def centred_mean(prices: np.ndarray) -> np.ndarray:
    return np.convolve(np.pad(prices, 1, mode="edge"), np.ones(3) / 3, "valid")


def filled_backward(prices: np.ndarray) -> np.ndarray:
    """A price every hundredth trade, between them the next one."""
    return prices[np.minimum(np.arange(len(prices)) // 100 * 100 + 99, len(prices) - 1)]


def trailing_mean(prices: np.ndarray) -> np.ndarray:
    return np.convolve(np.pad(prices, (2, 0), mode="edge"), np.ones(3) / 3, "valid")


@pytest.mark.parametrize("capture", CAPTURES)
@pytest.mark.parametrize("daily", DAILY, ids=lambda daily: daily.table.name)
def test_no_table_by_the_day_looks_ahead(daily: Daily, capture: str) -> None:
    assert [str(leak) for leak in leaks_of(read_day(capture).on(THE_DAY), daily)] == []


@pytest.mark.parametrize("values", [centred_mean, filled_backward, lambda prices: np.full(len(prices), prices.mean())])
def test_find_leaks_of_values_from_later(values: Values) -> None:
    found = leaks_of(read_day("spot_ethusdt").on(THE_DAY), planted(values))
    assert {(leak.table, leak.column, leak.what, leak.key) for leak in found} == {
        ("gold.planted", "price", "CHANGED", "ETHUSDT BINANCE")
    }
    assert all(leak.known_ns < leak.cut_ns and leak.row_count > 0 for leak in found)


@pytest.mark.parametrize("values", [trailing_mean, lambda prices: prices, np.maximum.accumulate])
def test_find_leaks_of_values_from_before(values: Values) -> None:
    assert leaks_of(read_day("spot_ethusdt").on(THE_DAY), planted(values)) == []


def test_find_leaks_of_the_largest_trade_of_a_day() -> None:
    """Its row is stamped with its own time, when nobody knows that no larger one comes."""
    plain = planted(lambda prices: prices)

    def build(inputs: Inputs) -> pa.Table:
        quantity = inputs[TRADES.name].column("quantity")
        return plain.build(inputs).filter(pc.equal(quantity, pc.max(quantity)))

    found = leaks_of(read_day("spot_ethusdt").on(THE_DAY), replace(plain, build=build))
    assert {(leak.column, leak.what) for leak in found} == {("event_ns", "ONLY_EARLIER")}


def test_find_leaks_of_a_row_that_appears_early() -> None:
    """A row a trade, stamped with the trade before it."""
    plain = planted(lambda prices: prices)

    def build(inputs: Inputs) -> pa.Table:
        rows = plain.build(inputs)
        before = np.append(rows.column("event_ns").to_numpy()[:1], rows.column("event_ns").to_numpy()[:-1])
        return rows.set_column(2, "event_ns", pa.array(before))

    found = leaks_of(read_day("spot_ethusdt").on(THE_DAY), replace(plain, build=build))
    assert {(leak.column, leak.what) for leak in found} == {("event_ns", "ONLY_LATER")}
    assert str(found[0]).startswith("gold.planted.event_ns of ETHUSDT BINANCE, known at 2024-08-08 23:5")
    assert "is of a row that is there only with what comes at 2024-08-08 23:5" in str(found[0])


def test_find_leaks_of_columns_that_are_known_later_than_they_say() -> None:
    day = read_day("usdm_ethusdt").on(THE_DAY)
    prompt = dict.fromkeys(trade_costs.DAILY.lags_ns, 0)
    found = leaks_of(day, replace(trade_costs.DAILY, lags_ns=prompt))
    assert {"realised_1m_bps", "impact_5m_bps"} <= {leak.column for leak in found} <= set(prompt)
    tight = {name: MINUTE_NS for name in prompt if "1m" in name}
    assert leaks_of(day, replace(trade_costs.DAILY, lags_ns=dict(trade_costs.DAILY.lags_ns) | tight)) != []


def test_find_leaks_of_a_silence_lets_its_rows_wait() -> None:
    day = read_day("spot_ethusdt").on(THE_DAY)
    books = day.tables[BOOKS.name]
    minute = books.column("receive_ns").to_numpy() // MINUTE_NS - START // MINUTE_NS
    quiet = Day({**day.tables, BOOKS.name: books.filter(pa.array((minute < 1) | (minute > 2)))})
    integrity = DAILY[0]
    inputs = inputs_of(quiet, integrity)
    cut = START + 2 * MINUTE_NS + 10**9
    assert find_leaks(integrity, inputs, [cut]) == []
    (leak,) = find_leaks(replace(integrity, silent=""), inputs, [cut])
    assert (leak.column, leak.what, leak.row_count) == ("window_end", "ONLY_LATER", 1)


def test_integrity_does_not_wait_for_quotes_and_snapshots() -> None:
    """Quotes that come later than the books, and a snapshot minutes after the gap that it closes."""
    day = read_day("spot_btcusdt").on(THE_DAY)
    quotes = day.tables[SILVER_QUOTES.name]
    late = day
    for name in ("event_ns", "receive_ns"):
        late = with_column(late, SILVER_QUOTES, name, pc.add(quotes.column(name), 1_400_000_000))
    assert leaks_of(late, DAILY[0]) == []
    healed = Day({**day.tables, BOOKS.name: build_books(with_a_gap(day.tables[SILVER_DEPTH.name]).select(READS))})
    assert "COVERED" in healed.tables[BOOKS.name].column("state").to_pylist()
    assert leaks_of(healed, DAILY[0]) == []
    assert sorted(set(healed.integrity().column("is_trusted").to_pylist())) == [False, True]


def with_a_gap(depth: pa.Table) -> pa.Table:
    """Messages of a book of which some are lost, and a snapshot that comes three minutes later than what it shows."""
    seen, late = len(depth) - 1_500, len(depth) - 500
    books = build_books(depth.select(READS))
    book = books.filter(pc.equal(books.column("venue_seq"), depth.column("venue_seq")[seen])).slice(0, 1)
    times = ("event_ns", "event_ts", "receive_ns", "event_date", "has_venue_ts")
    columns = {name: book.column(name) for name in ("bid_prices", "bid_quantities", "ask_prices", "ask_quantities")}
    columns |= {name: depth.column(name).slice(late, 1) for name in times} | {"kind": pa.chunked_array([["SNAPSHOT"]])}
    snapshot = depth.slice(seen, 1)
    for name, values in columns.items():
        snapshot = snapshot.set_column(snapshot.schema.get_field_index(name), snapshot.schema.field(name), values)
    rows = pa.concat_tables([depth.slice(0, 1_500), depth.slice(1_520, late - 1_520), snapshot, depth.slice(late)])
    place = rows.schema.get_field_index("kafka_offset")
    return rows.set_column(place, rows.schema.field(place), pa.array(np.arange(len(rows)))).combine_chunks()


def test_draw_cuts_are_the_same_for_a_seed() -> None:
    plain = planted(lambda prices: prices)
    inputs = inputs_of(read_day("spot_ethusdt").on(THE_DAY), plain)
    assert draw_cuts(plain, inputs, 9, 1) == draw_cuts(plain, inputs, 9, 1) != draw_cuts(plain, inputs, 9, 2)
    nothing = {SILVER_TRADES.name: inputs[SILVER_TRADES.name].slice(0, 0)}
    assert draw_cuts(plain, nothing, 9, 1) == []
    assert find_leaks(plain, nothing, [START]) == []
