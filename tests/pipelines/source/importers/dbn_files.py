"""Databento's files by its own encoder."""

import io
from datetime import date
from types import SimpleNamespace
from typing import Any

import databento_dbn as dbn
import zstandard
from databento_dbn import Action, Compression, Encoding, Metadata, Schema, SType, Transcoder

from tests.pipelines.source.importers.reading import DAY_LENGTH_NS, DAY_NS

FIRST, SECOND = date(2024, 8, 8), date(2024, 8, 9)
SYMBOLS = {"NVDA": 7, "BRK B": 2**32 - 1}
CSV = {"csv": (True, True), "raw.csv": (False, False), "mixed.csv": (True, False)}
HEAD = {"publisher_id": 2, "instrument_id": 7, "ts_event": DAY_NS, "ts_recv": DAY_NS, "price": 1, "size": 1}


def metadata_of(schema: str, symbols: dict[str, int], **given: Any) -> Metadata:
    """Metadata of a day that map these symbols."""
    mappings = [
        SimpleNamespace(
            raw_symbol=symbol, intervals=[SimpleNamespace(start_date=FIRST, end_date=SECOND, symbol=str(number))]
        )
        for symbol, number in symbols.items()
    ]
    wanted = {"dataset": "XNAS.ITCH", "start": DAY_NS, "end": DAY_NS + DAY_LENGTH_NS, "mappings": mappings}
    wanted |= {"stype_in": SType.RAW_SYMBOL, "stype_out": SType.INSTRUMENT_ID, "schema": Schema(schema)}
    return Metadata(**wanted | {"symbols": list(symbols), "partial": [], "not_found": []} | given)


def dbn_of(metadata: Metadata, messages: list[Any]) -> bytes:
    return metadata.encode() + b"".join(map(bytes, messages))


def written(end: str, content: bytes) -> bytes:
    """The content of a DBN file in another form."""
    if end == "dbn":
        return content
    if end == "dbn.zst":
        return zstandard.compress(content)
    file = io.BytesIO()
    pretty_px, pretty_ts = CSV[end]
    with Transcoder(file, Encoding.CSV, Compression.NONE, pretty_px=pretty_px, pretty_ts=pretty_ts) as transcoder:
        transcoder.write(content)
    return file.getvalue()


def market_of(head: dict[str, Any], action: str, side: str, level: Any = None) -> Any:
    common = {**head, "action": Action(action), "side": dbn.Side(side), "depth": 0}
    if level is None:
        return dbn.TradeMsg(**common)
    pair = dbn.BidAskPair(bid_px=level[0], ask_px=level[1], bid_sz=level[2], ask_sz=level[3])
    return dbn.MBP1Msg(**common, levels=pair)
