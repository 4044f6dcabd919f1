"""A book brought from message to message: the compiled part of silver.books. Prices and quantities in units of 1e-9.

Diffs form a chain: each names the update before its own first one, `pu` at perpetuals, U − 1 at spot. A diff whose
predecessor lies beyond what the book has reached leaves a gap: the book is invalid until the next snapshot. Diffs that
arrive while it is invalid wait; a snapshot at update L is followed by those of them with u > L, in their order.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

TOP = 10
WAITING, GAP, VALID, COVERED = range(4)
STATES = ("WAITING", "GAP", "VALID", "COVERED")
UNNUMBERED = -1
# What `Book.head` holds, by index.
BIDS, ASKS, LAST, CHAIN, STATE, WAITS = range(6)


class Book(NamedTuple):
    """One book. Keys ascend, so that the best level is the last: the price of a bid, the negative price of an ask.

    A level that was deleted stays with quantity 0 while a better one is there: the next order at its price is near.
    head: number of bids and asks that are kept; last update that the book has, last that any message had
    (UNNUMBERED: none); state; index of the first message that waits for a snapshot.
    """

    bid_keys: Ints
    bid_quantities: Ints
    ask_keys: Ints
    ask_quantities: Ints
    head: Ints


class Messages(NamedTuple):
    """n messages of a book in order of arrival.

    last, previous: update id of the message and of the one before it, UNNUMBERED where the venue gives none.
    Levels of message i: from bid_starts[i] up to bid_starts[i + 1] of the flat arrays, best first.
    """

    is_snapshot: Flags
    last: Ints
    previous: Ints
    bid_starts: Ints
    bid_prices: Ints
    bid_quantities: Ints
    ask_starts: Ints
    ask_prices: Ints
    ask_quantities: Ints


class Rows(NamedTuple):
    """Room for m rows.

    message, cause: the message, and the one by which its row is known; state; whether a gap was found before it;
    reached: last update of the book; number of bids and asks, and these levels, (m, 10) each.
    """

    message: Ints
    cause: Ints
    state: Ints
    is_gap: Flags
    reached: Ints
    bids: Ints
    asks: Ints
    bid_prices: Ints
    bid_quantities: Ints
    ask_prices: Ints
    ask_quantities: Ints


@njit(cache=True)
def find_level(keys: Ints, count: int, key: int) -> int:
    """How many of `count` ascending keys are below a key."""
    low, high = 0, count
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True)
def put_level(keys: Ints, quantities: Ints, count: int, key: int, quantity: int) -> int:
    """Set the quantity of a level; gives how many levels are kept then, with those of quantity 0 behind the best."""
    at = find_level(keys, count, key)
    if at == count or keys[at] != key:
        if quantity == 0:
            return count
        for i in range(count, at, -1):
            keys[i], quantities[i] = keys[i - 1], quantities[i - 1]
        keys[at] = key
        count += 1
    quantities[at] = quantity
    while count > 0 and quantities[count - 1] == 0:
        count -= 1
    return count


@njit(cache=True)
def put_levels(book: Book, messages: Messages, i: int) -> None:
    """Change the book as a message says; the worst level first, so that a snapshot only ever appends."""
    for j in range(messages.bid_starts[i + 1] - 1, messages.bid_starts[i] - 1, -1):
        count, key = book.head[BIDS], messages.bid_prices[j]
        book.head[BIDS] = put_level(book.bid_keys, book.bid_quantities, count, key, messages.bid_quantities[j])
    for j in range(messages.ask_starts[i + 1] - 1, messages.ask_starts[i] - 1, -1):
        count, key = book.head[ASKS], -messages.ask_prices[j]
        book.head[ASKS] = put_level(book.ask_keys, book.ask_quantities, count, key, messages.ask_quantities[j])
    book.head[LAST] = max(book.head[LAST], messages.last[i])


@njit(cache=True)
def write_levels(kept: tuple[Ints, Ints], count: int, prices: Ints, quantities: Ints) -> int:
    """The best levels of a side into a row; gives how many there are."""
    n = 0
    for i in range(count - 1, -1, -1):
        if n == TOP:
            break
        if kept[1][i] != 0:
            prices[n], quantities[n] = abs(kept[0][i]), kept[1][i]
            n += 1
    return n


@njit(cache=True)
def write_row(book: Book, rows: Rows, n: int, message: int, cause: int) -> None:
    """Row n: the book as it is; of an invalid one no levels."""
    head = book.head
    rows.message[n], rows.cause[n], rows.state[n], rows.is_gap[n] = message, cause, head[STATE], False
    rows.reached[n], rows.bids[n], rows.asks[n] = head[LAST], 0, 0
    if head[STATE] == VALID:
        bids, asks = (book.bid_keys, book.bid_quantities), (book.ask_keys, book.ask_quantities)
        rows.bids[n] = write_levels(bids, head[BIDS], rows.bid_prices[n], rows.bid_quantities[n])
        rows.asks[n] = write_levels(asks, head[ASKS], rows.ask_prices[n], rows.ask_quantities[n])


@njit(cache=True)
def continues(book: Book, messages: Messages, i: int) -> bool:
    """Whether nothing is missing between the book and a diff."""
    last, previous = book.head[LAST], messages.previous[i]
    return bool(last == UNNUMBERED or messages.last[i] == UNNUMBERED or previous <= last)


@njit(cache=True)
def take_diff(book: Book, messages: Messages, i: int) -> bool:
    """Apply a diff, or let it wait; gives whether a gap was found before it."""
    head, last = book.head, messages.last[i]
    is_gap = last != UNNUMBERED and head[CHAIN] != UNNUMBERED and messages.previous[i] > head[CHAIN]
    if head[STATE] == WAITING and head[CHAIN] == UNNUMBERED and last > 0 and messages.previous[i] == 0:
        head[STATE] = VALID  # the first update of all: the book was empty
    head[CHAIN] = max(head[CHAIN], last)
    if head[STATE] == VALID:
        if not continues(book, messages, i):
            head[STATE], head[WAITS] = GAP, i
        elif last == UNNUMBERED or last > head[LAST]:
            put_levels(book, messages, i)
    return bool(is_gap)


@njit(cache=True)
def take_snapshot(book: Book, messages: Messages, i: int) -> bool:
    """Replace the book, unless it is already beyond; gives whether it did."""
    head, last = book.head, messages.last[i]
    if head[STATE] == VALID and last != UNNUMBERED and last < head[LAST]:
        return False
    head[BIDS], head[ASKS], head[LAST], head[STATE] = 0, 0, UNNUMBERED, VALID
    put_levels(book, messages, i)
    head[CHAIN] = max(head[CHAIN], last)
    return True


@njit(cache=True)
def recover(book: Book, messages: Messages, rows: Rows, i: int, n: int) -> int:
    """The diffs that have waited for snapshot i, a row each, from row n on; gives the number of rows then."""
    head = book.head
    for j in range(head[WAITS], i):
        if messages.is_snapshot[j]:
            continue
        is_old = messages.last[j] <= head[LAST]
        if not is_old and not continues(book, messages, j):
            head[STATE], head[WAITS] = GAP, j
            write_row(book, rows, n, j, i)
            return n + 1
        if not is_old:
            put_levels(book, messages, j)
        write_row(book, rows, n, j, i)
        if is_old:
            rows.state[n], rows.bids[n], rows.asks[n] = COVERED, 0, 0
        n += 1
    return n


@njit(cache=True)
def rebuild(book: Book, messages: Messages, first: int, rows: Rows) -> int:
    """Take messages from `first` on, those before are waiting; gives the number of rows.

    A row for each message, as it arrives; after a snapshot that makes an invalid book valid, one for each diff that
    has waited for it. There must be room for 2·n + 1 rows, and in the book for all levels of all messages.
    """
    n = 0
    for i in range(first, len(messages.last)):
        was_valid, is_gap = book.head[STATE] == VALID, False
        if not messages.is_snapshot[i]:
            is_gap = take_diff(book, messages, i)
        is_new = messages.is_snapshot[i] and take_snapshot(book, messages, i)
        write_row(book, rows, n, i, i)
        rows.is_gap[n] = is_gap
        n += 1
        if is_new and not was_valid:
            n = recover(book, messages, rows, i, n)
    return n
