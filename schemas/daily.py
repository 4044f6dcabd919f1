"""Gold by the day: tables that `depthlake refresh` computes from silver, a UTC day at a time, each day whole.

A row is stamped with when it is known: window_end, close_ns or event_ns. What it says follows from events up to then.
"""

from schemas import types as t
from schemas.gold import EVENT_DATE, KEY
from schemas.measures import CLOCK
from schemas.registry import Column, Table
from schemas.topics import DEPTH, QUOTES

LEAST_SCORE = 0.99


def window(what: str) -> tuple[Column, Column]:
    """Start and end of a row's time."""
    return (
        Column("window_start", t.TIME, f"Start of the {what} of event_ts"),
        Column("window_end", t.TIME, f"End of the {what}"),
    )


BOOK_INTEGRITY = Table(
    "gold.book_integrity_1m",
    "How far the rebuilt books of silver.books can be trusted, per symbol, venue and minute from a book's first to its "
    "last message of the day",
    (
        *KEY,
        *window("minute"),
        CLOCK,
        Column("message_count", t.COUNT, "Messages of silver.depth"),
        Column("gap_count", t.COUNT, "Messages before which updates are missing"),
        Column("invalid_count", t.COUNT, "Messages after which there is no book, nor is when the minute ends"),
        Column("crossed_count", t.COUNT, "Books whose best bid is above the best ask"),
        Column("locked_count", t.COUNT, "Books whose best bid is the best ask"),
        Column("compared_count", t.COUNT, "Books of which the venue published its own best bid and offer"),
        Column("equal_count", t.COUNT, "Of compared_count: touch equal to the venue's, prices and quantities"),
        Column("equal_share", t.STATISTIC, "equal_count / compared_count; null when nothing was compared"),
        Column(
            "integrity_score",
            t.STATISTIC,
            "(1 − (invalid + gaps + crossed)/messages, at least 0) × equal_share, in [0, 1]; of a minute without "
            "message 1 where the book is valid, else 0",
        ),
        Column("is_trusted", t.FLAG, f"Whether integrity_score is at least {LEAST_SCORE}: other minutes are left out"),
        EVENT_DATE,
    ),
    (DEPTH, QUOTES),
    "event_date",
)

TABLES = (BOOK_INTEGRITY,)
