"""The canonical workloads give the expected report streams, byte for byte."""

import json
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.exchange.canonical import CanonicalText, parse_workload
from pipelines.exchange.engine import Engine
from tests.house_rules import ROOT
from tests.pipelines.exchange.shorthand import messages

MATCHING = ROOT.parent / "shared" / "data" / "matching"
EXPECTED: dict[str, dict[str, Any]] = json.loads((MATCHING / "expected.json").read_text())


def canonical(batches: list[pa.RecordBatch]) -> bytes:
    engine, text = Engine(), CanonicalText()
    return b"".join(text.write(engine.apply(batch)) for batch in batches)


@pytest.mark.parametrize("name", EXPECTED)
def test_workload_gives_the_expected_stream(name: str) -> None:
    rows = pq.read_table(MATCHING / f"{name}.parquet").combine_chunks().to_batches()[0]
    text = canonical([parse_workload(rows)])
    assert sha256(text).hexdigest() == EXPECTED[name]["sha256"]
    assert text.count(b"\n") + 1 == EXPECTED[name]["reports"]
    assert text.startswith(b"0,0,") and not text.endswith(b"\n")
    assert sum(line.startswith(b"1,") for line in text.splitlines()) == EXPECTED[name]["trades"]


@pytest.mark.parametrize("seed", range(3))
def test_workload_cut_anywhere_gives_the_expected_stream(seed: int) -> None:
    name = list(EXPECTED)[seed]
    rows = pq.read_table(MATCHING / f"{name}.parquet").combine_chunks().to_batches()[0]
    ends = np.sort(np.random.default_rng(seed).integers(0, len(rows), 20))
    parts = [rows.slice(a, b - a) for a, b in zip([0, *ends], [*ends, len(rows)], strict=True)]
    assert sha256(canonical([parse_workload(part) for part in parts])).hexdigest() == EXPECTED[name]["sha256"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N1B10@100", "0,0,0,1,100,10"),
        ("N1S5@100 N2B7@101ioc", "0,0,1,1,100,5|0,1,0,2,101,7|1,1,100,5,1,2|2,1,0,2,101"),
        ("N1B5@100 C1 C1", "0,0,0,1,100,5|2,1,0,1,100|4,2,1"),
        ("N1B5@100 M1x6@101 M2x1@1", "0,0,0,1,100,5|3,1,0,1,101,6|5,2,2"),
        ("N1S2@101 N2B5@100 M2x6@101", "0,0,1,1,101,2|0,1,0,2,100,5|1,2,101,2,1,2|3,2,0,2,101,6"),
        ("C9223372036854775807", "4,0,9223372036854775807"),
        ("N1B1@0 T5 C7", "4,2,7"),
        ("T5", ""),
    ],
    ids=["new", "trade and rest", "cancels", "modifies", "modify that trades", "large", "other reports", "nothing"],
)
def test_lines_of_each_kind(text: str, expected: str) -> None:
    batch = messages(text)
    assert canonical([batch]).decode() == expected.replace("|", "\n")
    assert canonical([batch[at : at + 1] for at in range(len(batch))]).decode() == expected.replace("|", "\n")
