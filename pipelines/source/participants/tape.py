"""What everybody sees: best prices and last trades of the exchange."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.source.participants.config import VENUES
from pipelines.source.simulator.book import TICK, Ints
from pipelines.source.simulator.prices import Floats

SECONDS = 61  # of history: a minute of returns
SECOND_NS = 1_000_000_000


class Tape:
    """Best bid and ask of every book, and a minute of trade prices, in ticks."""

    def __init__(self, symbols: list[str], prices: Floats, start_ns: int) -> None:
        """Empty books; until something trades, `prices` (symbols,) stand for the trades before `start_ns`."""
        self._symbols, self._venues = pa.array(symbols), pa.array(VENUES)
        self._next_ns = start_ns + SECOND_NS
        self.bid = np.zeros((len(symbols), len(VENUES)), np.int64)
        self.ask = np.zeros_like(self.bid)
        self.history: Floats = np.tile(prices, (SECONDS, 1))

    def roll(self, time_ns: int) -> None:
        """Begin a row of history for each second that has passed."""
        passed = max(0, (time_ns - self._next_ns) // SECOND_NS + 1)
        if passed:
            last = np.tile(self.history[-1], (min(passed, SECONDS), 1))
            self.history = np.concatenate((self.history, last))[-SECONDS:]
            self._next_ns += passed * SECOND_NS

    def hear_trades(self, trades: pa.RecordBatch) -> None:
        """The last price of each symbol."""
        symbol, _, trades = self._places(trades)
        self.history[-1][symbol] = trades.column("price").to_numpy() / TICK

    def hear_quotes(self, quotes: pa.RecordBatch) -> None:
        """The last best prices of each book."""
        symbol, venue, quotes = self._places(quotes)
        self.bid[symbol, venue] = _best(quotes.column("bid_prices"))
        self.ask[symbol, venue] = _best(quotes.column("ask_prices"))

    def _places(self, rows: pa.RecordBatch) -> tuple[Ints, Ints, pa.RecordBatch]:
        """Symbol and venue codes (n,) of the rows (n,) that concern books of the exchange, and these rows."""
        symbol, venue = (
            pc.index_in(rows.column("symbol"), self._symbols),
            pc.index_in(rows.column("venue"), self._venues),
        )
        ours = pc.and_(pc.is_valid(symbol), pc.is_valid(venue))
        return symbol.filter(ours).to_numpy(), venue.filter(ours).to_numpy(), rows.filter(ours)


def _best(levels: pa.ListArray) -> Ints:
    """The first of each list in ticks, 0 where it is empty."""
    starts, sizes = levels.offsets.to_numpy()[:-1], pc.list_value_length(levels).to_numpy()
    values = np.append(levels.values.to_numpy(), 0)
    return np.where(sizes > 0, values[np.where(sizes > 0, starts, 0)] // TICK, 0)
