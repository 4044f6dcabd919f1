"""A recorded market: the lines of a capture as a venue sends them, and the book as it really was."""

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from pipelines.source.importers.binance import read_captures
from schemas.proto import market_pb2 as pb
from schemas.registry import Topic
from tests.house_rules import ROOT
from tests.pipelines.source.feeds.following import Row

CAPTURES = ROOT.parent / "shared" / "data" / "binance"
Book = dict[str, dict[int, int]]


@dataclass(frozen=True)
class Recording:
    """The first lines of a capture: messages of the stream, the snapshot, and what the importer makes of them."""

    messages: list[str]
    snapshot: dict[str, Any]
    imported: dict[Topic, list[Row]]
    market: str
    symbol: str


def record(name: str, count: int, folder: Path) -> Recording:
    """The first `count` lines of a capture, one of them the snapshot."""
    with gzip.open(CAPTURES / f"{name}.gz", "rt") as file:
        lines = list(islice(file, count))
    cut = folder / "capture.txt"
    cut.write_text("".join(lines))
    imported: dict[Topic, list[Row]] = {}
    for topic, batch in read_captures(cut):
        imported.setdefault(topic, []).extend(batch.to_pylist())
    texts = [line.split(" ", 1)[1].strip() for line in lines]
    (snapshot,) = [json.loads(text) for text in texts if text.startswith('{"lastUpdateId"')]
    market, symbol, _ = name.split("_")
    return Recording(
        [text for text in texts if text.startswith('{"stream"')], snapshot, imported, market, symbol.upper()
    )


def is_depth(message: str) -> bool:
    return "@depth" in message[:40]


@dataclass
class TrueBook:
    """The venue's own book: a snapshot, and the differences that the venue has sent or meant to send."""

    snapshot: dict[str, Any]
    levels: dict[str, dict[str, str]] = field(init=False)
    last: int = field(init=False)

    def __post_init__(self) -> None:
        """As the snapshot says."""
        self.levels = {side: dict(self.snapshot[side]) for side in ("bids", "asks")}
        self.last = self.snapshot["lastUpdateId"]

    def apply(self, messages: Iterable[str]) -> None:
        """Take the differences among some messages."""
        for data in (json.loads(message)["data"] for message in messages if is_depth(message)):
            if data["u"] > self.last:
                self.last = data["u"]
                self.levels["bids"] |= dict(data["b"])
                self.levels["asks"] |= dict(data["a"])

    def answer(self) -> bytes:
        """A REST snapshot of now."""
        sides = {s: [[p, q] for p, q in self.levels[s].items() if Decimal(q)] for s in ("bids", "asks")}
        times = {name: self.snapshot[name] for name in ("E", "T") if name in self.snapshot}
        return json.dumps({"lastUpdateId": self.last, **times, **sides}).encode()

    def book(self) -> Book:
        """Quantities by price, in units of 1e-9."""
        return {side: _units(self.levels[side].items()) for side in self.levels}


def _units(levels: Iterable[tuple[str, str]]) -> dict[int, int]:
    return {int(Decimal(p) * 10**9): int(Decimal(q) * 10**9) for p, q in levels if Decimal(q)}


def rebuild(rows: list[Row]) -> Book:
    """The book that published rows of one producer make: the last snapshot, and the differences after it."""
    base = max(row["venue_seq"] for row in rows if row["kind"] == pb.DEPTH_KIND_SNAPSHOT)
    levels: Book = {"bids": {}, "asks": {}}
    for row in sorted(rows, key=lambda row: row["venue_seq"]):
        if row["venue_seq"] > base or (row["kind"] == pb.DEPTH_KIND_SNAPSHOT and row["venue_seq"] == base):
            for side in levels:
                levels[side] |= dict(zip(row[f"{side[:3]}_prices"], row[f"{side[:3]}_quantities"], strict=True))
    return {side: {price: quantity for price, quantity in levels[side].items() if quantity} for side in levels}


def is_whole(rows: list[Row]) -> bool:
    """Whether no difference is missing after the last snapshot among published rows of one producer."""
    last = max((row["venue_seq"] for row in rows if row["kind"] == pb.DEPTH_KIND_SNAPSHOT), default=0)
    later = [row for row in rows if row["kind"] == pb.DEPTH_KIND_DIFF and row["venue_seq"] > last]
    for at, row in enumerate(sorted(later, key=lambda row: row["venue_seq"])):
        before = row["previous_venue_seq"] or row["first_venue_seq"] - 1
        if before > last or (at and before != last):
            return False
        last = row["venue_seq"]
    return True
