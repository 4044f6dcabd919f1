"""From events to batches of the wire: repeats left out, bad messages set apart, each message with an identity."""

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from pipelines.source.feeds.events import Columns, Event, Feed, Incoming, Received
from pipelines.wire import batch_of
from schemas.errors import SourceError
from schemas.registry import Topic
from schemas.topics import TRADES

MOST_KEYS = 50_000


class Recent:
    """The last keys that were seen, at most `size`."""

    def __init__(self, size: int = MOST_KEYS) -> None:
        self._known: set[Hashable] = set()
        self._order: deque[Hashable] = deque()
        self._size = size

    def add(self, key: Hashable) -> bool:
        """Remember a key; whether it is new."""
        if key in self._known:
            return False
        self._known.add(key)
        self._order.append(key)
        if len(self._order) > self._size:
            self._known.discard(self._order.popleft())
        return True

    def forget(self, key: Hashable) -> None:
        """It shall be new again."""
        self._known.discard(key)


class Batches:
    """Makes batches of what a feed reads.

    Each connection is a producer of its own, `<feed>-<start ns>`, whose seq counts from 1 within each topic. A trade is
    out once, whichever connection it came by; quotes and books belong to their connection.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._trades = Recent()
        self.begin(0)

    def begin(self, start_ns: int) -> None:
        """A connection begins, at a time in nanoseconds since 1970 that no other began at."""
        self._producer_id = f"{self._feed.name}-{start_ns}"
        self._published: dict[Topic, int] = {}
        self._recent: dict[Topic, Recent] = {TRADES: self._trades}

    def build(self, arrived: Sequence[Incoming]) -> Iterator[tuple[Topic, pa.RecordBatch]]:
        """Batches (`wire_schema` of their topic), each topic in the order of arrival.

        Raises FeedRefused and FeedLost when the venue said so in what arrived, after the batches of what was before.
        """
        events: dict[Topic, list[tuple[int, Event]]] = {}
        try:
            for incoming in arrived:
                for event in self._feed.read(incoming):
                    if self._is_new(event):
                        events.setdefault(event.topic, []).append((incoming.receive_ns, event))
        finally:
            for topic, items in events.items():
                for received, columns in self._pieces(Received.of(items), self._feed.builders[topic]):
                    yield topic, self._batch(topic, received, columns)

    def _is_new(self, event: Event) -> bool:
        if event.key is None or self._recent.setdefault(event.topic, Recent()).add(event.key):
            return True
        self._feed.journal.tally.repeats += 1
        return False

    def _pieces(self, received: Received, builder: Callable[[Received], Columns]) -> Iterator[tuple[Received, Columns]]:
        """Halve until each bad message stands alone and is left out: log2(n) pieces for one bad message among n."""
        try:
            yield received, builder(received)
        except SourceError as error:
            if len(received) > 1:
                for half in received.halves():
                    yield from self._pieces(half, builder)
                return
            (event,) = received.events
            self._feed.journal.malformed(event.stream, str(error))
            self._feed.missed(event)
            if event.key is not None:
                self._recent[event.topic].forget(event.key)  # what comes by this name next may be good

    def _batch(self, topic: Topic, received: Received, columns: Columns) -> pa.RecordBatch:
        before, count = self._published.get(topic, 0), len(received)
        self._published[topic] = before + count
        identity: Columns = {
            "producer_id": pa.repeat(self._producer_id, count),
            "seq": pa.array(np.arange(before + 1, before + count + 1)),
            "symbol": pa.array([event.symbol for event in received.events], pa.string()),
            "receive_ts_ns": pa.array(received.receive_ns, pa.int64()),
        }
        return batch_of(topic, columns | identity)
