"""From NumPy to the columns of a wire batch."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.source.simulator.book import Ints
from pipelines.source.simulator.config import MarketConfig

LEVELS_TYPE = pa.list_(pa.field("item", pa.int64(), nullable=False))
CHOICES = 1 << 16


class Counters:
    """A counter for each group, from 1."""

    def __init__(self, groups: int) -> None:
        self._counts = np.zeros(groups, np.int64)

    def count(self, groups: Ints) -> Ints:
        """The next numbers (n,) of the groups (n,) that rows belong to, in order of rows."""
        order = np.argsort(groups.astype(np.uint16), kind="stable")
        sizes = np.bincount(groups, minlength=len(self._counts))
        starts = np.cumsum(sizes) - sizes
        ranks = np.empty(len(groups), np.int64)
        ranks[order] = np.arange(len(groups)) - np.repeat(starts, sizes)
        numbers = self._counts[groups] + ranks + 1
        self._counts += sizes
        return numbers


class Latest:
    """The last chosen row of each group, over all calls; a row has `width` integers."""

    def __init__(self, groups: int, width: int) -> None:
        self._rows, self._is_known = np.zeros((width, groups), np.int64), np.zeros(groups, bool)

    def last(self, groups: Ints, is_chosen: NDArray[np.bool_], rows: Ints) -> Ints:
        """Of rows (width, n) the last chosen of the group (n,) until each, itself included; itself where none was."""
        order = np.argsort(groups.astype(np.uint16), kind="stable")
        numbers = np.arange(len(order))
        begins = np.diff(groups[order], prepend=-1) != 0
        start = np.maximum.accumulate(np.where(begins, numbers, 0))
        at = np.maximum.accumulate(np.where(is_chosen[order], numbers, -1))
        is_here = at >= start
        source = np.empty(len(order), np.int64)
        source[order] = order[np.where(is_here, at, numbers)]
        found = rows[:, source]
        known = order[~is_here & self._is_known[groups[order]]]
        found[:, known] = self._rows[:, groups[known]]
        chosen = order[is_chosen[order]]
        self._rows[:, groups[chosen]], self._is_known[groups[chosen]] = rows[:, chosen], True
        return found


class Choices:
    """Draws codes in proportion to weights, to one part in 65,536."""

    def __init__(self, weights: NDArray[np.float64]) -> None:
        edges = np.rint(np.cumsum(weights) / np.sum(weights) * CHOICES).astype(np.int64)
        self._codes = np.searchsorted(edges, np.arange(CHOICES), side="right")

    def draw(self, rng: np.random.Generator, count: int) -> Ints:
        """Indices (count,) into the weights."""
        return self._codes[rng.integers(0, CHOICES, count, dtype=np.uint16)]


@dataclass(frozen=True)
class Message:
    """What every message says of itself, (n,) each: pair, venue time, topic sequence, venue sequence."""

    pairs: Ints
    time_ns: Ints
    seq: Ints
    venue_seq: Ints


def message_columns(config: MarketConfig, message: Message, rng: np.random.Generator) -> dict[str, pa.Array]:
    """The columns that all topics share; the receiver's clock lags by the venue's latency, up to half as much again."""
    instruments, venues = message.pairs // len(config.venues), message.pairs % len(config.venues)
    latency = np.array([profile.latency_us * 1000 for profile in config.venues])[venues]
    delay = (latency * (1 + 0.5 * rng.random(len(latency)))).astype(np.int64)
    return {
        "producer_id": pa.repeat(config.producer_id, len(latency)),
        "seq": pa.array(message.seq),
        "symbol": texts([instrument.symbol for instrument in config.instruments], instruments),
        "venue": texts([profile.code for profile in config.venues], venues),
        "venue_ts_ns": pa.array(message.time_ns),
        "receive_ts_ns": pa.array(message.time_ns + delay),
        "venue_seq": pa.array(message.venue_seq),
    }


def texts(names: list[str], codes: Ints) -> pa.Array:
    """The name of each code."""
    return pa.array(names).take(pa.array(codes))


def identities(producer_id: str, numbers: Ints) -> pa.Array:
    """`<producer_id>-<number>`, unique among all runs; empty for number 0."""
    names = pc.binary_join_element_wise(producer_id, pc.cast(pa.array(numbers), pa.string()), "-")
    return pc.if_else(pa.array(numbers > 0), names, "")


def level_lists(values: Ints) -> pa.Array:
    """(n, levels) to n lists."""
    rows, levels = values.shape
    offsets = np.arange(0, rows * levels + 1, levels, dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values.ravel()), type=LEVELS_TYPE)


def masked_lists(values: Ints, mask: NDArray[np.bool_]) -> pa.Array:
    """(n, levels) to n lists of those values whose mask is set."""
    offsets = np.concatenate(([0], np.cumsum(mask.sum(axis=1)))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values[mask]), type=LEVELS_TYPE)
