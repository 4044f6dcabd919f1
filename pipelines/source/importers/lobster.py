"""LOBSTER: a message file and the orderbook file beside it, row by row, to trades, quotes and depth of Nasdaq.

Times are seconds after midnight in New York, prices dollars × 10000. The file's name says ticker, day, first and last
millisecond, and levels. The number of a row stands in for the venue's sequence, and for its name of a trade.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.source.importers.batches import Batch, Say, constants, number_batches, silent
from pipelines.source.importers.captures import name_producer
from pipelines.source.importers.columns import exact_units
from pipelines.source.importers.files import Span, read_bytes, verify_checksum
from pipelines.source.importers.ladders import Ladder, quote_ladders, update_ladders
from pipelines.source.importers.records import Records, first_cells, parse_csv
from schemas.errors import SourceError
from schemas.proto import market_pb2 as pb
from schemas.topics import DEPTH, QUOTES, TRADES

NAME = re.compile(r"(?P<ticker>[\w.-]+)_(?P<day>\d{4}-\d{2}-\d{2})_(\d+)_(\d+)_(message|orderbook)_(?P<depth>\d+)\.csv")
MESSAGE = ("time", "type", "order_id", "size", "price", "direction")
TYPES = {str(number): number for number in range(1, 8)}
EXECUTIONS = (4, 5)
# The side of the order that rested; who took was on the other.
AGGRESSORS = {"1": pb.SIDE_SELL, "-1": pb.SIDE_BUY}
UNIT = 10**9
TICK = 10**5  # a price of 1e-4 dollars, in 1e-9
NO_LEVEL = 9_999_999_999
NEW_YORK = ZoneInfo("America/New_York")
NS_PER_MS = 10**6
NS_PER_S = 10**9

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Session:
    """What the name of a pair of files says, and the two files."""

    messages: Path
    books: Path
    ticker: str
    midnight_ns: int
    span: Span
    depth: int


def read_lobster(path: Path, *, say: Say = silent) -> Iterator[Batch]:
    """Trades, quotes and depth of the pair of files that `path` is one of, each in the order of the files.

    Executions (types 4 and 5) are trades, each row of the book is a quote, and what changed in it a depth message, the
    first a snapshot. Raises SourceError, naming file, line and field, where the two are not what their name says.
    """
    session = _find_session(path)
    messages = _read_messages(session)
    books = _read_books(session, len(messages))
    times = messages.times("time", lambda texts: _to_ns(texts, session), "seconds after midnight", session.span)
    rows = pa.array(np.arange(len(messages)) + 1)
    seen = {"venue_ts_ns": times, "receive_ts_ns": times, "venue_seq": rows}
    seen |= constants(len(messages), symbol=session.ticker, venue="XNAS")
    say(f"times in seconds after midnight in New York, prices in 0.0001 dollars; {session.depth} levels")
    producer_id = name_producer("lobster", session.messages, session.books)
    yield from number_batches(TRADES, producer_id, _trades(messages, seen))
    yield from number_batches(QUOTES, producer_id, seen | quote_ladders(*books))
    yield from number_batches(DEPTH, producer_id, update_ladders(*books, seen))


def _find_session(path: Path) -> Session:
    """Raises SourceError where a name says nothing of a session, or the other file does not lie beside this one."""
    found = NAME.fullmatch(path.name)
    if found is None:
        wanted = "AAPL_2012-06-21_34200000_57600000_message_10.csv"
        raise SourceError(f"{path} is not named like {wanted}; name it as it was downloaded.")
    before, after = path.name[: found.start(5)], path.name[found.end(5) :]
    messages, books = (path.with_name(before + kind + after) for kind in ("message", "orderbook"))
    for file in (messages, books):
        if not file.is_file():
            raise SourceError(f"{file} is missing; put it beside {path}.")
        verify_checksum(file)
    midnight_ns = _midnight(found["day"], path)
    start_ns, end_ns = (midnight_ns + int(found[group]) * NS_PER_MS for group in (3, 4))
    span = Span(start_ns, end_ns + NS_PER_S, f"the {found[3]} to {found[4]} ms that the file's name says")
    return Session(messages, books, found["ticker"], midnight_ns, span, int(found["depth"]))


def _midnight(day: str, path: Path) -> int:
    """Twelve hours before noon of a day in New York, where clocks are set at night; nanoseconds since 1970."""
    try:
        noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=NEW_YORK)
    except ValueError as error:
        raise SourceError(f"{path} has no day in its name ({error}); name it as it was downloaded.") from error
    return (int(noon.timestamp()) - 12 * 3600) * NS_PER_S


def _to_ns(texts: pa.Array, session: Session) -> pa.Array:
    after = exact_units(texts).to_numpy()
    if ((after < 0) | (after > 48 * 3600 * NS_PER_S)).any():
        raise ValueError("not of a day")
    return pa.array(after + session.midnight_ns)


def _read_messages(session: Session) -> Records:
    content = read_bytes(session.messages)
    count = len(first_cells(session.messages, content))
    if count != len(MESSAGE):
        wanted = f"it has {count} fields and not {', '.join(MESSAGE)}"
        raise SourceError(f"{session.messages}, line 1: {wanted}; fetch the file again.")
    return parse_csv(session.messages, content, MESSAGE, False)


def _read_books(session: Session, count: int) -> tuple[Ladder, Ladder]:
    """Bids and asks. Raises SourceError where the file has not a row for each message, or other levels than it says."""
    content, depth = read_bytes(session.books), session.depth
    width = len(first_cells(session.books, content))
    if width != 4 * depth:
        raise SourceError(
            f"{session.books}, line 1: it has {width} fields, {depth} levels have {4 * depth}; fetch it again."
        )
    fields = [f"{side}_{kind}_{n + 1}" for n in range(depth) for side in ("ask", "bid") for kind in ("price", "size")]
    books = parse_csv(session.books, content, fields, False)
    if len(books) != count:
        raise SourceError(f"{session.books} has {len(books)} rows, {session.messages} has {count}; fetch both again.")
    return _ladder(books, "bid", depth), _ladder(books, "ask", depth)


def _ladder(books: Records, side: str, depth: int) -> Ladder:
    prices = np.stack([books.multiples(f"{side}_price_{n + 1}", TICK).to_numpy() for n in range(depth)], axis=1)
    sizes = np.stack([books.multiples(f"{side}_size_{n + 1}", UNIT, 0).to_numpy() for n in range(depth)], axis=1)
    return Ladder(prices, sizes, np.abs(prices) != NO_LEVEL * TICK).without_empty()


def _trades(messages: Records, seen: dict[str, pa.Array]) -> dict[str, pa.Array]:
    is_trade = pc.is_in(messages.choices("type", TYPES), value_set=pa.array(EXECUTIONS, pa.int32()))
    every = seen | {
        "trade_id": seen["venue_seq"].cast(pa.string()),
        "aggressor_side": messages.choices("direction", AGGRESSORS),
        "price": messages.multiples("price", TICK),
        "quantity": messages.multiples("size", UNIT, 0),
    }
    return {name: column.filter(is_trade) for name, column in every.items()}
