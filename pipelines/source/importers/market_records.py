"""Databento's records as columns, wherever they were read from, and what is checked of all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.source.importers.files import PLAUSIBLE, Span
from schemas.errors import SourceError

# publisher_id, which names a dataset and a venue in it, and the code of the venue.
PUBLISHERS = {1: "XCME", 2: "XNAS", 5: "BATS", 9: "XNYS", 38: "IEXG", 43: "ARCX"}
SCHEMAS = "trades, tbbo, mbp-1, mbp-10 or mbo"


@dataclass(frozen=True)
class MarketRecords:
    """n records of one schema, in file order: Databento's fields by name, prices in 1e-9, and the symbol of each.

    word and first: how a record is called in a sentence, and the number of the first. units: those of the file.
    """

    path: Path
    fields: Mapping[str, npt.NDArray[Any]]
    symbols: pa.Array
    word: str
    first: int
    units: str

    def __len__(self) -> int:
        return len(self.symbols)

    @property
    def depth(self) -> int:
        """How many levels a side the schema has."""
        return sum(name.startswith("bid_px_") for name in self.fields)

    def error(self, index: int, what: str) -> SourceError:
        """The error of one record, by its place in the file."""
        return SourceError(f"{self.path}, {self.word} {self.first + index}: {what}; get the file from Databento again.")

    def times(self, name: str, span: Span = PLAUSIBLE) -> pa.Array:
        """int64 nanoseconds since 1970. Raises SourceError where one lies outside the span."""
        times = self.fields[name]
        wrong = np.flatnonzero((times < span.start_ns) | (times >= span.end_ns))
        if len(wrong):
            raise self.error(int(wrong[0]), f"field {name} is {times[wrong[0]]} and not a time in {span.text}")
        return pa.array(times.astype(np.int64))

    def venues(self) -> pa.Array:
        """The venue code of each record. Raises SourceError where a publisher is of none."""
        publishers, codes = np.unique(self.fields["publisher_id"], return_inverse=True)
        for code, publisher in enumerate(publishers.tolist()):
            if publisher not in PUBLISHERS:
                index = int(np.flatnonzero(codes == code)[0])
                known = ", ".join(f"{number} ({venue})" for number, venue in PUBLISHERS.items())
                raise self.error(index, f"field publisher_id is {publisher} and not one of {known}")
        return pa.array([PUBLISHERS[publisher] for publisher in publishers.tolist()], pa.string()).take(pa.array(codes))
