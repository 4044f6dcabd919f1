"""The ledger's arrays, grown as accounts, positions and orders appear."""

import numpy as np
import numpy.typing as npt

from pipelines.exchange.ledger import (
    ACCOUNT_WORDS,
    HOUSE_WORDS,
    LEDGER_ORDER_WORDS,
    MAKER_PPM,
    O_OPEN,
    POSITION_WORDS,
    TAKER_PPM,
    UNIT,
    Ledger,
)
from pipelines.exchange.rules import Rules

Ints = npt.NDArray[np.int64]

PAIR_BITS = 31  # an account and an instrument in one number


class Accounts:
    """A ledger, and where in it each account holds each instrument. Row 0 of everything is nobody's."""

    def __init__(self, ledger: Ledger, pairs: Ints) -> None:
        """`pairs` (n,): account << 31 | instrument of each position, from the first on."""
        self.ledger = ledger
        self._positions = {pair: number for number, pair in enumerate(pairs.tolist(), 1)}

    @classmethod
    def open(cls, rules: Rules) -> "Accounts":
        """No account yet."""
        house = np.zeros(HOUSE_WORDS, np.int64)
        house[[UNIT, TAKER_PPM, MAKER_PPM]] = rules.unit, rules.taker_ppm, rules.maker_ppm
        accounts, positions, orders = (
            np.zeros((1, width), np.int64) for width in (ACCOUNT_WORDS, POSITION_WORDS, LEDGER_ORDER_WORDS)
        )
        return cls(Ledger(accounts, positions, orders, house), np.empty(0, np.int64))

    @property
    def pairs(self) -> Ints:
        """Account << 31 | instrument of each position, from the first on."""
        return np.fromiter(self._positions, np.int64, len(self._positions))

    def find_positions(self, accounts: Ints, instruments: Ints) -> Ints:
        """Where accounts (n,) hold instruments (n,), opened where they never did; 0 for nobody or nothing."""
        pairs, places = np.unique(accounts << PAIR_BITS | instruments, return_inverse=True)
        is_none = (pairs >> PAIR_BITS == 0) | (pairs & (1 << PAIR_BITS) - 1 == 0)
        found = [
            0 if nothing else self._positions.setdefault(pair, len(self._positions) + 1)
            for pair, nothing in zip(pairs.tolist(), is_none.tolist(), strict=True)
        ]
        return np.array(found, np.int64)[places]

    def make_room(self, accounts: int, orders: int) -> None:
        """Have rows for so many accounts and orders, and for the positions found so far."""
        a, p, o, house = self.ledger
        self.ledger = Ledger(_grown(a, accounts), _grown(p, len(self._positions) + 1), _grown(o, orders), house)

    def open_orders(self) -> int:
        """How many orders are open."""
        return int(np.count_nonzero(self.ledger.orders[:, O_OPEN]))

    def ended(self, orders: Ints) -> Ints:
        """Those of some orders, once each, that have nothing open."""
        unique: Ints = np.unique(orders[orders > 0])
        ended: Ints = unique[self.ledger.orders[unique, O_OPEN] == 0]
        return ended


def _grown(rows: Ints, count: int) -> Ints:
    if count <= len(rows):
        return rows
    grown = np.zeros((2 * count, rows.shape[1]), np.int64)
    grown[: len(rows)] = rows
    return grown
