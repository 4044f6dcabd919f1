"""What a deployment of the exchange agrees on with those who trade on it."""

from dataclasses import dataclass

from schemas.errors import ExchangeError

UNITS = 10**9  # of a price, quantity or amount of money on the wire, in one


@dataclass(frozen=True)
class Rules:
    """Tick and lot in 1e-9; fees in millionths of a trade's value, below zero a rebate.

    Raises ExchangeError where a tick of a lot is worth no whole number of 1e-9, or a maker gets more than a taker pays.
    """

    tick: int = UNITS // 100
    lot: int = UNITS
    taker_ppm: int = 30
    maker_ppm: int = -20

    def __post_init__(self) -> None:
        """Refuse what the ledger could not book exactly."""
        if self.tick < 1 or self.lot < 1 or self.tick * self.lot % UNITS:
            raise ExchangeError(
                f"A lot of {self.lot / UNITS} at a tick of {self.tick / UNITS} is worth no whole number of 1e-9: "
                "choose a larger tick or lot."
            )
        if self.taker_ppm < abs(self.maker_ppm):
            raise ExchangeError(
                f"A taker's fee of {self.taker_ppm} millionths is below the maker's {self.maker_ppm}: raise it."
            )

    @property
    def unit(self) -> int:
        """What one tick of one lot is worth, in 1e-9."""
        return self.tick * self.lot // UNITS
