"""The captures as touches and trades."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest

from pipelines.microstructure.series import Ints, Touches, Trades
from pipelines.microstructure.signing import sign_by_flag
from pipelines.source.importers.binance import read_captures
from schemas.topics import QUOTES, TRADES
from tests.house_rules import ROOT

CAPTURES = ROOT.parent / "shared" / "data" / "binance"


@dataclass(frozen=True)
class Capture:
    """Quotes and trades of one file; times are the venue's transaction times, else of receipt."""

    touches: Touches
    trades: Trades


@pytest.fixture(scope="session")
def usdm_ethusdt() -> Capture:
    return read_capture("usdm_ethusdt", "venue_ts_ns")


@pytest.fixture(scope="session")
def spot_btcusdt() -> Capture:
    """The venue gives spot quotes no time, and the two clocks are 1.27 s apart, so all is by time of receipt."""
    return read_capture("spot_btcusdt", "receive_ts_ns")


@pytest.fixture(scope="session")
def spot_ethusdt() -> Capture:
    return read_capture("spot_ethusdt", "receive_ts_ns")


def read_capture(name: str, clock: str) -> Capture:
    batches = list(read_captures(CAPTURES / f"{name}_20240808.gz"))
    quotes, trades = (pa.Table.from_batches([b for t, b in batches if t == topic]) for topic in (QUOTES, TRADES))
    sides = (best(quotes[f"{side}_{what}"]) for what in ("prices", "quantities") for side in ("bid", "ask"))
    touches = Touches(quotes[clock].to_numpy(), *sides)
    columns = (trades[column].to_numpy() for column in (clock, "price", "quantity"))
    return Capture(touches, Trades(*columns, sign_by_flag(trades["aggressor_side"].to_numpy())))


def best(lists: pa.ChunkedArray) -> Ints:
    """The first of each list; 0 where it is empty."""
    values, lengths = lists.combine_chunks().flatten().to_numpy(), np.array(lists.combine_chunks().value_lengths())
    result = np.zeros(len(lengths), np.int64)
    result[lengths > 0] = values[np.cumsum(lengths)[lengths > 0] - lengths[lengths > 0]]
    return result
