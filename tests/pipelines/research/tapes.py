"""Tapes written by hand, drawn by hypothesis or made for a strategy; and a strategy that does as it is told."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from pipelines.research.layout import BUSY, Desk, kernel
from pipelines.research.orders import cancel, send
from pipelines.research.run import Result, run
from pipelines.research.settings import Settings
from pipelines.research.strategy import Strategy
from pipelines.research.tape import Tape, build_tape
from schemas.silver import BOOKS, SILVER_QUOTES, SILVER_TRADES

LIMIT, MARKET, IOC, CANCEL = 0, 1, 2, 3
BUY, SELL = 1, -1
Quote = tuple[int, str | None, int | None, str | None, int | None]
Print = tuple[int, str | None, str, int]


def rows_of(schema: pa.Schema, rows: Iterable[dict[str, Any]]) -> pa.Table:
    """Rows with only the columns that a tape reads."""
    common = {"symbol": "X", "venue": "V", "has_venue_ts": True, "venue_seq": None}
    full = [{**common, "seq": seq, "receive_ns": row["event_ns"] + 50, **row} for seq, row in enumerate(rows, 1)]
    names = [name for name in schema.names if not full or name in full[0]]
    return pa.Table.from_pylist(full, pa.schema([schema.field(name) for name in names]))


def quote_rows(quotes: Iterable[Quote], **others: Any) -> pa.Table:
    """Rows of silver.quotes from (time, bid, quantity, ask, quantity)."""
    names = ("event_ns", "bid_price", "bid_quantity", "ask_price", "ask_quantity")
    rows = (dict(zip(names, map(_decimal, quote), strict=True)) for quote in quotes)
    return rows_of(SILVER_QUOTES.arrow_schema, ({**row, **others} for row in rows))


def book_rows(books: Iterable[tuple[int, bool, Sequence[tuple[str, int]], Sequence[tuple[str, int]]]]) -> pa.Table:
    """Rows of silver.books from (time, valid, bids, asks), a side as (price, quantity) of each level."""
    rows = (
        {
            "event_ns": ns,
            "is_valid": valid,
            "is_recovered": False,
            "bid_prices": [Decimal(price) for price, _ in bids],
            "bid_quantities": [Decimal(quantity) for _, quantity in bids],
            "ask_prices": [Decimal(price) for price, _ in asks],
            "ask_quantities": [Decimal(quantity) for _, quantity in asks],
        }
        for ns, valid, bids, asks in books
    )
    return rows_of(BOOKS.arrow_schema, rows)


def trade_rows(trades: Iterable[Print], **others: Any) -> pa.Table:
    """Rows of silver.trades from (time, aggressor, price, quantity)."""
    names = ("event_ns", "aggressor_side", "price", "quantity")
    rows = (dict(zip(names, (t[0], t[1], Decimal(t[2]), Decimal(t[3])), strict=True)) for t in trades)
    return rows_of(SILVER_TRADES.arrow_schema, ({**row, **others} for row in rows))


def _decimal(value: int | str | None) -> Any:
    return Decimal(value) if isinstance(value, str) else value


def tape_of(quotes: Iterable[Quote], trades: Iterable[Print] = (), tick: Decimal | None = None) -> Tape:
    """A tape of quotes and trades."""
    return build_tape(quote_rows(quotes), trade_rows(trades), tick)


@kernel
def _obey(x: Desk, j: int) -> None:
    """The state holds orders: event, what to do, side, price (of a cancel the ticket), lots; then a row of −1."""
    s = x.state
    at = 0
    while s[at] >= 0:
        if s[at] == j:
            if s[at + 1] == CANCEL:
                cancel(x, int(s[at + 3]))
            else:
                send(x, int(s[at + 1]), int(s[at + 2]), int(s[at + 3]), int(s[at + 4]))
        at += 5


def told(*orders: tuple[int, int, int, int, int]) -> Strategy:
    """A strategy that does (what, side, price, lots) when it sees an event: (event from 0, what, side, price, lots)."""
    script = [float(number) for order in (*orders, (-1, 0, 0, 0, 0)) for number in order]
    return Strategy("told", "Does as it is told", (), _obey, state=tuple(script))


@kernel
def _insist(x: Desk, j: int) -> None:
    if x.words[BUSY] == 0:
        send(x, MARKET, BUY, 0, 1)


def insisting() -> Strategy:
    """A strategy that buys a lot whenever it sees an event and has no order on its way."""
    return Strategy("insisting", "Buys one lot after the other", (), _insist)


def run_told(tape: Tape, settings: Settings, *orders: tuple[int, int, int, int, int]) -> Result:
    """Run a strategy that does as it is told."""
    return run(tape, told(*orders), {}, settings)


def column(table: pa.Table, name: str) -> list[Any]:
    """A column, decimals as they are written with their zeros cut off."""
    values = table.column(name).to_pylist()
    return [format(value.normalize(), "f") if isinstance(value, Decimal) else value for value in values]


@st.composite
def tapes(draw: st.DrawFn, events: int = 60) -> Tape:
    """Tapes of a market of some ticks and trades at its touch."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    ns, bid = 0, 1000
    quotes: list[Quote] = []
    trades: list[Print] = []
    for _ in range(draw(st.integers(5, events))):
        ns += int(rng.integers(1, 400))
        if quotes and rng.random() < 0.5:
            side = "BUY" if rng.random() < 0.5 else "SELL"
            price = bid + 1 if side == "BUY" else bid
            trades.append((ns, side, f"{price / 100:.2f}", int(rng.integers(1, 12))))
        else:
            bid += int(rng.integers(-1, 2))
            sizes = rng.integers(1, 30, 2)
            quotes.append((ns, f"{bid / 100:.2f}", int(sizes[0]), f"{(bid + 1) / 100:.2f}", int(sizes[1])))
    quotes.append((ns + 10, f"{bid / 100:.2f}", 7, f"{(bid + 1) / 100:.2f}", 5))
    return tape_of(quotes, trades)
