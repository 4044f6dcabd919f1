"""The displayed venues of a market, and their quotes of a symbol side by side.

In a minute of a venue that gold.book_integrity_1m does not trust, and until its next quote, the venue quotes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.gold.daily.arrays import INTEGRITY, QUOTES, touches_of
from pipelines.gold.daily.columns import MINUTE_NS, flags
from pipelines.gold.daily.declare import Inputs
from pipelines.microstructure.nbbo import Quotes
from pipelines.microstructure.series import Flags, Ints, Touches
from schemas.places import market_of
from schemas.venues import VENUES

DARK = frozenset(venue.code for venue in VENUES if venue.type == "DARK")


@dataclass(frozen=True)
class MarketQuotes:
    """Quotes of v venues; of the n rows some say that a venue has none, because its minute is not to be trusted.

    `is_quote` (n,): which rows are of silver.quotes; `is_left_out` (n,): of those, which do not count. `excluded`
    (2, m): venue and minute since 1970 of each minute not to be trusted.
    """

    market: str
    venues: tuple[str, ...]
    quotes: Quotes
    is_quote: Flags
    is_left_out: Flags
    excluded: Ints


def market_quotes(inputs: Inputs, market: str | None = None) -> Iterator[MarketQuotes]:
    """Rows of QUOTES and INTEGRITY of a symbol and day, market by market, or of one market only."""
    rows = inputs[QUOTES.name]
    codes = sorted(set(pc.unique(rows.column("venue")).to_pylist()) - DARK)
    for each in sorted({market_of(code) for code in codes}):
        if market in (None, each):
            venues = tuple(code for code in codes if market_of(code) == each)
            yield _side_by_side(each, venues, rows, inputs[INTEGRITY.name])


def numbered(names: pa.ChunkedArray, venues: tuple[str, ...]) -> Ints:
    """The places (n,) of names among venues; −1 for others."""
    places: Ints = pc.fill_null(pc.index_in(names, pa.array(venues)), -1).to_numpy().astype(np.int64)
    return places


def _side_by_side(market: str, venues: tuple[str, ...], rows: pa.Table, integrity: pa.Table) -> MarketQuotes:
    rows = rows.filter(pc.is_in(rows.column("venue"), pa.array(venues)))
    venue, touches = numbered(rows.column("venue"), venues), touches_of(rows, "VENUE")
    excluded = _excluded(integrity, venues)
    is_out = np.isin(_pairs(venue, touches.ns // MINUTE_NS), _pairs(*excluded))
    begins = excluded[1] * MINUTE_NS
    within = (begins > touches.ns[0]) & (begins <= touches.ns[-1])
    none, own = np.zeros(int(within.sum()), np.int64), (~is_out).astype(np.int64)
    ns = np.concatenate((begins[within], touches.ns))
    order = np.argsort(ns, kind="stable")  # where times are equal, silence first
    names = ("bid_price", "ask_price", "bid_quantity", "ask_quantity")
    columns = (np.concatenate((none, getattr(touches, name) * own))[order] for name in names)
    is_quote, left_out = (np.concatenate((none > 0, flag))[order] for flag in (np.ones_like(is_out), is_out))
    who = np.concatenate((excluded[0][within], venue))[order]
    quotes = Quotes(Touches(ns[order], *columns), who, len(venues))
    return MarketQuotes(market, venues, quotes, is_quote, left_out, excluded)


def _excluded(integrity: pa.Table, venues: tuple[str, ...]) -> Ints:
    """Venue and minute (2, m) of minutes not to be trusted."""
    venue = numbered(integrity.column("venue"), venues)
    start = integrity.column("window_start").cast(pa.timestamp("ns", tz="UTC")).cast(pa.int64()).to_numpy()
    chosen = (venue >= 0) & ~flags(integrity.column("is_trusted"))
    return np.stack((venue[chosen], start[chosen] // MINUTE_NS))


def _pairs(venue: Ints, minute: Ints) -> Ints:
    """A number for each venue and minute."""
    return (venue << 32) + minute
