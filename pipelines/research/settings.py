"""What a backtest assumes besides the tape and the strategy: latencies, queue, fees, sizes, limits, the seed."""

from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from pipelines.microstructure.series import Ints
from pipelines.research.layout import QUEUE_MODELS
from pipelines.research.tape import Tape
from schemas.errors import ResearchError

DRAWS = 1 << 16  # latencies of orders that are drawn; then they repeat
STOPS = ("DAY", "TAPE")


@dataclass(frozen=True)
class Latency:
    """A time on the way, in ns: a constant, or drawn with replacement from a table of measured ones.

    `is_recorded` is of the feed alone: what the tape says, the receiver's clock less the exchange's.
    """

    constant_ns: int = 0
    table_ns: tuple[int, ...] = ()
    is_recorded: bool = False

    def draw(self, count: int, rng: np.random.Generator, what: str) -> Ints:
        """Latencies (count,). Raises ResearchError when one is negative."""
        table = np.asarray(self.table_ns or (self.constant_ns,), np.int64)
        if bool((table < 0).any()):
            raise ResearchError(f"The {what} latency is {int(table.min())} ns; it must be 0 or above.")
        return rng.choice(table, count) if self.table_ns else np.full(count, table[0])


@dataclass(frozen=True)
class Settings:
    """All of them. Quantities are in units of 1, money in the currency of the prices.

    The strategy trades `order_quantity` at a time and never holds more than `inventory_limit` either way. When it has
    lost `stop_loss` (None: never asked) since the start of the UTC day it is flat until the next (`stop_for` DAY), or
    since the start of the tape until its end (TAPE). Fees are bps of the value, negative ones rebates. The equity is
    sampled each `sample_ns` on the exchange's clock, and returns are changes of it over `capital`.
    """

    order_quantity: Decimal = Decimal(1)
    inventory_limit: Decimal = Decimal(1)
    capital: Decimal = Decimal(100_000)
    maker_fee_bps: float = 0.0
    taker_fee_bps: float = 0.0
    feed_latency: Latency = field(default_factory=Latency)
    order_latency: Latency = field(default_factory=Latency)
    queue_model: str = "RISK_AVERSE"
    queue_power: float = 3.0
    stop_loss: Decimal | None = None
    stop_for: str = "DAY"
    sample_ns: int = 1_000_000_000
    seed: int = 0

    def __post_init__(self) -> None:
        _require(self.queue_model in QUEUE_MODELS, "queue_model", self.queue_model, f"one of {', '.join(QUEUE_MODELS)}")
        _require(self.stop_for in STOPS, "stop_for", self.stop_for, "DAY or TAPE")
        for name in ("order_quantity", "inventory_limit", "capital", "queue_power", "sample_ns"):
            _require(getattr(self, name) > 0, name, getattr(self, name), "above 0")
        _require(self.stop_loss is None or self.stop_loss > 0, "stop_loss", self.stop_loss, "above 0, or None")
        for name in ("maker_fee_bps", "taker_fee_bps"):
            _require(abs(getattr(self, name)) < 10_000, name, getattr(self, name), "between -10000 and 10000")
        _require(not self.order_latency.is_recorded, "order_latency", "recorded", "a constant or a table")

    def local_ns(self, tape: Tape) -> Ints:
        """When the strategy sees each event (n,): never before it happens, and in the order in which they happen."""
        if self.feed_latency.is_recorded:
            late = np.maximum(tape.receive_ns, tape.ns)
        elif self.feed_latency.table_ns or self.feed_latency.constant_ns:
            late = tape.ns + self.feed_latency.draw(len(tape), np.random.default_rng((self.seed, 0)), "feed")
        else:
            return tape.ns
        return np.maximum.accumulate(late)

    def order_latencies(self) -> Ints:
        """Of each order and cancel in turn."""
        count = DRAWS if self.order_latency.table_ns else 1
        return self.order_latency.draw(count, np.random.default_rng((self.seed, 1)), "order")


def _require(holds: bool, name: str, value: object, wanted: str) -> None:
    if not holds:
        raise ResearchError(f"Setting {name} is {value}; it must be {wanted}.")
