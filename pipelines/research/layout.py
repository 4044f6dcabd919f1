"""What the kernels work on: a desk of arrays, and where things lie in them."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

from numba import njit

from pipelines.microstructure.series import Floats, Ints
from pipelines.research.tape import Places, Signs

Function = TypeVar("Function", bound=Callable[..., object])

UNITS = 1_000_000_000  # of money in 1
NEVER = 1 << 62

# Words of the account and of the run.
EXCHANGE, DELIVERY = 0, 1  # next event that the exchange and the strategy see
NOW = 2  # the strategy's clock
POSITION, CASH, COST, REALISED, FEES = 3, 4, 5, 6, 7
SEEN_POSITION, SEEN_CASH = 8, 9  # as the strategy knows them
BUSY, RESTING = 10, 11  # orders whose end the strategy has not seen; orders in the book
NEXT = 12  # when the next order or cancel reaches the market
FILLS, IS_KEPT = 13, 14
HEAD, TAIL = 15, 16  # notices of fills on their way to the strategy
SAMPLES, NEXT_SAMPLE, STEP = 17, 18, 19
SIGNALS, ORDERS, CANCELLED = 20, 21, 22
NUMERATOR, DENOMINATOR = 23, 24  # money of one tick of one lot, in 1e-9
QUANTITY, LIMIT, STOP_LOSS = 25, 26, 27  # lots, lots, money; no stop loss: 0
IS_BY_DAY, STOPPED, DAY, DAY_EQUITY = 28, 29, 30, 31
QUEUE_MODEL = 32
USED, ENDED = 33, 34  # slots that may be in use; orders that have ended, which the strategy has not seen
WORDS = 35

# Rates.
MAKER, TAKER, POWER = 0, 1, 2

# An order.
STATUS, SIDE, TYPE, PRICE, OPEN, ARRIVAL, CANCEL, END, TICKET = 0, 1, 2, 3, 4, 5, 6, 7, 8
ORDER_WORDS = 9
SLOTS = 32
FREE, IN_FLIGHT, IN_BOOK, DONE = 0, 1, 2, 3
LIMIT_ORDER, MARKET_ORDER, IOC_ORDER = 0, 1, 2

# Its queue, in lots: what is ahead of it, what was shown at its price, what has traded there since.
AHEAD, SHOWN, TRADED = 0, 1, 2
QUEUE_MODELS = ("TOUCH", "RISK_AVERSE", "PROBABILISTIC")
TOUCH, RISK_AVERSE, PROBABILISTIC = 0, 1, 2

# A notice: the event that a fill happened at, lots (negative: sold), change of cash.
NOTICE_EVENT, NOTICE_LOTS, NOTICE_CASH = 0, 1, 2
NOTICES = 256

# A fill, and a sample of the equity.
F_NS, F_SIDE, F_PRICE, F_LOTS, F_FEE, F_MAKER, F_POSITION, F_CASH, F_REALISED = 0, 1, 2, 3, 4, 5, 6, 7, 8
FILL_WORDS = 9
SPARE_FILLS = 1024  # what one event may bring
E_NS, E_POSITION, E_MID, E_CASH, E_EQUITY = 0, 1, 2, 3, 4
EQUITY_WORDS = 5


class Desk(NamedTuple):
    """A run: the tape's n events, the ladders of m markets, the strategy's numbers, and what becomes of its orders."""

    ns: Ints
    local_ns: Ints
    sign: Signs
    price: Ints
    quantity: Ints
    bid: Ints
    bid_quantity: Ints
    ask: Ints
    ask_quantity: Ints
    last_mid: Ints
    row: Places
    bids: Ints
    bid_quantities: Ints
    asks: Ints
    ask_quantities: Ints
    signal: Floats
    latencies: Ints
    parameters: Floats
    state: Floats
    words: Ints
    rates: Floats
    orders: Ints
    queue: Floats
    notices: Ints
    fills: Ints
    equity: Ints


OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "_nrt": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


def kernel(function: Function) -> Function:
    """Compile a function that other kernels alone call. Kernels allocate nothing, so they count no references."""
    return cast(Function, njit(**OPTIONS)(function))


def inner(function: Function) -> Function:
    """A kernel on the way of every event, compiled into its caller: a call would hand over the whole desk."""
    return cast(Function, njit(forceinline=True, **OPTIONS)(function))
