"""The book of a symbol on a venue as it was at an instant: SQL over silver.depth.

The last snapshot at or before the instant, and the differences after it up to the instant, in order of the venue's
sequence: the last quantity of each price counts, and quantity 0 deletes it. Without a snapshot the book begins empty.
Where a venue was published by several producers one after the other, the last of them counts.
"""

import re

from schemas.errors import LakeError

NAME = re.compile(r"[\w.:/-]+")

BOOK_AT = """
WITH seen AS (
  SELECT producer_id, kind, event_ns, venue_seq, bid_prices, bid_quantities, ask_prices, ask_quantities
  FROM silver.depth
  WHERE symbol = '{symbol}' AND venue = '{venue}' AND event_ns <= {at_ns}
    AND event_date <= to_date(timestamp_seconds({at_ns} DIV 1000000000))
), messages AS (
  SELECT * FROM seen WHERE producer_id = (SELECT max_by(producer_id, struct(event_ns, venue_seq)) FROM seen)
), base AS (
  SELECT coalesce(max(venue_seq), -1) AS base_seq FROM messages WHERE kind = 'SNAPSHOT'
), chosen AS (
  SELECT * FROM messages CROSS JOIN base WHERE IF(kind = 'SNAPSHOT', venue_seq = base_seq, venue_seq > base_seq)
), levels AS (
  SELECT 'BID' AS side, venue_seq,
         inline(transform(bid_prices, (p, i) -> struct(p AS price, bid_quantities[i] AS quantity)))
  FROM chosen
  UNION ALL
  SELECT 'ASK' AS side, venue_seq,
         inline(transform(ask_prices, (p, i) -> struct(p AS price, ask_quantities[i] AS quantity)))
  FROM chosen
), book AS (
  SELECT side, price, max_by(quantity, venue_seq) AS quantity FROM levels GROUP BY side, price
)
SELECT side, row_number() OVER (PARTITION BY side ORDER BY IF(side = 'BID', -price, price)) AS level, price, quantity
FROM book WHERE quantity > 0
ORDER BY side DESC, level
"""


def book_at(symbol: str, venue: str, at_ns: int) -> str:
    """The query of a book at `at_ns`, nanoseconds since 1970: side, level (1 is the best), price, quantity; bids first.

    Raises LakeError when a name has characters that no symbol or venue has.
    """
    for name in (symbol, venue):
        if not NAME.fullmatch(name):
            raise LakeError(f"{name!r} is no symbol or venue: give letters, digits and . : / -.")
    return BOOK_AT.format(symbol=symbol, venue=venue, at_ns=at_ns)
