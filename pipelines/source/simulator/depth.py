"""Depth: a level-2 snapshot of each lit book, then the differences to what was published before."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.source.simulator.book import ASK, BID, SHARE, TICK, Ints, Ladder, Touch, level_ticks
from pipelines.source.simulator.columns import Counters, Message, masked_lists, message_columns
from pipelines.source.simulator.config import MarketConfig
from pipelines.wire import batch_of
from schemas.proto import market_pb2
from schemas.topics import DEPTH

LEVELS = 10
SNAPSHOT_EVERY = 1_000  # messages of one book: a reader that joins late need not wait for ever


@dataclass(frozen=True)
class BookState:
    """What books look like, (n,) each: the touch, and the update after which the levels had their sizes (0: none)."""

    touch: Touch
    update: Ints


class DepthFeed:
    """The last published state of every book; turns book states into messages."""

    def __init__(self, config: MarketConfig, ladder: Ladder) -> None:
        """No book is published yet."""
        pairs = len(config.instruments) * len(config.venues)
        self._config, self._ladder = config, ladder
        self._counters = Counters(pairs)
        self._last = np.zeros((4, pairs), np.int64)

    def build(self, message: Message, state: BookState, rng: np.random.Generator) -> pa.RecordBatch:
        """A row of `wire_schema(DEPTH)` for each message: ten levels a side of a snapshot, or the changed ones.

        Chains hold per (symbol, venue): previous_venue_seq is the venue_seq of the message before (0: none), and
        first_venue_seq follows it.
        """
        previous, before = self._swap(message, state)
        is_snapshot = (self._counters.count(message.pairs) - 1) % SNAPSHOT_EVERY == 0
        columns = message_columns(self._config, message, rng)
        snapshot, diff = market_pb2.DEPTH_KIND_SNAPSHOT, market_pb2.DEPTH_KIND_DIFF
        columns["kind"] = pa.array(np.where(is_snapshot, snapshot, diff).astype(np.int32))
        columns["first_venue_seq"] = pa.array(previous + 1)
        columns["previous_venue_seq"] = pa.array(previous)
        for name, side in (("bid", BID), ("ask", ASK)):
            prices, quantities = self._changes(side, message.pairs, (before, state), is_snapshot)
            columns[f"{name}_prices"], columns[f"{name}_quantities"] = prices, quantities
        return batch_of(DEPTH, columns)

    def _swap(self, message: Message, state: BookState) -> tuple[Ints, BookState]:
        """Each row's venue_seq and state before: those of the row before of its pair, or the last of earlier calls."""
        now = np.stack((message.venue_seq, state.touch.bid, state.touch.ask, state.update))
        order = np.argsort(message.pairs, kind="stable")
        is_same = np.diff(message.pairs[order], append=-1) == 0  # as the row after
        before = self._last[:, message.pairs]
        before[:, order[1:][is_same[:-1]]] = now[:, order[is_same]]
        last = order[~is_same]
        self._last[:, message.pairs[last]] = now[:, last]
        return before[0], BookState(Touch(before[1], before[2]), before[3])

    def _changes(
        self, side: int, pairs: Ints, states: tuple[BookState, BookState], is_snapshot: NDArray[np.bool_]
    ) -> tuple[pa.Array, pa.Array]:
        """Prices and quantities: levels that are new or changed, then levels that went, with quantity 0."""
        old_ticks, ticks = (
            level_ticks(state.touch.bid if side == BID else state.touch.ask, side, LEVELS) for state in states
        )
        old_shares, shares = (self._ladder.shares_at(pairs, side, ticks, state.update) for state in states)
        is_known = np.abs(ticks - _middle(old_ticks)) * 2 < LEVELS
        is_changed = ~is_known | (shares != old_shares) | is_snapshot[:, None]
        is_gone = (np.abs(old_ticks - _middle(ticks)) * 2 >= LEVELS) & ~is_snapshot[:, None]
        mask = np.hstack((is_changed, is_gone))
        prices = np.hstack((ticks, old_ticks)) * TICK
        quantities = np.hstack((shares, np.zeros_like(shares))) * SHARE
        return masked_lists(prices, mask), masked_lists(quantities, mask)


def _middle(ticks: Ints) -> NDArray[np.float64]:
    return (ticks[:, :1] + ticks[:, -1:]) / 2
