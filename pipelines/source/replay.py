"""Replay: batches of a source to the topics, as fast as they go or at a multiple of their own pace."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.errors import SettingsError
from schemas.registry import Topic

SLICE_NS = 50_000_000
Batch = tuple[Topic, pa.RecordBatch]
Publish = Callable[[Topic, pa.RecordBatch], int]


@dataclass(frozen=True)
class Pace:
    """How fast to replay, and by whose clock.

    speed: multiple of the pace at which the messages were received; None is as fast as they go.
    clock_ns: a clock in nanoseconds that never goes back.
    wait: waits that many seconds, and says whether to stop: `threading.Event().wait`.
    """

    speed: float | None
    clock_ns: Callable[[], int]
    wait: Callable[[float], bool]


@dataclass(frozen=True)
class _Slice:
    """Rows of one batch that are due together, in nanoseconds of the replay."""

    due_ns: int
    topic: Topic
    rows: pa.RecordBatch


def parse_speed(text: str) -> float | None:
    """`max` to None, a number above zero to itself. Raises SettingsError on anything else."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not (math.isfinite(speed) and speed > 0):
        raise SettingsError(f"--speed {text} is neither max nor a number above 0; give --speed max, 1 or 10.")
    return speed


def replay(
    batches: Iterable[Batch], publish: Publish, pace: Pace, progress: Callable[[int, int], object]
) -> dict[Topic, int]:
    """Publish batches of `wire_schema` rows; return the number published to each topic.

    All batches are read first, into memory, so that an error in a file is raised before anything is published.
    As fast as they go, batches are published as they come. At a speed, rows are published in the order of
    receive_ts_ns, all topics together, in slices of 50 ms: a row at the end of its slice, so late by 50 ms at most and
    never early. Rows of one producer and topic keep their order even where its clock was set back.
    progress(published, total) is called after each publication. Stops between publications when pace.wait says so.
    """
    read = list(batches)
    counts = {topic: 0 for topic, _ in read}
    total = sum(len(rows) for _, rows in read)
    for topic, rows in _as_they_come(read, pace) if pace.speed is None else _in_time(read, pace.speed, pace):
        counts[topic] += publish(topic, rows)
        progress(sum(counts.values()), total)
    return counts


def _as_they_come(batches: list[Batch], pace: Pace) -> Iterator[Batch]:
    for batch in batches:
        if pace.wait(0):
            return
        yield batch


def _in_time(batches: list[Batch], speed: float, pace: Pace) -> Iterator[Batch]:
    slices = sorted(_cut(batches, speed), key=lambda each: each.due_ns)
    start_ns = pace.clock_ns()
    for each in slices:
        if pace.wait(max(0, start_ns + each.due_ns - pace.clock_ns()) / 1e9):
            return
        yield each.topic, each.rows


def _cut(batches: list[Batch], speed: float) -> Iterator[_Slice]:
    """Slices of every batch, in the order of the batches."""
    filled = [(topic, rows) for topic, rows in batches if len(rows)]
    first_ns = min((_receive_ns(rows).min() for _, rows in filled), default=0)
    latest: dict[tuple[Topic, str], int] = {}
    for topic, rows in filled:
        key = topic, rows.column("producer_id")[0].as_py()
        times = np.maximum.accumulate(np.maximum(_receive_ns(rows), latest.get(key, 0)))
        latest[key] = int(times[-1])
        numbers = ((times - first_ns) / (SLICE_NS * speed)).astype(np.int64)
        starts = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(rows)]
        for start, end in pairwise(starts):
            yield _Slice((int(numbers[start]) + 1) * SLICE_NS, topic, rows.slice(start, end - start))


def _receive_ns(rows: pa.RecordBatch) -> npt.NDArray[np.int64]:
    times: npt.NDArray[np.int64] = rows.column("receive_ts_ns").to_numpy()
    return times
