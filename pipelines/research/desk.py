"""A tape and its settings made ready: what all trials share, and a fresh desk for each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import gcd
from threading import Lock

import numpy as np

from pipelines.microstructure.series import Floats, Ints
from pipelines.research import layout as at
from pipelines.research.layout import Desk
from pipelines.research.settings import Settings
from pipelines.research.strategy import Strategy
from pipelines.research.tape import MONEY_UNITS, Tape
from schemas.errors import ResearchError

BPS = 10_000
HIGHEST = 1 << 62
SIGNALS_KEPT = 8


@dataclass
class Market:
    """A tape with settings; `desk` gives a run's arrays. Signals are kept, the last of them, for trials to share."""

    tape: Tape
    settings: Settings
    _signals: dict[tuple[object, ...], Floats] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        tape, settings = self.tape, self.settings
        self.local_ns = settings.local_ns(tape)
        self.latencies = settings.order_latencies()
        self.quantity = self._lots("order_quantity", settings.order_quantity)
        self.limit = self._lots("inventory_limit", settings.inventory_limit)
        common = gcd(tape.tick * tape.lot, MONEY_UNITS)
        self.numerator, self.denominator = tape.tick * tape.lot // common, MONEY_UNITS // common
        highest = max(
            int(each.max(initial=0)) for each in (tape.ladders.bid_prices, tape.ladders.ask_prices, tape.price)
        )
        worth = 2 * highest * (self.limit + self.quantity) * self.numerator
        if max(worth, 2 * int(Decimal(settings.capital) * MONEY_UNITS)) > HIGHEST:
            raise ResearchError(
                f"Setting inventory_limit is {settings.inventory_limit} and capital {settings.capital}; at the prices "
                "of this tape that is more money than 64 bits hold."
            )

    def _lots(self, name: str, quantity: Decimal) -> int:
        units = Decimal(quantity) * MONEY_UNITS
        lots, rest = divmod(units, self.tape.lot)
        if rest:
            lot = Decimal(self.tape.lot) / MONEY_UNITS
            raise ResearchError(f"Setting {name} is {quantity}; it must be a multiple of the lot of this tape, {lot}.")
        return int(lots)

    def signal(self, strategy: Strategy, parameters: Mapping[str, float]) -> Floats:
        """A strategy's number for each event (n,), computed or kept from a trial before."""
        key = (strategy.signal, *(parameters[name] for name in strategy.signal_reads))
        with self._lock:
            if key not in self._signals:
                while len(self._signals) >= SIGNALS_KEPT:
                    self._signals.pop(next(iter(self._signals)))
                self._signals[key] = np.ascontiguousarray(strategy.signal(self.tape, parameters), np.float64)
            return self._signals[key]

    def samples(self) -> int:
        """Most samples of the equity."""
        tape = self.tape
        return int(tape.ns[-1] - tape.ns[0]) // self.settings.sample_ns + 3 if len(tape) else 0

    def desk(self, strategy: Strategy, parameters: Mapping[str, float], fills: int) -> Desk:
        """A fresh run; it keeps its fills where there is room for some."""
        tape, ladders = self.tape, self.tape.ladders
        return Desk(
            *(tape.ns, self.local_ns, tape.sign, tape.price, tape.quantity),
            *(tape.bid, tape.bid_quantity, tape.ask, tape.ask_quantity, tape.last_mid),
            *(tape.row, ladders.bid_prices, ladders.bid_quantities, ladders.ask_prices, ladders.ask_quantities),
            *(self.signal(strategy, parameters), self.latencies),
            parameters=np.array(list(parameters.values()), np.float64),
            state=np.array(strategy.state, np.float64),
            words=self._words(fills),
            rates=self._rates(),
            orders=np.zeros((at.SLOTS, at.ORDER_WORDS), np.int64),
            queue=np.zeros((at.SLOTS, 3)),
            notices=np.zeros((at.NOTICES, 3), np.int64),
            fills=np.empty((fills, at.FILL_WORDS), np.int64),
            equity=np.empty((self.samples(), at.EQUITY_WORDS), np.int64),
        )

    def _words(self, fills: int) -> Ints:
        settings, words = self.settings, np.zeros(at.WORDS, np.int64)
        capital = int(Decimal(settings.capital) * MONEY_UNITS)
        step = settings.sample_ns
        first = int(self.tape.ns[0]) if len(self.tape) else 0
        given = {
            at.CASH: capital,
            at.SEEN_CASH: capital,
            at.DAY_EQUITY: capital,
            at.NEXT: at.NEVER,
            at.IS_KEPT: int(fills > 0),
            at.STEP: step,
            at.NEXT_SAMPLE: -(-first // step) * step,
            at.NUMERATOR: self.numerator,
            at.DENOMINATOR: self.denominator,
            at.QUANTITY: self.quantity,
            at.LIMIT: self.limit,
            at.STOP_LOSS: int(Decimal(settings.stop_loss or 0) * MONEY_UNITS),
            at.IS_BY_DAY: int(settings.stop_for == "DAY"),
            at.QUEUE_MODEL: at.QUEUE_MODELS.index(settings.queue_model),
        }
        words[list(given)] = list(given.values())
        return words

    def _rates(self) -> Floats:
        settings = self.settings
        return np.array([settings.maker_fee_bps / BPS, settings.taker_fee_bps / BPS, settings.queue_power])
