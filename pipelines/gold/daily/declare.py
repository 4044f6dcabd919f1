"""What a table by the day is made of, and how."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from schemas.registry import Table

Inputs = Mapping[str, pa.Table]


@dataclass(frozen=True)
class Input:
    """Columns of a table that a build reads, of the day itself and of some days before it, ordered by some of them.

    `by_receipt`: also rows of the day before and the day after that were received on the day, by `receive_ns`.
    """

    table: Table
    reads: tuple[str, ...]
    order: tuple[str, ...]
    days_before: int = 0
    by_receipt: bool = False

    @property
    def name(self) -> str:
        """The table's."""
        return self.table.name


@dataclass(frozen=True)
class Daily:
    """A table by the day. `build` makes the rows of one key (by default a symbol at a venue) and day.

    It gets, by name, the rows of each input that have the key, ordered; the keys are among the columns read. Rows that
    it makes of another event_date are left out: they are made, whole, with that day. A row is known at the time in its
    column `known_at`, but for columns in `lags_ns`, known so many nanoseconds later. A row in which the count `silent`
    is 0 stands for a silence: it says what was known before, and is written when that ends.
    """

    table: Table
    build: Callable[[Inputs], pa.Table]
    inputs: tuple[Input, ...]
    known_at: str
    keys: tuple[str, ...] = ("symbol", "venue")
    lags_ns: Mapping[str, int] = field(default_factory=dict)
    silent: str = ""
