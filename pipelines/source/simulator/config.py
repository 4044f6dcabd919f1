"""What a simulated market is made of: instruments, venues, stress, and the mix of its events."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.errors import SettingsError
from schemas.registry import Topic
from schemas.topics import DEPTH, ORDERS, QUOTES, TRADES
from schemas.venues import VENUES

SMALLEST_PRICE = 1.0  # below it ten levels a cent apart do not fit under the touch


@dataclass(frozen=True)
class Instrument:
    """A stock: price in currency, volatility a year, spread in bps at rest, weight among all events, shares a level."""

    symbol: str
    sector: str
    price: float
    volatility: float
    spread_bps: float
    activity: float
    level_shares: int


@dataclass(frozen=True)
class VenueProfile:
    """A venue's share of the activity, and its own sizes and times.

    `quote_share` is its part of book and order events (0 where orders are not displayed), `trade_share` its part of the
    trades; `spread_scale`, `size_scale` and `trade_scale` multiply the instrument's spread, level and trade sizes;
    `latency_us` is the time from the venue's clock to the receiver's.
    """

    code: str
    quote_share: float
    trade_share: float
    spread_scale: float
    size_scale: float
    trade_scale: float
    latency_us: int


@dataclass(frozen=True)
class Stress:
    """An Ornstein-Uhlenbeck process dx = -reversion·x·dt + volatility·dW in seconds; spreads scale with exp(x).

    The volatility of prices scales with exp(response·x): above 0, returns have fat tails and come in clusters.
    """

    reversion: float = 1 / 20
    volatility: float = 0.08
    response: float = 0.0

    @property
    def variance(self) -> float:
        """The stationary variance: volatility² / (2·reversion)."""
        return self.volatility**2 / (2 * self.reversion)


INSTRUMENTS = (
    Instrument("AAPL", "technology", 232.10, 0.26, 1.0, 1.4, 300),
    Instrument("MSFT", "technology", 428.50, 0.24, 1.2, 1.2, 200),
    Instrument("NVDA", "technology", 134.20, 0.48, 1.6, 1.8, 500),
    Instrument("AMZN", "technology", 201.40, 0.32, 2.0, 1.1, 300),
    Instrument("GOOGL", "technology", 176.30, 0.30, 2.4, 1.0, 300),
    Instrument("META", "technology", 581.70, 0.36, 2.8, 0.9, 150),
    Instrument("TSLA", "consumer", 262.80, 0.58, 3.5, 1.5, 250),
    Instrument("JPM", "finance", 243.60, 0.24, 4.0, 0.7, 200),
    Instrument("XOM", "energy", 117.90, 0.27, 5.0, 0.7, 400),
    Instrument("WMT", "consumer", 94.40, 0.21, 6.0, 0.7, 400),
    Instrument("PFE", "health", 25.70, 0.26, 9.0, 0.6, 1200),
    Instrument("GME", "consumer", 24.90, 0.90, 14.0, 0.5, 600),
)

VENUE_PROFILES = (
    VenueProfile("XNAS", 0.30, 0.20, 1.00, 1.0, 0.5, 180),
    VenueProfile("XNYS", 0.22, 0.14, 1.02, 1.3, 0.6, 220),
    VenueProfile("ARCX", 0.20, 0.11, 0.98, 0.8, 0.4, 200),
    VenueProfile("BATS", 0.20, 0.13, 0.97, 0.7, 0.4, 210),
    VenueProfile("IEXG", 0.08, 0.05, 1.04, 0.5, 0.5, 560),
    VenueProfile("UBSA", 0.0, 0.15, 1.0, 0.0, 1.5, 700_000),
    VenueProfile("SGMT", 0.0, 0.10, 1.0, 0.0, 2.0, 400_000),
    VenueProfile("CROS", 0.0, 0.08, 1.0, 0.0, 3.0, 1_100_000),
    VenueProfile("LQNT", 0.0, 0.04, 1.0, 0.0, 20.0, 3_000_000),
)

VENUE_TYPES = {venue.code: venue.type for venue in VENUES}


def _default_mix() -> dict[Topic, float]:
    return {ORDERS: 0.15, TRADES: 0.10, QUOTES: 0.60, DEPTH: 0.15}


@dataclass(frozen=True)
class MarketConfig:
    """A market: the same configuration and the same steps give the same bytes.

    `start_ns` (nanoseconds since 1970) tells one run from another; `mix` holds each topic's part of the events.
    `market_correlation` is that of any two returns, `sector_correlation` that within a sector.
    Raises SettingsError, naming the value, where no market can be made of it.
    """

    seed: int
    start_ns: int
    instruments: tuple[Instrument, ...] = INSTRUMENTS
    venues: tuple[VenueProfile, ...] = VENUE_PROFILES
    stress: Stress = Stress()
    mix: Mapping[Topic, float] = field(default_factory=_default_mix)
    market_correlation: float = 0.35
    sector_correlation: float = 0.65

    def __post_init__(self) -> None:
        """Refuse what would fail later or mean nothing."""
        if not 0 <= self.market_correlation <= self.sector_correlation < 1:
            raise SettingsError(
                f"market_correlation {self.market_correlation} and sector_correlation {self.sector_correlation} "
                "are not ordered: use 0 <= market <= sector < 1."
            )
        if not self.mix or min(self.mix.values()) < 0 or sum(self.mix.values()) <= 0:
            raise SettingsError("The mix of a market has no positive share: give at least one topic a share above 0.")
        for instrument in self.instruments:
            if instrument.price < SMALLEST_PRICE:
                raise SettingsError(f"{instrument.symbol} costs {instrument.price}: use {SMALLEST_PRICE} or more.")
        for profile in self.venues:
            if profile.code not in VENUE_TYPES:
                raise SettingsError(f"Venue {profile.code} is unknown: use one of {', '.join(VENUE_TYPES)}.")

    @property
    def producer_id(self) -> str:
        """The name under which this run counts its messages."""
        return f"sim-{self.seed}-{self.start_ns}"

    @property
    def is_dark(self) -> tuple[bool, ...]:
        """Of each venue, in order: whether its orders are hidden."""
        return tuple(VENUE_TYPES[profile.code] == "DARK" for profile in self.venues)
