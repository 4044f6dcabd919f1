"""Trades: prints at the touch of lit venues, and at or inside the mid of dark ones."""

import numpy as np
import pyarrow as pa

from pipelines.source.simulator.book import SHARE, SIZES, TICK, Ints, Touch
from pipelines.source.simulator.columns import Message, identities, message_columns
from pipelines.source.simulator.config import MarketConfig
from pipelines.wire import batch_of
from schemas.proto import market_pb2
from schemas.topics import TRADES

MID_SHARE = 0.7  # of dark prints that stand at the mid; the others lie on a tick within the spread


def build_trades(
    config: MarketConfig, message: Message, touch: Touch, sizes: Ints, rng: np.random.Generator
) -> pa.RecordBatch:
    """A row of `wire_schema(TRADES)` for each message; `sizes` are shares (pairs, 256).

    A lit buyer pays the ask, a lit seller gets the bid; a dark venue does not say who was the aggressor.
    """
    rows = len(message.pairs)
    is_dark = np.array(config.is_dark)[message.pairs % len(config.venues)]
    is_buy = rng.integers(0, 2, rows).astype(bool)
    side = np.where(is_buy, market_pb2.SIDE_BUY, market_pb2.SIDE_SELL)
    price = np.where(is_dark, _dark_prices(touch, rng), np.where(is_buy, touch.ask, touch.bid) * TICK)
    return batch_of(
        TRADES,
        message_columns(config, message, rng)
        | {
            "trade_id": identities(config.producer_id, message.seq),
            "aggressor_side": pa.array(np.where(is_dark, market_pb2.SIDE_UNSPECIFIED, side).astype(np.int32)),
            "price": pa.array(price),
            "quantity": pa.array(sizes[message.pairs, rng.integers(0, SIZES, rows)] * SHARE),
            "buy_order_id": pa.repeat("", rows),
            "sell_order_id": pa.repeat("", rows),
        },
    )


def _dark_prices(touch: Touch, rng: np.random.Generator) -> Ints:
    """Prices (n,) in units of 1e-9, from the bid to the ask of a lit venue of average spread."""
    inside = rng.integers(touch.bid, touch.ask + 1) * TICK
    is_mid = rng.random(len(inside)) < MID_SHARE
    return np.where(is_mid, (touch.bid + touch.ask) * (TICK // 2), inside)
