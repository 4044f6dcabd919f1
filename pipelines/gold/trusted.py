"""Which minutes count: those whose rebuilt book is not to be trusted are left out of gold."""


def trusted(partials: str) -> str:
    """Rows, for FROM, of a table with symbol, venue, window_start and event_date, without minutes not to be trusted.

    `gold.book_integrity_1m` judges them; a minute that it does not know counts.
    """
    return f"""{partials} AS counted
  LEFT ANTI JOIN (
    SELECT symbol, venue, window_start AS minute, event_date FROM gold.book_integrity_1m WHERE NOT is_trusted
  ) AS excluded
  ON counted.symbol = excluded.symbol AND counted.venue = excluded.venue
     AND counted.event_date = excluded.event_date AND date_trunc('minute', counted.window_start) = excluded.minute"""
