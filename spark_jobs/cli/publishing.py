"""From the simulator to the topics of an instance."""

import time
from collections.abc import Callable
from threading import Event

from pipelines.source.publish import Publisher, ensure_topics
from pipelines.source.simulator.config import INSTRUMENTS, Instrument, MarketConfig
from pipelines.source.simulator.market import Market
from pipelines.source.simulator.run import Clock, Pace, simulate
from schemas.errors import SettingsError
from schemas.topics import TOPICS
from spark_jobs.settings import Settings

Advance = Callable[[int, float | None], object]


def wanted_instruments(symbols: str | None) -> tuple[Instrument, ...]:
    """The instruments of a list like `AAPL,GME`, all for None. Raises SettingsError when one is unknown."""
    if symbols is None:
        return INSTRUMENTS
    by_symbol = {instrument.symbol: instrument for instrument in INSTRUMENTS}
    names = [name.strip().upper() for name in symbols.split(",")]
    for name in names:
        if name not in by_symbol:
            raise SettingsError(f"--symbols {name} is unknown: choose from {', '.join(by_symbol)}.")
    return tuple(by_symbol[name] for name in dict.fromkeys(names))


def publish_market(settings: Settings, config: MarketConfig, pace: Pace, advance: Advance) -> int:
    """Publish a market in real time; return the number of events. Raises InstanceError when no broker answers.

    `advance` is told, at each slice, the events so far and how many there will be (None when the rate is open).
    """
    ensure_topics(settings.bootstrap, TOPICS, settings.partitions)
    total = pace.rate * pace.duration_s or None
    sent = 0
    with Publisher(settings.bootstrap) as publisher:
        for sent in simulate(Market(config), publisher.publish, pace, Clock(time.time_ns, time.sleep), Event()):
            advance(sent, total)
    return sent
