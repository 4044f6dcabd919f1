"""DBN, Databento's binary files, by the decoder that Databento publishes."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import databento_dbn as dbn
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.source.importers.files import PLAUSIBLE, SLACK_NS, Span, read_bytes
from pipelines.source.importers.market_records import SCHEMAS, MarketRecords
from schemas.errors import SourceError

DBN_MAGIC = b"DBN"
MARKET = (dbn.TradeMsg, dbn.MBP1Msg, dbn.MBP10Msg, dbn.MBOMsg)
NS_PER_DAY = 86_400 * 10**9
EPOCH = date(1970, 1, 1)
LAST_DAY = 1 << 31


class Listing(NamedTuple):
    """The symbol of an instrument from a day to before another, days since 1970."""

    instrument_id: int
    start_day: int
    end_day: int
    symbol: str


def read_dbn(path: Path, content: bytes) -> tuple[MarketRecords, Span]:
    """The market records of a file, and the span of their ts_recv by its metadata.

    Raises SourceError where the file is damaged or cut off, holds other schemas, or does not name an instrument.
    """
    metadata, messages = decode_dbn(path, content)
    market = [message for message in messages if isinstance(message, MARKET)]
    kinds = set(map(type, market))
    if len(kinds) != 1:
        said = f"of schema {metadata.schema}" if metadata.schema else "of several schemas"
        raise SourceError(f"{path} is {said} and holds no records of one schema of {SCHEMAS}; give a file of these.")
    if metadata.limit and len(market) > metadata.limit:
        raise SourceError(f"{path} holds {len(market)} records, its metadata say {metadata.limit}; get the file again.")
    fields = _to_fields(kinds.pop(), market, metadata.ts_out)
    symbols = _name_instruments(path, fields, [*_mappings(metadata), *_defined(messages), *_beside(path, metadata)])
    units = f"DBN version {metadata.version}: times in nanoseconds, prices in 1e-9"
    return MarketRecords(path, fields, symbols, "record", 1, units), _span(metadata)


def decode_dbn(path: Path, content: bytes) -> tuple[dbn.Metadata, list[Any]]:
    """The metadata of a file and its messages. Raises SourceError where it is damaged or cut off."""
    decoder = dbn.DBNDecoder()
    try:
        decoded = decoder.write_and_decode(content)
    except dbn.DBNError as error:
        raise SourceError(f"{path} is damaged ({error}); get the file from Databento again.") from error
    metadata = decoded[0] if decoded else None
    if not isinstance(metadata, dbn.Metadata) or decoder.buffer():
        raise SourceError(f"{path} is cut off after record {max(len(decoded) - 1, 0)}; get it from Databento again.")
    return metadata, decoded[1:]


def _to_fields(kind: Any, market: list[Any], has_ts_out: bool) -> dict[str, npt.NDArray[Any]]:
    layout = np.dtype([*kind._dtypes, *([("ts_out", "u8")] if has_ts_out else [])])
    rows = np.frombuffer(b"".join(map(bytes, market)), layout)
    return {name: rows[name] for name in layout.names or ()}


def _span(metadata: dbn.Metadata) -> Span:
    end_ns = metadata.end if metadata.end and metadata.end < PLAUSIBLE.end_ns else PLAUSIBLE.end_ns
    start_ns = max(metadata.start - SLACK_NS, PLAUSIBLE.start_ns)
    return Span(start_ns, min(end_ns + SLACK_NS, PLAUSIBLE.end_ns), "the range that the file's metadata say")


def _mappings(metadata: dbn.Metadata) -> Iterable[Listing]:
    """Symbols by the metadata, which map symbols to instrument ids or the other way."""
    is_id_first = str(metadata.stype_in) == "instrument_id"
    for text, intervals in metadata.mappings.items():
        for interval in intervals:
            number, symbol = (text, interval["symbol"]) if is_id_first else (interval["symbol"], text)
            start, end = ((interval[name] - EPOCH).days for name in ("start_date", "end_date"))
            if number.isdigit():
                yield Listing(int(number), start, end, symbol)


def _defined(messages: Iterable[Any]) -> Iterable[Listing]:
    """Symbols by definitions, and by the mappings that a live stream holds."""
    for message in messages:
        if isinstance(message, dbn.InstrumentDefMsg):
            yield Listing(message.instrument_id, 0, LAST_DAY, message.raw_symbol)
        if isinstance(message, dbn.SymbolMappingMsg):
            yield Listing(message.instrument_id, 0, LAST_DAY, message.stype_out_symbol)


def _beside(path: Path, metadata: dbn.Metadata) -> Iterable[Listing]:
    """Symbols by the file of definitions beside a file, where there is one."""
    beside = _definitions_of(path, metadata)
    return _defined(decode_dbn(beside, read_bytes(beside))[1]) if beside != path and beside.is_file() else ()


def _definitions_of(path: Path, metadata: dbn.Metadata) -> Path:
    return path.with_name(path.name.replace(f".{metadata.schema}.", ".definition."))


def _name_instruments(path: Path, fields: dict[str, npt.NDArray[Any]], listings: list[Listing]) -> pa.Array:
    """The symbol of each of n records: the first listing of its instrument on the UTC day of ts_recv."""
    ids, codes = np.unique(fields["instrument_id"], return_inverse=True)
    order, days = np.argsort(codes, kind="stable"), (fields["ts_recv"] // NS_PER_DAY).astype(np.int64)
    bounds = np.searchsorted(codes[order], np.arange(len(ids) + 1))
    place = {number: index for index, number in enumerate(ids.tolist())}
    named = np.full(len(codes), -1)
    for index, listing in enumerate(listings):
        if (at := place.get(listing.instrument_id)) is not None:
            rows = order[bounds[at] : bounds[at + 1]]
            rows = rows[(days[rows] >= listing.start_day) & (days[rows] < listing.end_day) & (named[rows] < 0)]
            named[rows] = index
    unnamed = np.flatnonzero(named < 0)
    if len(unnamed):
        what = f"instrument_id {fields['instrument_id'][unnamed[0]]} has no symbol in the metadata"
        raise SourceError(f"{path}, record {unnamed[0] + 1}: {what}; put the file of definitions beside it.")
    return pa.array([listing.symbol for listing in listings], pa.string()).take(pa.array(named))
