"""Quotes: the best five levels of a lit venue's book."""

import numpy as np
import pyarrow as pa

from pipelines.source.simulator.book import ASK, BID, SHARE, TICK, Ladder, Touch, level_ticks
from pipelines.source.simulator.columns import Message, level_lists, message_columns
from pipelines.source.simulator.config import MarketConfig
from pipelines.wire import batch_of
from schemas.topics import QUOTES

LEVELS = 5


def build_quotes(
    config: MarketConfig, message: Message, touch: Touch, ladder: Ladder, rng: np.random.Generator
) -> pa.RecordBatch:
    """A row of `wire_schema(QUOTES)` for each message: five levels a side, best first, never crossed."""
    columns = message_columns(config, message, rng)
    for name, side, best in (("bid", BID, touch.bid), ("ask", ASK, touch.ask)):
        ticks = level_ticks(best, side, LEVELS)
        shares = ladder.shares_at(message.pairs, side, ticks, message.venue_seq)
        columns[f"{name}_prices"] = level_lists(ticks * TICK)
        columns[f"{name}_quantities"] = level_lists(shares * SHARE)
    return batch_of(QUOTES, columns)
