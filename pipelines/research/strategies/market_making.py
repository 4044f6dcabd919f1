"""Quote both sides of the micro-price, and lean against the position."""

import numpy as np

from pipelines.research.layout import QUANTITY, SEEN_POSITION, Desk, inner
from pipelines.research.orders import quote
from pipelines.research.strategy import Parameter, Strategy

BID, ASK, QUOTED_NS = 0, 1, 2  # state: tickets of the two quotes, when they were last looked at


@inner
def decide(x: Desk, j: int) -> None:
    """A bid and an ask around the micro-price, moved against the position; without a market none."""
    p, s, w = x.parameters, x.state, x.words
    bid, ask, lots = x.bid_quantity[j], x.ask_quantity[j], w[QUANTITY]
    if bid == 0 or ask == 0:
        quote(x, BID, 1, 0, 0)
        quote(x, ASK, -1, 0, 0)
        return
    if x.local_ns[j] - s[QUOTED_NS] < p[2] * 1e6:
        return
    s[QUOTED_NS] = x.local_ns[j]
    micro = (x.bid[j] * float(ask) + x.ask[j] * float(bid)) / (bid + ask)
    centre = micro * (1 - p[1] / 1e4 * w[SEEN_POSITION] / lots)
    half = micro * p[0] / 1e4
    quote(x, BID, 1, min(int(np.floor(centre - half)), x.ask[j] - 1), lots)
    quote(x, ASK, -1, max(int(np.ceil(centre + half)), x.bid[j] + 1), lots)


STRATEGY = Strategy(
    "market_making",
    "A bid and an ask around the micro-price, moved against the position",
    (
        Parameter("half_spread_bps", 1.0, 0, 1_000, "Distance of a quote from the centre, in bps"),
        Parameter("skew_bps", 0.5, 0, 1_000, "The centre moves so far against each order quantity of position"),
        Parameter("refresh_ms", 100, 0, 3_600_000, "Quotes are looked at again after this time"),
    ),
    decide,
)
