"""The engine: state between batches, messages in and reports out as Arrow."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.exchange import compiled
from pipelines.exchange.border import columns_of
from pipelines.exchange.checks import Desk
from pipelines.exchange.codes import Side
from pipelines.exchange.layout import (
    C_LADDER,
    C_SHOWN,
    CHANGES,
    DIRECTORY,
    FIRST_BLOCK,
    HIGH,
    LADDER_WORDS,
    LADDERS,
    LIVE,
    OWNER,
    PAUSE,
    REPORT_COLUMNS,
    REPORTS,
    ROW,
    RUNG,
    S_FEE,
    S_MAKER,
    S_WORDS,
    SEQUENCE,
    SLICES,
    SPARE_ROWS,
    STOPS,
    SYMBOL,
    SYMBOLS,
    TABLE,
    TABLE_BITS,
    TOP,
    WORDS_PER_STOP,
)
from pipelines.exchange.memory import Pool
from pipelines.exchange.rows import ROW_BYTES, ReportRows
from pipelines.exchange.schema import CHANGES as CHANGES_SCHEMA
from pipelines.exchange.snapshot import pack, unpack

Ints = npt.NDArray[np.int64]

FIRST_TABLE_BITS = 10
FIRST_WORDS = 1 << 17
FIRST_ROWS = 8_000
FIRST_REPORTS = 24_000
FIRST_POOL = 2  # the reports of a batch are often still looked at during the next


@dataclass(frozen=True)
class Depth:
    """The best levels of a book, best first: prices in ticks and displayed lots, up to n a side."""

    bid_prices: Ints
    bid_quantities: Ints
    ask_prices: Ints
    ask_quantities: Ints


@dataclass(frozen=True)
class Updates:
    """Levels after messages, (n,) each: row of the message in its batch, symbol, Side, ticks, displayed lots."""

    row: Ints
    symbol: Ints
    side: Ints
    price: Ints
    quantity: Ints


class Engine:
    """Books of up to 4,096 symbols, each independent of the others.

    The same messages give the same reports, however they are cut into batches.
    """

    def __init__(self) -> None:
        """No orders; every book is in continuous trading, without reference price and collar."""
        self._words = _blank_words(FIRST_WORDS)
        self._words[[TABLE, TABLE_BITS]] = FIRST_BLOCK, FIRST_TABLE_BITS
        self._words[HIGH] = FIRST_BLOCK + (2 << FIRST_TABLE_BITS)
        self._rows = _blank_rows(FIRST_ROWS)
        self._changed: list[Ints] = []
        self._settled: list[Ints] = []
        self._pool = Pool(FIRST_POOL, FIRST_REPORTS * ROW_BYTES)

    def apply(self, messages: pa.RecordBatch, desk: Desk | None = None) -> pa.RecordBatch:
        """Work on a batch of MESSAGES; returns its REPORTS, in order.

        With a desk, each message is checked against the ledger first, and booked there before the next; order ids
        are then rows of `Ledger.orders`, accounts and positions rows of theirs.
        Raises ExchangeError, before anything is done, when the batch is none of MESSAGES (see `columns_of`).
        """
        columns = columns_of(messages)
        reports = ReportRows(messages, self._pool)
        self._changed, self._settled, row, pause = [], [], 0, 2
        while pause:
            if desk is None:
                row = compiled.run(self._words, self._rows, columns, row)
            else:
                row = compiled.run_with_ledger(self._words, self._rows, columns, row, desk)
                self._settled.append(self._rows[S_FEE : S_MAKER + S_WORDS, : self._words[REPORTS]].copy())
            pause = int(self._words[PAUSE])
            if pause == 1:
                self._words = _grown(self._words, self._wanted_words())
            else:
                self._flush(reports)
        return reports.batch()

    def _wanted_words(self) -> int:
        table = 4 << int(self._words[TABLE_BITS])
        return int(self._words[HIGH]) + WORDS_PER_STOP * int(self._words[STOPS]) + table + FIRST_WORDS

    def _flush(self, reports: ReportRows) -> None:
        """Take away the reports written so far; make room for at least one message more."""
        m = self._words
        reports.add(self._rows[:, : m[REPORTS]], int(m[SEQUENCE]))
        self._changed.append(self._rows[C_LADDER : C_SHOWN + 1, : m[CHANGES]].copy())
        m[SEQUENCE] += m[REPORTS]
        m[[REPORTS, CHANGES, ROW]] = 0
        wanted = int(6 * (m[LIVE] + m[SLICES]) + 4 * m[SYMBOLS]) + SPARE_ROWS
        if wanted > self._rows.shape[1]:
            self._rows = _blank_rows(2 * wanted)

    def changes(self) -> pa.RecordBatch:
        """Levels whose displayed quantity the last batch touched, as CHANGES: by symbol, bids first, best first."""
        ladders, keys, _, shown = self._last_noted([0, 1])
        symbol, side, price = self._places(ladders, keys)
        order = np.lexsort((keys, side, symbol))
        columns = (symbol, side, price, shown)
        return pa.RecordBatch.from_arrays([pa.array(column[order]) for column in columns], schema=CHANGES_SCHEMA)

    def updates(self) -> Updates:
        """What each message of the last batch left of the levels it touched: by message, then in order of touching."""
        ladders, keys, row, shown = self._last_noted([2, 0, 1])
        return Updates(row, *self._places(ladders, keys), shown)

    def settlements(self) -> Ints:
        """What the reports of the last batch did to accounts, (10, n), money in 1e-9 of the currency.

        Fee, cash, shares, cost and realised result of the order's account after it, then of the maker's; of other
        reports than trades and fundings they say nothing.
        """
        return np.concatenate(self._settled, axis=1)

    def _last_noted(self, words: list[int]) -> Ints:
        """Ladder, key, row and quantity shown (4, n) of levels that the last batch touched, market orders left out.

        Of those that agree in some of these `words` the last, in order of touching.
        """
        noted = np.concatenate([*self._changed, np.empty((4, 0), np.int64)], axis=1)
        backwards = noted[:, noted[1] > 0][:, ::-1]
        _, last = np.unique(backwards[words], axis=1, return_index=True)
        return np.ascontiguousarray(backwards[:, np.sort(last)[::-1]])

    def _places(self, ladders: Ints, keys: Ints) -> tuple[Ints, Ints, Ints]:
        """Symbol, side and price of levels."""
        side = self._words[ladders + RUNG]
        symbol = self._words[self._words[ladders + OWNER] + SYMBOL]
        return symbol.astype(np.int32), side.astype(np.int8), np.where(side == Side.BUY, TOP - keys, keys)

    def depth(self, symbol: int, levels: int) -> Depth:
        """The best levels of a symbol's book, market orders left out; empty where it has none."""
        bid_keys, bids = self._walk(symbol, Side.BUY, levels)
        ask_keys, asks = self._walk(symbol, Side.SELL, levels)
        return Depth(TOP - bid_keys, bids, ask_keys, asks)

    def _walk(self, symbol: int, side: Side, levels: int) -> tuple[Ints, Ints]:
        keys, shown = np.empty(levels, np.int64), np.empty(levels, np.int64)
        book = int(self._words[DIRECTORY + symbol])
        count = compiled.walk(self._words, book + LADDERS + side * LADDER_WORDS, keys, shown) if book else 0
        return keys[:count], shown[:count]

    def snapshot(self) -> bytes:
        """The whole state; the same after the same messages, however they were cut."""
        return pack(self.copy_words())

    def copy_words(self) -> Ints:
        """The whole state as words, to be packed while the engine goes on."""
        return self._words[: self._words[HIGH]].copy()

    @classmethod
    def restore(cls, snapshot: bytes) -> "Engine":
        """An engine that goes on where another was. Raises ExchangeError when the bytes are no whole snapshot."""
        engine = cls()
        engine._words = _grown(unpack(snapshot), FIRST_WORDS)
        return engine


def _blank_words(count: int) -> Ints:
    """Zeros that begin at a cache line, so that small blocks lie in one line."""
    words = np.empty(count + 8, np.int64)
    words[:] = 0
    skip = -(words.ctypes.data // 8) % 8
    return words[skip : skip + count]


def _grown(words: Ints, count: int) -> Ints:
    """The same words, and zeros behind them: twice as many in all, or `count` if that is more."""
    grown = _blank_words(max(2 * len(words), count))
    grown[: len(words)] = words
    return grown


def _blank_rows(count: int) -> Ints:
    """Room for at least so many reports; the odd length keeps columns out of each other's cache sets."""
    rows = np.empty((REPORT_COLUMNS, -(-count // 512) * 512 + 24), np.int64)
    rows[:, :FIRST_ROWS] = 0
    return rows
