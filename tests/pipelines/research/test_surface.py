"""Where a run stops to earn."""

import numpy as np
import pyarrow as pa
import pytest

from pipelines.research.surface import (
    cross_zero,
    describe_break_even,
    find_break_even_fee,
    find_break_even_latency,
    find_rising_fees,
    read_surface,
)
from schemas.errors import ResearchError


def rows(pnl: list[float], latency: tuple[int, ...] = (0, 100), fee: tuple[float, ...] = (0.0, 1.0)) -> pa.Table:
    cells = [(at, queue, bps) for at in latency for queue in ("PRORATA", "RISK_AVERSE") for bps in fee]
    latencies, queues, fees = zip(*cells, strict=True)
    return pa.table({"latency_ns": latencies, "queue_model": queues, "fee_bps": fees, "total_pnl": pnl})


@pytest.mark.parametrize(
    ("pnl", "expected"),
    [
        ([10, -10, -20], 0.5),
        ([10, 5, -5], 1.5),
        ([10, 0, -5], 1.0),
        ([0, -1, -2], 0.0),
        ([10, -10, 10], 0.5),
        ([10, 5, 1], None),
        ([-1, -2, -3], None),
        ([-1, 2, -3], None),
    ],
)
def test_cross_zero(pnl: list[float], expected: float | None) -> None:
    assert cross_zero(np.arange(3.0), np.array(pnl, float)) == expected


def test_break_even_of_a_surface() -> None:
    surface = read_surface(rows([4, -4, 2, 1, -4, -8, 1, -1]).slice(0))
    assert (surface.queue_models, surface.pnl.shape) == (("PRORATA", "RISK_AVERSE"), (2, 2, 2))
    assert find_break_even_latency(surface) == [[50.0, None], [None, 50.0]]
    assert find_break_even_fee(surface) == [[0.5, None], [None, 0.5]]


def test_break_even_is_said() -> None:
    assert describe_break_even(read_surface(rows([4, -4, -2, -1, -4, -8, -1, -1]))) == [
        "PRORATA: over latencies, with a fee of 0 bps, it breaks even at 50 ns; "
        "over fees, with a latency of 0 ns, it breaks even at 0.5 bps.",
        "RISK_AVERSE: over latencies, with a fee of 0 bps, it loses at every one; "
        "over fees, with a latency of 0 ns, it loses at every one.",
    ]
    assert describe_break_even(read_surface(rows([4] * 8)))[0] == (
        "PRORATA: over latencies, with a fee of 0 bps, it loses at none; "
        "over fees, with a latency of 0 ns, it loses at none."
    )


def test_read_surface_in_any_order() -> None:
    table = rows([4, -4, 2, 1, -4, -8, 1, -1])
    mixed = read_surface(table.take([5, 2, 7, 0, 1, 6, 3, 4]))
    assert mixed.pnl.tolist() == read_surface(table).pnl.tolist()


def test_find_rising_fees() -> None:
    surface = read_surface(rows([4, 5, 2, 2, -4, -8, 1, -1]))
    assert find_rising_fees(surface) == [
        "At 0 ns and PRORATA the PnL rises from 4.00 to 5.00 when the fee rises from 0 to 1 bps."
    ]
    assert find_rising_fees(read_surface(rows([4, 3, 2, 2, -4, -8, 1, -1]))) == []


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (
            rows([1.0] * 8).drop_columns(["fee_bps"]),
            "A surface lacks fee_bps: give latency_ns, queue_model, fee_bps, total_pnl.",
        ),
        (
            rows([1.0] * 8).slice(1),
            "The cell of latency_ns 0, queue_model PRORATA, fee_bps 0.0 has 0 rows in the surface: give one for each "
            "cell of the grid.",
        ),
        (
            pa.concat_tables([rows([1.0] * 8), rows([1.0] * 8).slice(7)]),
            "The cell of latency_ns 100, queue_model RISK_AVERSE, fee_bps 1.0 has 2 rows in the surface: give one for "
            "each cell of the grid.",
        ),
        (rows([1.0] * 8).slice(0, 0), "A surface without rows has no cell."),
        (rows([float("nan")] * 8), "A surface has a total_pnl that is no number: give one for every cell."),
    ],
)
def test_read_surface_of_bad_input(table: pa.Table, sentence: str) -> None:
    with pytest.raises(ResearchError) as raised:
        read_surface(table)
    assert str(raised.value) == sentence
