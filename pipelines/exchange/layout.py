"""Where things lie in the arena, the one array of 64-bit words that holds an engine's state.

A handle is the offset of a block. Handle 0 is nobody: the arena begins with the control words.
"""

from typing import cast

import numpy as np


def constant(value: int) -> int:
    """A number that kernels take as an argument: numba would compile a version of the function for a plain one."""
    return cast(int, np.int64(value))


NOTHING = constant(0)

# Control words.
HIGH = 0  # first word that no block ever used
FREE_ORDERS = constant(1)
FREE_LEVELS = constant(2)
FREE_NODES = constant(3)
LIVE = 4  # open orders
SLICES = 5  # slices that open icebergs can still show, at most
STOPS = 6  # dormant stop orders
TABLE = 7  # the index of order ids
TABLE_BITS = 8  # log2 of its entries
REPORTS = 9  # rows written in this call
CHANGES = 10  # changed levels noted in this call
ROW = 11  # row of the message being worked on
SYMBOLS = 12  # highest symbol seen, plus one
SEQUENCE = 13  # reports written in the engine's life
PAUSE = 14  # why the loop stopped: 0 at the end, 1 for more words, 2 for more rows of reports
ENTRANT = 15  # an open order that is about to enter the book; 0: none

# The message being worked on: the words of an order, then those of no order.
MESSAGE = constant(16)
MESSAGE_KIND = 32
MESSAGE_SYMBOL = 33
MESSAGE_SETTING = 34
MESSAGE_TIME = 35
MESSAGE_CODES = 36  # 1 where side, type, time in force and self-trade mode are known codes

# The uncross being computed: quantities that a price would bring together, and the best prices so far.
BUYING = 40
SELLING = 41
VOLUME = 42
SURPLUS = 43
FROM_PRICE = 44
TO_PRICE = 45

DIRECTORY = 64  # a book for each symbol
MAX_SYMBOLS = 4096
FIRST_BLOCK = DIRECTORY + MAX_SYMBOLS

# An order.
ID = 0
ACCOUNT = 1
OPEN = 2
SHOWN = 3  # displayed part of OPEN
LEVEL = constant(4)  # link of the price or stop queue: level, order before, order after
DISPLAY = 7  # 0: all is shown
PRICE = 8
META = 9  # side | type << 1 | time in force << 4 | self-trade mode << 7 | post-only << 10
BOOK = 10
STOP = 11
EXPIRY = 12
EXPIRES = constant(13)  # link of the expiry queue
ORDER_WORDS = constant(16)
BEFORE = 1  # in a link
AFTER = 2

# A level: all orders of one key of a ladder.
KEY = 0
LADDER = 1
HEAD = 2
TAIL = 3
LEVEL_SHOWN = 4
LEVEL_OPEN = 5
LEVEL_WORDS = constant(8)

# A ladder: levels in order of their keys, best first.
ROOT = 0
BEST = 1
OWNER = 2
RUNG = 3  # which of the book's ladders
LADDER_WORDS = 4

# A node of a ladder's tree.
BITS = 0
SHIFT = 1
PREFIX = 2
CHILDREN = 8
NODE_WORDS = constant(72)

# A book.
SYMBOL = 0
PHASE = 1
CLOCK = 2
REFERENCE = 3
LAST = 4  # last trade price; 0: none
COLLAR = 5
COLLAR_UNIT = 6
LOWEST = 7  # prices that the collar allows
HIGHEST = 8
TRADED_LOW = 9  # of the message being worked on
TRADED_HIGH = 10
BOOK_OPEN = 11
LADDERS = 16
BOOK_WORDS = 40

# Ladders of a book.
BIDS, ASKS, BUY_STOPS, SELL_STOPS, EXPIRIES = 0, 1, 2, 3, 4

TOP = constant(
    1 << 62
)  # above every price; key of a bid = TOP - price, so that the best key is the lowest on every ladder
PRICE_MAX = constant(TOP - 1)
MAX_SLICES = 1000  # of an iceberg

# Room that one message may take, besides what grows with the book.
SPARE_WORDS = 512
WORDS_PER_STOP = LEVEL_WORDS + NODE_WORDS
SPARE_ROWS = 64 + 2 * MAX_SLICES  # the slices of an order that the message brings

# Columns of the report rows that kernels write.
R_ROW, R_TAG, R_ORDER, R_MAKER, R_ACCOUNT, R_MAKER_ACCOUNT = 0, 1, 2, 3, 4, 5
R_PRICE, R_QUANTITY, R_OPEN, R_MAKER_OPEN = 6, 7, 8, 9
# What a trade, or a funding, did to the account of R_ORDER; behind it, to the account of R_MAKER.
S_FEE, S_CASH, S_SHARES, S_COST, S_REALISED = 10, 11, 12, 13, 14
S_WORDS = 5
S_MAKER = constant(S_FEE + S_WORDS)

# Columns of the changed levels, in rows of their own.
C_LADDER, C_KEY, C_ROW, C_SHOWN = 20, 21, 22, 23
REPORT_COLUMNS = 24
