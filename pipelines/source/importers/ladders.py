"""Books of a fixed number of levels, row by row: as quotes, and as what changed from row to row."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.source.importers.batches import Columns
from pipelines.source.importers.columns import Levels, to_lists
from schemas.proto import market_pb2 as pb

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
CHUNK_ROWS = 1 << 14


@dataclass(frozen=True)
class Ladder:
    """One side of n books, best level first: prices and quantities in 1e-9, and which levels are there; (n, depth)."""

    prices: Ints
    quantities: Ints
    is_level: Flags

    def levels(self) -> Levels:
        """The levels that are there, as two list columns of length n."""
        counts = self.is_level.sum(axis=1).astype(np.int32)
        return to_lists(self.prices[self.is_level], self.quantities[self.is_level], counts)

    def without_empty(self) -> "Ladder":
        """Levels of quantity 0 are not there."""
        return replace(self, is_level=self.is_level & (self.quantities != 0))

    def rows(self, start: int, end: int) -> "Ladder":
        """The books from `start` to before `end`."""
        return Ladder(self.prices[start:end], self.quantities[start:end], self.is_level[start:end])


def quote_ladders(bids: Ladder, asks: Ladder) -> dict[str, pa.Array]:
    """The list columns of n quotes."""
    return _name(bids.levels(), asks.levels())


def _name(bids: Levels, asks: Levels) -> dict[str, pa.Array]:
    return {
        "bid_prices": bids.prices,
        "bid_quantities": bids.quantities,
        "ask_prices": asks.prices,
        "ask_quantities": asks.quantities,
    }


def update_ladders(bids: Ladder, asks: Ladder, identity: Columns) -> dict[str, pa.Array]:
    """Columns of depth messages: a snapshot of the first book, then a difference for each row that changed it.

    identity: columns of n values of the books, among them venue_seq. A level that is no longer among the first
    `depth` is deleted, so that the rebuilt book has those levels and no others.
    """
    sides = [_changes(bids, -1), _changes(asks, 1)]
    rows = len(bids.prices)
    counts = [np.bincount(row, minlength=rows) for row, _, _ in sides]
    is_message = (counts[0] + counts[1] > 0) | (np.arange(rows) == 0)
    levels = [to_lists(p, q, c[is_message].astype(np.int32)) for (_, p, q), c in zip(sides, counts, strict=True)]
    kept = {name: column.filter(pa.array(is_message)) for name, column in identity.items()}
    numbers = kept["venue_seq"].to_numpy()
    kinds = np.where(np.arange(len(numbers)) == 0, pb.DEPTH_KIND_SNAPSHOT, pb.DEPTH_KIND_DIFF)
    return (
        kept
        | _name(*levels)
        | {
            "kind": pa.array(kinds, pa.int32()),
            "first_venue_seq": pa.array(numbers),
            "previous_venue_seq": pa.array(np.append(0, numbers[:-1])[: len(numbers)]),
        }
    )


def _changes(side: Ladder, sign: int) -> tuple[Ints, Ints, Ints]:
    """Row, price and quantity of each level that changed, row by row, best first: `sign` -1 ranks high prices first."""
    starts = range(0, len(side.prices), CHUNK_ROWS)
    pieces = [_changes_between(side, start, min(start + CHUNK_ROWS, len(side.prices))) for start in starts]
    row, price, quantity = (np.concatenate(part) for part in zip(*pieces, strict=True)) if pieces else [EMPTY] * 3
    order = np.lexsort((sign * price, row))
    return row[order], price[order], quantity[order]


EMPTY: Ints = np.empty(0, np.int64)


def _changes_between(side: Ladder, start: int, end: int) -> tuple[Ints, Ints, Ints]:
    """Changes of the rows from `start` to before `end` against the row before each; before the first is nothing."""
    after, before = side.rows(start, end), side.rows(max(start - 1, 0), end - 1)
    if start == 0:
        before = _after_nothing(before, after)
    same = (after.prices[:, :, None] == before.prices[:, None, :]) & (
        after.is_level[:, :, None] & before.is_level[:, None, :]
    )
    is_kept = (same & (after.quantities[:, :, None] == before.quantities[:, None, :])).any(axis=2)
    set_row, set_level = np.nonzero(after.is_level & ~is_kept)
    gone_row, gone_level = np.nonzero(before.is_level & ~same.any(axis=1))
    row = np.concatenate([set_row, gone_row]) + start
    price = np.concatenate([after.prices[set_row, set_level], before.prices[gone_row, gone_level]])
    quantity = np.concatenate([after.quantities[set_row, set_level], np.zeros(len(gone_row), np.int64)])
    return row, price, quantity


def _after_nothing(before: Ladder, like: Ladder) -> Ladder:
    """A book without levels, of the depth of `like`, and the books after it."""
    return Ladder(
        np.concatenate([np.zeros_like(like.prices[:1]), before.prices]),
        np.concatenate([np.zeros_like(like.quantities[:1]), before.quantities]),
        np.concatenate([np.zeros_like(like.is_level[:1]), before.is_level]),
    )
