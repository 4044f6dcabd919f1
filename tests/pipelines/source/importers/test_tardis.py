"""Tardis.dev CSV: what is written is read, messages of depth are whole, and what does not fit is refused."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.source.importers.tardis import EXCHANGES, QUOTE, TRADE, UPDATE, read_tardis
from schemas.proto import market_pb2 as pb
from schemas.venues import VENUES
from tests.pipelines.source.importers.reading import (
    DAY_LENGTH_NS,
    DAY_NS,
    csv_text,
    decimal,
    law,
    pick,
    prices,
    quantities,
    read_files,
    refusal_of,
)

TIMES = st.integers(0, DAY_LENGTH_NS // 1000 - 1)
US = DAY_NS // 1000
SIDES = {"buy": pb.SIDE_BUY, "sell": pb.SIDE_SELL, "unknown": pb.SIDE_UNSPECIFIED}
SNAPSHOT, DIFF = pb.DEPTH_KIND_SNAPSHOT, pb.DEPTH_KIND_DIFF
identities = st.tuples(st.sampled_from(sorted(EXCHANGES)), st.sampled_from(["BTCUSDT", "XBTUSD", "a-b"]), TIMES, TIMES)
NAME = "binance_trades_2024-08-08_BTCUSDT.csv.gz"


def head(identity: tuple[str, str, int, int]) -> list[object]:
    exchange, symbol, venue, local = identity
    return [exchange, symbol, US + venue, US + local]


def expected_of(identity: tuple[str, str, int, int]) -> dict[str, Any]:
    exchange, symbol, venue, local = identity
    return {
        "venue": EXCHANGES[exchange],
        "symbol": symbol,
        "venue_ts_ns": 0 if venue == local else DAY_NS + venue * 1000,
        "receive_ts_ns": DAY_NS + local * 1000,
    }


@law
@given(
    st.lists(
        st.tuples(
            identities, st.sampled_from(["", "123", "8a-9f"]), st.sampled_from(sorted(SIDES)), prices, quantities
        ),
        min_size=1,
    )
)
def test_read_tardis_trades(rows: list[tuple[Any, str, str, int, int]]) -> None:
    lines = [[*head(i), name, side, decimal(price), decimal(quantity)] for i, name, side, price, quantity in rows]
    expected = [
        expected_of(identity)
        | {"trade_id": name or str(line), "aggressor_side": SIDES[side], "price": price, "quantity": quantity}
        for line, (identity, name, side, price, quantity) in enumerate(rows, 2)
    ]
    read = read_files(read_tardis, {NAME: csv_text(lines, TRADE)})
    assert list(read) == ["market.trades.v1"]
    assert [pick(row, expected[0]) for row in read["market.trades.v1"]] == expected


levels = st.none() | st.tuples(prices, quantities)


@law
@given(st.lists(st.tuples(identities, levels, levels), min_size=1))
def test_read_tardis_quotes(rows: list[tuple[Any, Any, Any]]) -> None:
    lines = [
        [*head(i), *map(cell, (ask or NONE)[::-1]), *map(cell, bid or NONE)]  # amount before price, then the other way
        for i, bid, ask in rows
    ]
    expected = [expected_of(i) | side("bid", [bid]) | side("ask", [ask]) for i, bid, ask in rows]
    read = read_files(read_tardis, {"quotes_2024-08-08.csv": csv_text(lines, QUOTE)})
    assert [pick(row, expected[0]) for row in read["market.quotes.v1"]] == expected


NONE = (None, None)


def cell(units: int | None) -> str:
    return "" if units is None else decimal(units)


def side(name: str, found: list[tuple[int, int] | None]) -> dict[str, list[int]]:
    there = [level for level in found if level]
    return {f"{name}_prices": [p for p, _ in there], f"{name}_quantities": [q for _, q in there]}


@law
@given(st.integers(1, 6).flatmap(lambda depth: st.tuples(st.just(depth), st.lists(books(depth), min_size=1))))
def test_read_tardis_book_snapshot(drawn: tuple[int, list[Any]]) -> None:
    depth, rows = drawn
    names = [f"{side}[{n}].{field}" for n in range(depth) for side in ("asks", "bids") for field in ("price", "amount")]
    lines = [
        [*head(i), *(cell(units) for a, b in zip(asks, bids, strict=True) for units in (*(a or NONE), *(b or NONE)))]
        for i, bids, asks in rows
    ]
    expected = [expected_of(i) | side("bid", bids) | side("ask", asks) for i, bids, asks in rows]
    content = csv_text(lines, ["exchange", "symbol", "timestamp", "local_timestamp", *names])
    read = read_files(read_tardis, {"snapshot.csv.gz": content})
    assert [pick(row, expected[0]) for row in read["market.quotes.v1"]] == expected


def books(depth: int) -> st.SearchStrategy[Any]:
    return st.tuples(identities, *(st.lists(levels, min_size=depth, max_size=depth) for _ in range(2)))


def update(time: int, flag: str, level: str, symbol: str = "BTCUSDT") -> list[object]:
    """A row; level is side, price and amount."""
    return ["binance", symbol, US + time, US + time + 5, flag, *level.split()]


def depth_of(*updates: list[object]) -> list[dict[str, Any]]:
    return read_files(read_tardis, {"l2_2024-08-08.csv": csv_text(updates, UPDATE)})["market.depth.v1"]


def test_read_tardis_depth_rows_of_one_time_are_a_message() -> None:
    rows = depth_of(
        update(1, "true", "bid 99 1"),
        update(1, "true", "ask 101 4"),
        update(1, "true", "bid 100.5 2"),
        update(2, "false", "bid 99 0"),
        update(3, "false", "ask 101 3"),
        update(3, "false", "ask 101 2.5"),
    )
    units = 10**9
    expected = [
        (SNAPSHOT, 1, 0, [100.5 * units, 99 * units], [2 * units, units], [101 * units], [4 * units]),
        (DIFF, 2, 1, [99 * units], [0], [], []),
        (DIFF, 3, 2, [], [], [101 * units], [2.5 * units]),
    ]
    names = ("kind", "venue_seq", "previous_venue_seq", "bid_prices", "bid_quantities", "ask_prices", "ask_quantities")
    assert [tuple(row[name] for name in names) for row in rows] == expected
    assert [row["first_venue_seq"] for row in rows] == [1, 2, 3]
    assert [row["venue_ts_ns"] for row in rows] == [DAY_NS + time * 1000 for time in (1, 2, 3)]


def test_read_tardis_depth_snapshot_that_goes_on_is_one() -> None:
    flags = ["true", "true", "false", "true"]
    rows = depth_of(*(update(time, flag, "bid 99 1") for time, flag in enumerate(flags)))
    assert [row["kind"] for row in rows] == [SNAPSHOT, DIFF, DIFF, SNAPSHOT]


@law
@given(
    st.lists(
        st.tuples(
            *(st.integers(0, 3), st.booleans(), st.booleans(), st.integers(1, 5), st.integers(0, 9)),
            st.sampled_from(["A", "B"]),
        ),
        min_size=1,
    )
)
def test_read_tardis_depth_keeps_every_last_level(rows: list[tuple[int, bool, bool, int, int, str]]) -> None:
    """Each instrument's messages, level by level, are what a dict per run of equal rows says."""
    lines = [
        update(time, str(flag).lower(), f"{'bid' if is_bid else 'ask'} {price} {amount}", symbol)
        for time, flag, is_bid, price, amount, symbol in rows
    ]
    runs: list[tuple[tuple[int, bool, str], dict[tuple[bool, int], int]]] = []
    for time, flag, is_bid, price, amount, symbol in rows:
        if not runs or runs[-1][0] != (time, flag, symbol):
            runs.append(((time, flag, symbol), {}))
        runs[-1][1][is_bid, price * 10**9] = amount * 10**9
    read = depth_of(*lines)
    assert len(read) == len(runs)
    seen: dict[str, list[bool]] = {"A": [], "B": []}
    for row, ((_, flag, symbol), book) in zip(read, runs, strict=True):
        found = {(True, p): q for p, q in zip(row["bid_prices"], row["bid_quantities"], strict=True)}
        found |= {(False, p): q for p, q in zip(row["ask_prices"], row["ask_quantities"], strict=True)}
        assert found == book
        assert row["bid_prices"] == sorted(row["bid_prices"], reverse=True)
        assert row["ask_prices"] == sorted(row["ask_prices"])
        assert row["kind"] == (SNAPSHOT if flag and seen[symbol][-1:] != [True] else DIFF)
        seen[symbol].append(flag)
        assert (row["symbol"], row["venue_seq"]) == (symbol, len(seen[symbol]))


