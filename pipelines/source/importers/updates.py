"""Updates of single levels to depth messages."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.source.importers.batches import Columns
from pipelines.source.importers.columns import Levels, to_lists
from schemas.proto import market_pb2 as pb

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Updates:
    """n levels that changed, in order: prices and quantities in 1e-9, quantity 0 deletes.

    identity: columns of n values, the same throughout a message: venue, symbol, venue_ts_ns, receive_ts_ns.
    """

    identity: Columns
    is_snapshot: Flags
    is_bid: Flags
    prices: Ints
    quantities: Ints


def fold_updates(updates: Updates) -> Columns:
    """Columns of depth messages, each a run of updates with one identity; of a level that comes twice, the last.

    A message of a snapshot replaces the book unless the instrument's message before was of a snapshot too, which it
    then continues.
    """
    starts = _find_starts(updates)
    messages = np.cumsum(starts) - 1
    first = pa.array(np.flatnonzero(starts))
    identity = {name: column.take(first) for name, column in updates.identity.items()}
    is_snapshot = updates.is_snapshot[starts]
    _, follows = _number(_encode(identity), is_snapshot)
    changes = Changes(messages, updates.is_bid, updates.prices, updates.quantities)
    return number_messages(identity, is_snapshot & ~follows, changes)


@dataclass(frozen=True)
class Changes:
    """n levels that changed: the index of the message of each, its side, price and quantity."""

    messages: Ints
    is_bid: Flags
    prices: Ints
    quantities: Ints


def number_messages(identity: Columns, is_snapshot: Flags, changes: Changes) -> Columns:
    """Columns of m depth messages from the columns that identify each, whether it replaces the book, and its levels.

    Messages of an instrument are numbered from 1, and these numbers stand in for the venue's sequence.
    """
    numbers, _ = _number(_encode(identity), is_snapshot)
    kinds = np.where(is_snapshot, pb.DEPTH_KIND_SNAPSHOT, pb.DEPTH_KIND_DIFF)
    bids = _side(changes, changes.is_bid, -1, len(is_snapshot))
    asks = _side(changes, ~changes.is_bid, 1, len(is_snapshot))
    return {
        **identity,
        "venue_seq": pa.array(numbers),
        "first_venue_seq": pa.array(numbers),
        "previous_venue_seq": pa.array(numbers - 1),
        "kind": pa.array(kinds, pa.int32()),
        "bid_prices": bids.prices,
        "bid_quantities": bids.quantities,
        "ask_prices": asks.prices,
        "ask_quantities": asks.quantities,
    }


def _find_starts(updates: Updates) -> Flags:
    """Whether a message begins at each of n updates."""
    times = [updates.identity[name].to_numpy() for name in ("venue_ts_ns", "receive_ts_ns")]
    keys = [_encode(updates.identity), updates.is_snapshot, *times]
    starts = np.ones(len(updates.prices), bool)
    starts[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    return starts


def _encode(identity: Columns) -> Ints:
    """A number for each instrument, the same wherever it stands."""
    symbols, venues = (identity[name].dictionary_encode() for name in ("symbol", "venue"))
    codes: Ints = symbols.indices.to_numpy().astype(np.int64) * (len(venues.dictionary) + 1) + venues.indices.to_numpy()
    return codes


def _number(instruments: Ints, is_snapshot: Flags) -> tuple[Ints, Flags]:
    """Numbers from 1 within each instrument, and whether its message before was of a snapshot; n values each."""
    order = np.argsort(instruments, kind="stable")
    ordered = instruments[order]
    is_first = np.append(True, ordered[1:] != ordered[:-1])[: len(order)]
    place = np.arange(len(order))
    numbers, follows = np.empty(len(order), np.int64), np.empty(len(order), bool)
    numbers[order] = place - np.maximum.accumulate(np.where(is_first, place, 0)) + 1
    follows[order] = ~is_first & np.append(False, is_snapshot[order][:-1])[: len(order)]
    return numbers, follows


def _side(changes: Changes, is_side: Flags, sign: int, count: int) -> Levels:
    """One side of `count` messages, best first: `sign` is -1 where the highest price is the best."""
    group, price, quantity = changes.messages[is_side], changes.prices[is_side], changes.quantities[is_side]
    order = np.lexsort((sign * price, group))  # stable: of equal prices, the last comes last
    group, price, quantity = group[order], price[order], quantity[order]
    is_last = np.append((group[1:] != group[:-1]) | (price[1:] != price[:-1]), True)[: len(order)]
    counts = np.bincount(group[is_last], minlength=count).astype(np.int32)
    return to_lists(price[is_last], quantity[is_last], counts)
