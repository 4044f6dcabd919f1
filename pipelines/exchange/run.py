"""The loop over messages.

A batch stops early where the arena or the reports could run out of room during the next message; the caller makes
room and goes on, so that no kernel ever allocates and no message is half done.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.exchange.arena import Rows, Words, kernel
from pipelines.exchange.codes import MessageKind, Reason, ReportKind
from pipelines.exchange.entry import take_cancel, take_new, take_replace
from pipelines.exchange.layout import (
    ACCOUNT,
    BOOK,
    BOOK_WORDS,
    CHANGES,
    DIRECTORY,
    DISPLAY,
    ENTRANT,
    EXPIRY,
    HIGH,
    HIGHEST,
    ID,
    LADDER_WORDS,
    LADDERS,
    LIVE,
    LOWEST,
    MESSAGE,
    MESSAGE_CODES,
    MESSAGE_KIND,
    MESSAGE_SETTING,
    MESSAGE_SYMBOL,
    MESSAGE_TIME,
    META,
    OPEN,
    OWNER,
    PAUSE,
    PRICE,
    PRICE_MAX,
    REPORTS,
    ROW,
    RUNG,
    SLICES,
    SPARE_ROWS,
    SPARE_WORDS,
    STOP,
    STOPS,
    SYMBOL,
    SYMBOLS,
    TABLE_BITS,
    TOP,
    TRADED_HIGH,
    TRADED_LOW,
    WORDS_PER_STOP,
    constant,
)
from pipelines.exchange.matching import enter
from pipelines.exchange.phases import advance, set_collar, set_phase, set_reference
from pipelines.exchange.reports import report
from pipelines.exchange.stops import wake_next

NEW, CANCEL, REPLACE = constant(MessageKind.NEW), constant(MessageKind.CANCEL), constant(MessageKind.REPLACE)
PHASE, TIME = constant(MessageKind.PHASE), constant(MessageKind.TIME)
REFERENCE, COLLAR = constant(MessageKind.REFERENCE), constant(MessageKind.COLLAR)
REFUSED_CODE = constant(ReportKind.REFUSED) | constant(Reason.BAD_CODE) << 8

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]


class Messages(NamedTuple):
    """The columns of n messages that the engine acts on, (n,) each."""

    time_ns: Ints
    symbol: npt.NDArray[np.int32]
    kind: Bytes
    order_id: Ints
    account_id: Ints
    side: Bytes
    order_type: Bytes
    time_in_force: Bytes
    self_trade: Bytes
    post_only: Bytes
    price: Ints
    stop_price: Ints
    quantity: Ints
    display: Ints
    expire_ns: Ints
    setting: Bytes


@kernel
def load(m: Words, q: Messages, row: int) -> None:
    """Put a message where kernels look for it."""
    m[ROW] = row
    m[MESSAGE_KIND] = q.kind[row]
    m[MESSAGE_SYMBOL] = q.symbol[row]
    m[MESSAGE_TIME] = q.time_ns[row]
    m[MESSAGE_SETTING] = q.setting[row]
    m[MESSAGE + ID] = q.order_id[row]
    m[MESSAGE + ACCOUNT] = q.account_id[row]
    m[MESSAGE + OPEN] = q.quantity[row]
    m[MESSAGE + PRICE] = q.price[row]
    m[MESSAGE + STOP] = q.stop_price[row]
    m[MESSAGE + DISPLAY] = q.display[row]
    m[MESSAGE + EXPIRY] = q.expire_ns[row]
    side, kind, tif, mode = q.side[row], q.order_type[row], q.time_in_force[row], q.self_trade[row]
    post = q.post_only[row]
    m[MESSAGE + META] = side & 1 | (kind & 7) << 1 | (tif & 7) << 4 | (mode & 7) << 7 | (post & 1) << 10
    wrong = side >> 1 | kind >> 2 | (tif < 0) | (tif > 4) | (mode < 0) | (mode > 4) | post >> 1
    m[MESSAGE_CODES] = wrong == 0


@kernel
def open_book(m: Words, symbol: int) -> None:
    """A book in continuous trading, at a symbol's first message."""
    if m[DIRECTORY + symbol]:
        return
    book = m[HIGH]
    m[HIGH] += BOOK_WORDS
    m[DIRECTORY + symbol] = book
    m[SYMBOLS] = max(m[SYMBOLS], symbol + 1)
    m[book + SYMBOL] = symbol
    m[book + LOWEST] = 1
    m[book + HIGHEST] = PRICE_MAX
    m[book + TRADED_LOW] = TOP
    m[book + TRADED_HIGH] = 0
    for rung in range(5):
        m[book + LADDERS + rung * LADDER_WORDS + OWNER] = book
        m[book + LADDERS + rung * LADDER_WORDS + RUNG] = rung


@kernel
def _act_in(m: Words, r: Rows, book: int) -> None:
    """Do in one book what the message says; the clock moves first, and every entrant may wake others."""
    m[MESSAGE + BOOK] = book
    m[ENTRANT] = 0
    advance(m, r, book, m[MESSAGE_TIME])
    kind = m[MESSAGE_KIND]
    if kind == NEW:
        take_new(m, r)
    elif kind == CANCEL:
        take_cancel(m, r)
    elif kind == REPLACE:
        take_replace(m, r)
    else:
        _set(m, r, book)
    while m[ENTRANT] or m[book + TRADED_HIGH]:
        if m[ENTRANT]:
            enter(m, r, m[ENTRANT])
        wake_next(m, r, book)


@kernel
def _set(m: Words, r: Rows, book: int) -> None:
    kind = m[MESSAGE_KIND]
    if kind == PHASE:
        set_phase(m, r, book)
    elif kind == REFERENCE:
        set_reference(m, r, book)
    elif kind == COLLAR:
        set_collar(m, r, book)
    elif kind != TIME:
        report(m, r, REFUSED_CODE, MESSAGE, m[MESSAGE + OPEN])


@kernel
def pause(m: Words, words: int, rows: int) -> int:
    """Whether the next message might lack room: 0 no, 1 in the arena, 2 in the reports.

    Every trade ends a slice or a taker, and each order is taker at most once a message and ends at most once; hence
    the bound on rows. An order needs a block, two levels and two nodes; a stop that wakes, a level and a node more.
    """
    live, size = m[LIVE], 1 << m[TABLE_BITS]
    growth = 4 * size if 2 * live + 2 > size else 0
    if m[HIGH] + SPARE_WORDS + WORDS_PER_STOP * m[STOPS] + growth > words:
        return 1
    used = max(m[REPORTS], m[CHANGES])
    return 2 if used + 6 * (live + m[SLICES]) + 4 * m[SYMBOLS] + SPARE_ROWS > rows else 0


@kernel
def act(m: Words, r: Rows) -> None:
    """Do what the message that was loaded says, in its book or in all."""
    symbol = m[MESSAGE_SYMBOL]
    if symbol >= 0:
        open_book(m, symbol)
    last = symbol + 1 if symbol >= 0 else m[SYMBOLS]
    for each in range(max(symbol, 0), last):
        if m[DIRECTORY + each]:
            _act_in(m, r, m[DIRECTORY + each])


@kernel
def run_messages(m: Words, r: Rows, q: Messages, row: int) -> int:
    """Work on messages from a row on; returns the row after the last one done, and says in PAUSE why no further."""
    while row < len(q.kind):
        m[PAUSE] = pause(m, len(m), r.shape[1])
        if m[PAUSE]:
            break
        load(m, q, row)
        act(m, r)
        row += 1
    return row
