"""A desk: one kind of participants at work, between what it hears and what it asks."""

import numpy as np
import pyarrow as pa

from pipelines.source.participants.blotter import Blotter
from pipelines.source.participants.config import INSTITUTIONS, MAKERS, MOMENTUM, NOISE, REVERSION, Kind, TradingConfig
from pipelines.source.participants.institutions import Institutions
from pipelines.source.participants.makers import Makers
from pipelines.source.participants.noise import Noise
from pipelines.source.participants.reference import Reference
from pipelines.source.participants.requests import Requests, Sender, cancels
from pipelines.source.participants.tape import Tape
from pipelines.source.participants.trends import Momentum, Reversion
from pipelines.source.participants.view import Strategy, View
from pipelines.source.simulator.book import Ints
from schemas.registry import Topic
from schemas.topics import ORDER_EVENTS, QUOTES, TRADES

LONGEST_NS = 250_000_000  # after a longer pause a desk does not make up for what it has not sent


def strategy_of(kind: Kind, config: TradingConfig) -> Strategy:
    """What participants of a kind do."""
    instruments, market = config.instruments, config.market
    strategies: dict[str, Strategy] = {
        MAKERS.name: Makers(instruments, kind.count),
        MOMENTUM.name: Momentum(instruments, kind.count),
        REVERSION.name: Reversion(instruments, kind.count),
        NOISE.name: Noise(instruments, kind.count, stress=market.stress),
        INSTITUTIONS.name: Institutions(instruments, kind.count, market.seed, market.start_ns),
    }
    return strategies[kind.name]


class Desk:
    """Participants of one kind: it hears batches of the exchange's topics and gives batches of orders."""

    def __init__(self, config: TradingConfig, kind: Kind) -> None:
        """Nothing is sent yet; the configuration's seed and the kind's place among its kinds decide every draw."""
        start, producer_id = config.market.start_ns, config.producer_id(kind.name)
        self.kind = kind
        self._strategy = strategy_of(kind, config)
        self._sender = Sender(config, producer_id, kind.accounts)
        self._rng = np.random.default_rng([config.market.seed, config.kinds.index(kind)])
        self._reference = Reference(config.market)
        self._blotter = Blotter(producer_id, kind.accounts, config.symbols)
        self._tape = Tape(config.symbols, self._reference.at(start)[0], start)
        self._sent, self._before_ns = 0, start

    @property
    def waiting(self) -> int:
        """Messages that the exchange has not answered yet."""
        return self._blotter.waiting

    @property
    def open(self) -> int:
        """Orders that are open or on their way."""
        return len(self._blotter.orders)

    def hear(self, topic: Topic, batch: pa.RecordBatch) -> int:
        """Take over order events, trades or quotes, nothing else; returns how many events concern this desk."""
        if topic == TRADES:
            self._tape.hear_trades(batch)
        if topic == QUOTES:
            self._tape.hear_quotes(batch)
        return self._blotter.hear(batch) if topic == ORDER_EVENTS else 0

    def view(self, time_ns: int) -> View:
        """What the desk sees now; time must not go back."""
        self._tape.roll(time_ns)
        tape, blotter = self._tape, self._blotter
        reference, stress = self._reference.at(time_ns)
        return View(time_ns, reference, stress, tape.bid, tape.ask, tape.history, blotter.inventory, blotter.orders)

    def step(self, time_ns: int, rate: float) -> pa.RecordBatch:
        """What it asks between the step before and `time_ns`, at `rate` messages a second on average."""
        elapsed = min(time_ns - self._before_ns, LONGEST_NS)
        requests = self._strategy.decide(self.view(time_ns), self._rng, rate * elapsed / 1e9)
        return self._send(requests, time_ns)

    def leave(self, time_ns: int) -> pa.RecordBatch:
        """A cancel of every open order."""
        return self._send(cancels(self._blotter.orders), time_ns)

    def _send(self, requests: Requests, time_ns: int) -> pa.RecordBatch:
        """Number the requests and spread them over the time since the step before."""
        count = len(requests)
        seq = np.arange(self._sent + 1, self._sent + count + 1)
        times: Ints = np.linspace(self._before_ns, time_ns, count + 1).astype(np.int64)[1:]
        self._sent, self._before_ns = self._sent + count, time_ns
        if count:
            self._blotter.note(requests, seq, times)
        return self._sender.batch(requests, seq, times)
