"""Memory is lent again only when nobody looks at it."""

import gc
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from pipelines.exchange.engine import Engine
from pipelines.exchange.memory import KEPT, Pool
from tests.pipelines.exchange.streams import cut, random_messages


@pytest.mark.parametrize(
    "look",
    [
        lambda buffer: buffer,
        lambda buffer: buffer.slice(8, 16),
        lambda buffer: np.frombuffer(buffer, np.int64)[3:7],
        lambda buffer: pa.array(np.frombuffer(buffer, np.int64)[:5]).slice(1),
        lambda buffer: pa.RecordBatch.from_arrays([pa.array(np.frombuffer(buffer, np.int64))], ["a"]).column(0),
    ],
    ids=["buffer", "slice", "array", "arrow array", "batch"],
)
def test_block_stays_lent_while_a_part_of_it_is_held(look: Callable[[pa.Buffer], object]) -> None:
    pool = Pool(1, 800)
    buffer = pool.lend(800)
    address, held = buffer.address, look(buffer)
    del buffer
    assert pool.lend(800).address != address
    del held
    gc.collect()
    assert address in {buffer.address for buffer in [pool.lend(800), pool.lend(800)]}


def test_pool_keeps_few_blocks() -> None:
    pool = Pool(0, 0)
    held = [pool.lend(100) for _ in range(2 * KEPT)]
    assert len({buffer.address for buffer in held}) == 2 * KEPT
    assert len(pool._blocks) == KEPT


def test_reports_that_are_kept_do_not_change() -> None:
    engine, kept = Engine(), []
    for part in cut(random_messages(3, 4_000), list(range(0, 4_000, 50))):
        reports = engine.apply(part)
        kept.append((reports, reports.to_pylist()))
    assert [reports.to_pylist() for reports, _ in kept] == [rows for _, rows in kept]
