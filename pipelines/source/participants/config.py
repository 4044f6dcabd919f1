"""Who trades: the kinds of participants, what each account owns, and the market whose prices they have in mind."""

from dataclasses import dataclass

from pipelines.source.simulator.config import INSTRUMENTS, Instrument, MarketConfig, Stress
from schemas.venues import EXCHANGE_VENUES

VENUES = tuple(venue.code for venue in EXCHANGE_VENUES)
LIT = tuple(at for at, venue in enumerate(EXCHANGE_VENUES) if venue.type == "LIT")
(DARK,) = (at for at, venue in enumerate(EXCHANGE_VENUES) if venue.type == "DARK")

RESTLESS = Stress(response=2.0)  # volatility doubles with 0.35 of stress, which moves within ±0.5


@dataclass(frozen=True)
class Kind:
    """Participants of one kind.

    Accounts are called `<prefix>-<number>`, `digits` wide. `share` is their part of all messages. Of each instrument an
    account owns `owned` and may be short by `short` times the instrument's level_shares, with `cash` in currency.
    """

    name: str
    prefix: str
    count: int
    digits: int
    share: float
    owned: int
    short: int
    cash: float

    @property
    def accounts(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(f"{self.prefix}-{number:0{self.digits}}" for number in range(1, self.count + 1))


MAKERS = Kind("makers", "MM", 3, 2, 0.60, owned=0, short=200, cash=2e6)
MOMENTUM = Kind("momentum", "MOM", 6, 2, 0.05, owned=60, short=0, cash=0.5e6)
REVERSION = Kind("reversion", "REV", 6, 2, 0.07, owned=60, short=0, cash=0.5e6)
NOISE = Kind("noise", "NOISE", 100, 3, 0.22, owned=100, short=0, cash=0.15e6)
INSTITUTIONS = Kind("institutions", "INST", 6, 2, 0.06, owned=600, short=0, cash=3e6)
KINDS = (MAKERS, MOMENTUM, REVERSION, NOISE, INSTITUTIONS)


@dataclass(frozen=True)
class TradingConfig:
    """A run of participants: `market` gives seed, start, instruments, and how prices and stress move."""

    market: MarketConfig
    kinds: tuple[Kind, ...] = KINDS

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """What is traded."""
        return self.market.instruments

    @property
    def symbols(self) -> list[str]:
        """The instruments' symbols, in order."""
        return [instrument.symbol for instrument in self.instruments]

    def producer_id(self, name: str) -> str:
        """The name under which one group of this run counts its messages."""
        return f"trade-{self.market.seed}-{self.market.start_ns}-{name}"


def trading_config(seed: int, start_ns: int, instruments: tuple[Instrument, ...] = INSTRUMENTS) -> TradingConfig:
    """All kinds, on prices whose volatility rises with the stress; `start_ns` is since 1970.

    Raises SettingsError where no market can be made of it.
    """
    return TradingConfig(MarketConfig(seed, start_ns, instruments, stress=RESTLESS))
