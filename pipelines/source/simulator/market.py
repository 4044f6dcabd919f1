"""The market: time moves, prices move, and each topic gets its share of what happens."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.source.simulator.book import Ints, Ladder, Touch, find_touch, size_table
from pipelines.source.simulator.columns import Choices, Counters, Latest, Message
from pipelines.source.simulator.config import MarketConfig
from pipelines.source.simulator.depth import BookState, DepthFeed
from pipelines.source.simulator.orders import OrderFlow
from pipelines.source.simulator.prices import PricePath, PriceProcess
from pipelines.source.simulator.quotes import build_quotes
from pipelines.source.simulator.trades import build_trades
from schemas.registry import Topic
from schemas.topics import DEPTH, ORDERS, QUOTES, TOPICS, TRADES


class Market:
    """A seeded market. Prices depend on seed and time alone, not on how many events are drawn."""

    def __init__(self, config: MarketConfig) -> None:
        """All books new, no order live, every counter at its start."""
        prices, self._rng = np.random.default_rng(config.seed).spawn(2)
        self.config = config
        self._prices = PriceProcess(config, prices)
        self._topics = Choices(np.array([config.mix.get(topic, 0.0) for topic in TOPICS]))
        self._sent = dict.fromkeys(TOPICS, 0)
        pairs = len(config.instruments) * len(config.venues)
        self._updates, self._order_seq, self._trade_seq = Counters(pairs), Counters(pairs), Counters(pairs)
        self._book_pairs = _pair_choices(config, [profile.quote_share for profile in config.venues])
        self._trade_pairs = _pair_choices(config, [profile.trade_share for profile in config.venues])
        displayed = size_table(config, [profile.size_scale for profile in config.venues])
        self._trade_sizes = size_table(config, [profile.trade_scale for profile in config.venues])
        self._ladder = Ladder(displayed, config.seed)
        self._depth, self._quoted = DepthFeed(config, self._ladder), Latest(pairs, 3)
        self._orders = OrderFlow(config, self._book_pairs, displayed)

    def step(self, start_ns: int, duration_ns: int, events: int) -> dict[Topic, pa.RecordBatch]:
        """What happens in [start_ns, start_ns + duration_ns): `events` rows, shared among the topics by the mix.

        Each batch has `wire_schema(topic)`; venue times strictly rise where the slice has a nanosecond for each event,
        and seq runs on without gap from call to call. A topic without events is left out.
        """
        path = self._prices.advance(start_ns, duration_ns)
        times = start_ns + _offsets(duration_ns, events, self._rng)
        codes = self._topics.draw(self._rng, events)
        at = {topic: times[codes == code] for code, topic in enumerate(TOPICS)}
        is_book = (codes == TOPICS.index(QUOTES)) | (codes == TOPICS.index(DEPTH))
        batches = {ORDERS: self._step_orders(path, at[ORDERS]), TRADES: self._step_trades(path, at[TRADES])}
        batches |= self._step_books(path, times[is_book], codes[is_book] == TOPICS.index(QUOTES))
        return {topic: batch for topic, batch in batches.items() if len(batch)}

    def _step_orders(self, path: PricePath, times: Ints) -> pa.RecordBatch:
        seq = self._next(ORDERS, len(times))
        rows = self._orders.draw(seq, self._rng)
        pairs = rows.orders["pair"]
        message = Message(pairs, times, seq, self._order_seq.count(pairs))
        return self._orders.build(rows, message, self._touch(path, pairs, times), self._rng)

    def _step_trades(self, path: PricePath, times: Ints) -> pa.RecordBatch:
        pairs = self._trade_pairs.draw(self._rng, len(times))
        message = Message(pairs, times, self._next(TRADES, len(times)), self._trade_seq.count(pairs))
        return build_trades(self.config, message, self._touch(path, pairs, times), self._trade_sizes, self._rng)

    def _step_books(self, path: PricePath, times: Ints, is_quote: NDArray[np.bool_]) -> dict[Topic, pa.RecordBatch]:
        """Quotes and depth speak of the same books: they share the update ids of a pair, a quote tells each change."""
        pairs = self._book_pairs.draw(self._rng, len(times))
        updates, touch = self._updates.count(pairs), self._touch(path, pairs, times)
        quoted = self._quoted.last(pairs, is_quote, np.stack((touch.bid, touch.ask, updates)))[:, ~is_quote]

        def message(topic: Topic, rows: NDArray[np.bool_]) -> Message:
            return Message(pairs[rows], times[rows], self._next(topic, int(rows.sum())), updates[rows])

        quotes = message(QUOTES, is_quote)
        return {
            QUOTES: build_quotes(self.config, quotes, touch.take(is_quote), self._ladder, self._rng),
            DEPTH: self._depth.build(message(DEPTH, ~is_quote), BookState(Touch(*quoted[:2]), quoted[2]), self._rng),
        }

    def _touch(self, path: PricePath, pairs: Ints, times: Ints) -> Touch:
        return find_touch(self.config, path, pairs, times, self._rng.random(len(times)))

    def _next(self, topic: Topic, rows: int) -> Ints:
        first = self._sent[topic] + 1
        self._sent[topic] += rows
        return np.arange(first, first + rows)


def _pair_choices(config: MarketConfig, shares: list[float]) -> Choices:
    return Choices(np.outer([instrument.activity for instrument in config.instruments], shares).ravel())


def _offsets(duration_ns: int, events: int, rng: np.random.Generator) -> Ints:
    """Times (events,) since the start of a slice: one in each of `events` even parts, anywhere in it."""
    return ((np.arange(events) + rng.random(events)) * (duration_ns / max(events, 1))).astype(np.int64)
