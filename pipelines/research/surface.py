"""What a run would have earned with other latencies, queue models and fees, and where it stops to earn."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipelines.microstructure.series import Floats, Ints
from pipelines.research.formats import basis_points, duration
from schemas.errors import ResearchError

AXES = ("latency_ns", "queue_model", "fee_bps")
PNL = "total_pnl"


@dataclass(frozen=True)
class Surface:
    """PnL (L, Q, F) in the quote currency over rising latencies (L,) in ns, Q queue models, rising fees (F,) in bps."""

    latency_ns: Ints
    queue_models: tuple[str, ...]
    fee_bps: Floats
    pnl: Floats


def read_surface(table: pa.Table) -> Surface:
    """The surface of a table with the columns latency_ns, queue_model, fee_bps and total_pnl, one row a cell.

    Raises ResearchError for a column that lacks, a cell that lacks or stands twice, and a PnL that is no number.
    """
    lacking = [name for name in (*AXES, PNL) if name not in table.column_names]
    if lacking:
        raise ResearchError(f"A surface lacks {', '.join(lacking)}: give {', '.join((*AXES, PNL))}.")
    columns = [table[name].to_numpy() for name in AXES]
    axes, places = zip(*(np.unique(column, return_inverse=True) for column in columns), strict=True)
    shape = tuple(len(axis) for axis in axes)
    counts = np.zeros(shape, int)
    np.add.at(counts, places, 1)
    if not counts.size or (counts != 1).any():
        raise ResearchError(_say_cell(axes, counts) if counts.size else "A surface without rows has no cell.")
    pnl = np.empty(shape)
    pnl[places] = table[PNL].to_numpy()
    if not np.isfinite(pnl).all():
        raise ResearchError("A surface has a total_pnl that is no number: give one for every cell.")
    return Surface(axes[0].astype(np.int64), tuple(map(str, axes[1])), axes[2].astype(np.float64), pnl)


def find_break_even_latency(surface: Surface) -> list[list[float | None]]:
    """The latency in ns at which profit turns to loss, by queue model and fee: Q lists of F; None: not in the grid."""
    axis = surface.latency_ns.astype(np.float64)
    _, queues, fees = surface.pnl.shape
    return [[cross_zero(axis, surface.pnl[:, queue, fee]) for fee in range(fees)] for queue in range(queues)]


def find_break_even_fee(surface: Surface) -> list[list[float | None]]:
    """The fee in bps at which profit turns to loss, by latency and queue model: L lists of Q; None: not in the grid."""
    latencies, queues, _ = surface.pnl.shape
    return [
        [cross_zero(surface.fee_bps, surface.pnl[row, queue]) for queue in range(queues)] for row in range(latencies)
    ]


def describe_break_even(surface: Surface) -> list[str]:
    """A sentence by queue model: where it turns to loss over latency at the lowest fee, and over the fee."""
    late, dear = find_break_even_latency(surface), find_break_even_fee(surface)
    fastest, cheapest = duration(float(surface.latency_ns[0])), basis_points(float(surface.fee_bps[0]))

    def turn(zero: float | None, queue: int, write: Callable[[float | None], str]) -> str:
        if zero is None:
            return "loses at every one" if surface.pnl[0, queue, 0] < 0 else "loses at none"
        return f"breaks even at {write(zero)}"

    return [
        f"{model}: over latencies, with a fee of {cheapest}, it {turn(late[queue][0], queue, duration)}; "
        f"over fees, with a latency of {fastest}, it {turn(dear[0][queue], queue, basis_points)}."
        for queue, model in enumerate(surface.queue_models)
    ]


def cross_zero(axis: Floats, pnl: Floats) -> float | None:
    """Where PnL (n,) over a rising axis (n,) first sinks to 0, by straight lines; None: it never does.

    A grid that begins with a loss has no such place, and neither has one without any loss that does not touch 0.
    """
    if pnl[0] < 0:
        return None
    sinks = np.flatnonzero(pnl <= 0)
    if not len(sinks):
        return None
    after = int(sinks[0])
    if after == 0 or pnl[after] == 0:
        return float(axis[after])
    part = pnl[after - 1] / (pnl[after - 1] - pnl[after])
    return float(axis[after - 1] + part * (axis[after] - axis[after - 1]))


def find_rising_fees(surface: Surface) -> list[str]:
    """A sentence for each place where a higher fee earns more, which no run with equal fills can."""
    rises = np.argwhere(np.diff(surface.pnl, axis=2) > 0)
    return [
        f"At {surface.latency_ns[row]} ns and {surface.queue_models[queue]} the PnL rises from "
        f"{surface.pnl[row, queue, fee]:.2f} to {surface.pnl[row, queue, fee + 1]:.2f} when the fee rises from "
        f"{surface.fee_bps[fee]:g} to {surface.fee_bps[fee + 1]:g} bps."
        for row, queue, fee in rises
    ]


def _say_cell(axes: tuple[np.ndarray, ...], counts: np.ndarray) -> str:
    place = np.argwhere(counts != 1)[0]
    cell = ", ".join(f"{name} {axis[at]}" for name, axis, at in zip(AXES, axes, place, strict=True))
    return f"The cell of {cell} has {counts[tuple(place)]} rows in the surface: give one for each cell of the grid."
