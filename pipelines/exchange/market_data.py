"""What a shard shows of its lit books: differences, snapshots, quotes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.exchange.codes import Side
from pipelines.exchange.engine import Engine, Updates
from pipelines.exchange.events import Scribe
from pipelines.exchange.layout import MAX_SYMBOLS
from pipelines.wire import batch_of
from schemas.proto import market_pb2 as pb
from schemas.topics import DEPTH, QUOTES

Ints = npt.NDArray[np.int64]
Columns = dict[str, pa.Array]

QUOTED_LEVELS = 5
SNAPSHOT_LEVELS = 10_000
LEVELS = pa.list_(pa.field("item", pa.int64(), nullable=False))


@dataclass(frozen=True)
class MarketData:
    """Writes book messages of a shard.

    `last_seq` (4096,) is brought up to date: venue_seq of each book's last difference, 0 for none.
    """

    scribe: Scribe
    last_seq: Ints

    def write_diffs(self, updates: Updates, time_ns: Ints, last_event: Ints, before: int) -> pa.RecordBatch:
        """A DIFF for each message and lit book whose levels it changed, bids then asks, best first.

        They are numbered after `before`. `time_ns` and `last_event` (messages,): time of each message, and number of
        the last event it caused.
        """
        levels = _ordered(updates, self.lit(updates.symbol))
        starts = np.flatnonzero(np.diff(levels.row, prepend=-1) | np.diff(levels.symbol, prepend=-1))
        row, book = levels.row[starts], levels.symbol[starts]
        venue_seq = last_event[row]
        previous = self._swap(book, venue_seq)
        group = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(levels.row)))
        columns = self.scribe.heads(book, time_ns[row]) | {
            "venue_seq": pa.array(venue_seq),
            "first_venue_seq": pa.array(previous + 1),
            "previous_venue_seq": pa.array(previous),
            "kind": pa.repeat(pb.DEPTH_KIND_DIFF, len(starts)),
        }
        return _numbered(columns | self._sides(levels, group, len(starts)), before)

    def write_snapshots(self, engine: Engine, books: Ints, time_ns: int, before: int) -> pa.RecordBatch:
        """A SNAPSHOT of each lit one of some books: all that it displays after its last difference.

        They are numbered after `before`.
        """
        books = books[self.lit(books)]
        last = self.last_seq[books]
        columns = self.scribe.heads(books, np.full(len(books), time_ns)) | {
            "venue_seq": pa.array(last),
            "first_venue_seq": pa.array(last),
            "previous_venue_seq": pa.array(last),
            "kind": pa.repeat(pb.DEPTH_KIND_SNAPSHOT, len(books)),
        }
        return _numbered(columns | self._books(engine, books, SNAPSHOT_LEVELS), before)

    def write_quotes(self, engine: Engine, books: Ints, time_ns: Ints, event_seq: int) -> pa.RecordBatch:
        """The best five levels of each lit one of some books, after its last difference.

        `event_seq`: the shard's last event, which numbers the quotes.
        """
        is_lit = self.lit(books)
        books, time_ns = books[is_lit], time_ns[is_lit]
        columns = self.scribe.heads(books, time_ns) | {
            "seq": pa.array(event_seq * MAX_SYMBOLS + books),
            "venue_seq": pa.array(self.last_seq[books]),
        }
        return batch_of(QUOTES, columns | self._books(engine, books, QUOTED_LEVELS))

    def lit(self, books: Ints) -> npt.NDArray[np.bool_]:
        """Which of n books are displayed."""
        return ~self.scribe.is_dark(books)

    def _swap(self, book: Ints, venue_seq: Ints) -> Ints:
        """The venue_seq of the message before in the chain of each row's book."""
        order = np.argsort(book, kind="stable")
        books, seqs = book[order], venue_seq[order]
        is_first = np.diff(books, prepend=-1) != 0
        before = np.empty_like(seqs)
        before[order] = np.where(is_first, self.last_seq[books], np.roll(seqs, 1))
        is_last = np.diff(books, append=-1) != 0
        self.last_seq[books[is_last]] = seqs[is_last]
        return before

    def _sides(self, levels: Updates, group: Ints, groups: int) -> Columns:
        columns: Columns = {}
        for name, side in (("bid", Side.BUY), ("ask", Side.SELL)):
            mine = levels.side == side
            sizes = np.bincount(group[mine], minlength=groups)
            columns |= self._lists(name, sizes, levels.price[mine], levels.quantity[mine])
        return columns

    def _books(self, engine: Engine, books: Ints, levels: int) -> Columns:
        depths = [engine.depth(book, levels) for book in books.tolist()]
        none = [np.empty(0, np.int64)]
        columns: Columns = {}
        for name in ("bid", "ask"):
            prices, quantities = ([getattr(d, f"{name}_{what}") for d in depths] for what in ("prices", "quantities"))
            sizes = np.array([len(p) for p in prices], np.int64)
            columns |= self._lists(name, sizes, np.concatenate(prices + none), np.concatenate(quantities + none))
        return columns

    def _lists(self, name: str, sizes: Ints, prices: Ints, quantities: Ints) -> Columns:
        offsets = pa.array(np.concatenate(([0], np.cumsum(sizes))).astype(np.int32))
        rules = self.scribe.rules
        amounts = {"prices": prices * rules.tick, "quantities": quantities * rules.lot}
        return {
            f"{name}_{what}": pa.ListArray.from_arrays(offsets, pa.array(values), type=LEVELS)
            for what, values in amounts.items()
        }


def _numbered(columns: Columns, before: int) -> pa.RecordBatch:
    numbers = np.arange(before + 1, before + 1 + len(columns["symbol"]))
    return batch_of(DEPTH, columns | {"seq": pa.array(numbers)})


def _ordered(updates: Updates, chosen: npt.NDArray[np.bool_]) -> Updates:
    """The chosen updates by message, book and side, best first; auctions' market orders have no price and are left."""
    rank = np.where(updates.side == Side.BUY, -updates.price, updates.price)
    order = np.lexsort((rank, updates.side, updates.symbol, updates.row))
    order = order[chosen[order]]
    names = ("row", "symbol", "side", "price", "quantity")
    return Updates(*(getattr(updates, name)[order].astype(np.int64) for name in names))