def test_read_tardis_day_without_data_gives_nothing() -> None:
    assert read_files(read_tardis, {NAME: b""}) == {}


def test_exchanges_are_venues() -> None:
    assert set(EXCHANGES.values()) <= {venue.code for venue in VENUES}


GOOD = f"binance,BTCUSDT,{US},{US + 1},1,buy,2.5,1"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (GOOD[:-2], "it has 7 fields and not 8"),
        (GOOD.replace("binance", "nowhere"), "field exchange is 'nowhere' and not one of 'binance', "),
        (GOOD.replace("BTCUSDT", ""), "field symbol is '' and not a text"),
        (GOOD.replace("buy", "bid"), "field side is 'bid' and not one of 'buy', 'sell', 'unknown'"),
        (GOOD.replace("2.5", "2.0000000001"), "field price is '2.0000000001' and not a decimal"),
        (GOOD.replace("2.5", "2,5"), "it has 9 fields and not 8"),
        (GOOD.replace(",1,buy", ",1,buy").replace(str(US + 1), str(US + 86_460_000_000)), "field local_timestamp is "),
        (GOOD.replace(f"{US},", f"{US // 1000},"), "field timestamp is '1723075200000' and not a time in microseconds"),
        (GOOD.replace("2.5,1", "2.5,-1"), "field amount is '-1' and not a decimal from 0"),
    ],
)
def test_read_tardis_bad_line(tmp_path: Path, line: str, what: str) -> None:
    path = tmp_path / "trades_2024-08-08.csv"
    path.write_text("\n".join([",".join(TRADE), GOOD, line, GOOD, ""]))
    sentence = refusal_of(read_tardis, path)
    assert sentence.startswith(f"{path}, line 3: ")
    assert what in sentence


@pytest.mark.parametrize(
    "header", [",".join(QUOTE[:-1]), "exchange,symbol", ",".join(TRADE).replace("price", "px"), "a,b,c,d,e,f,g,h"]
)
def test_read_tardis_unknown_columns(tmp_path: Path, header: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(header + "\n")
    assert refusal_of(read_tardis, path).startswith(
        f"{path}, line 1: the columns are not those of trades, quotes, book"
    )
