"""Databento's CSV: prices as decimals or units of 1e-9, times as ISO 8601 or nanoseconds, as they were asked for."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from databento_dbn import UNDEF_PRICE

from pipelines.source.importers.files import PLAUSIBLE, Span, span_of_day
from pipelines.source.importers.market_records import SCHEMAS, MarketRecords
from pipelines.source.importers.records import Records, first_cells, parse_csv
from schemas.errors import SourceError

MESSAGE = (
    "ts_event",
    "rtype",
    "publisher_id",
    "instrument_id",
    "action",
    "side",
    "price",
    "size",
    "sequence",
    "symbol",
)
RTYPES = {"0", "1", "10", "160"}
ACTIONS = {name: name.encode() for name in "ACMRTFN"}
SIDES = {name: name.encode() for name in "ABN"}
LEVEL = re.compile(r"(bid|ask)_(px|sz)_\d\d")
DAY_OF_NAME = re.compile(r"-(\d{4})(\d{2})(\d{2})\.")


def read_databento_csv(path: Path, content: bytes) -> tuple[MarketRecords, Span]:
    """The market records of a file, and the span of their ts_recv by its name.

    Raises SourceError, naming file, line and field, where the file is no CSV of these schemas with symbols.
    """
    names = first_cells(path, content)
    missing = [name for name in MESSAGE if name not in names]
    if missing:
        what = f"line 1: column {missing[0]} is missing"
        raise SourceError(f"{path}, {what}; give a CSV of {SCHEMAS}, made with its symbols (map_symbols).")
    records = parse_csv(path, content, names, True)
    records.choices("rtype", dict.fromkeys(sorted(RTYPES), 0))
    fields = {name: _to_field(records, name) for name in names if name != "symbol" and _is_read(name)}
    fields.setdefault("ts_recv", fields["ts_event"])
    fields.setdefault("flags", np.zeros(len(records), np.uint64))
    return MarketRecords(path, fields, records.texts("symbol"), "line", 2, _units(records)), _span(path)


def _units(records: Records) -> str:
    times = "ISO 8601" if _is_iso(records, "ts_event") else "nanoseconds"
    return f"times in {times}, prices {'as decimals' if _is_decimal(records) else 'in 1e-9'}"


def _is_iso(records: Records, name: str) -> bool:
    return bool(pc.any(pc.match_substring(records.columns[name], "T")).as_py())


def _is_decimal(records: Records) -> bool:
    return bool(pc.any(pc.match_substring(records.columns["price"], ".")).as_py())


def _span(path: Path) -> Span:
    found = DAY_OF_NAME.search(path.name)
    return span_of_day(path, "-".join(found.groups())) if found else PLAUSIBLE


def _is_read(name: str) -> bool:
    return name in {*MESSAGE, "ts_recv", "flags", "order_id"} or LEVEL.fullmatch(name) is not None


def _to_field(records: Records, name: str) -> npt.NDArray[Any]:
    """A column as the binary records have it."""
    if name in ("action", "side"):
        texts = records.choices(name, ACTIONS if name == "action" else SIDES, pa.binary())
        return np.array(texts.to_pylist(), "S1")
    if name.startswith("ts_"):
        return _times(records, name)
    if name == "price" or "_px_" in name:
        return _prices(records, name)
    whole = records.convert(name, lambda texts: texts.cast(pa.uint64()), "a whole number from 0 on")
    field: npt.NDArray[np.uint64] = whole.to_numpy()
    return field


def _times(records: Records, name: str) -> npt.NDArray[np.int64]:
    is_text = _is_iso(records, name)
    wanted = "a time in ISO 8601 with its zone" if is_text else "a time in nanoseconds since 1970"
    kind = pa.timestamp("ns", "UTC") if is_text else pa.int64()
    times: npt.NDArray[np.int64] = records.convert(
        name, lambda texts: texts.cast(kind).cast(pa.int64()), wanted
    ).to_numpy()
    return times


def _prices(records: Records, name: str) -> npt.NDArray[np.int64]:
    """Prices in 1e-9: an empty field is no price. What has a point is a decimal, throughout the file."""
    texts = records.columns[name]
    is_decimal = _is_decimal(records)
    filled = Records(records.path, {name: pc.if_else(pc.equal(texts, ""), "0", texts)}, records.first_line)
    prices = (filled.units(name) if is_decimal else filled.integers(name)).to_numpy()
    is_empty = pc.equal(texts, "").to_numpy(zero_copy_only=False)
    numbers: npt.NDArray[np.int64] = np.where(is_empty, UNDEF_PRICE, prices)
    return numbers
