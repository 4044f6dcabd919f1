"""How far a topic has been read: the offsets in Spark's checkpoints."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipelines.silver.levels import Flags, Ints

Offsets = dict[int, int]  # partition -> the next offset to read


@dataclass(frozen=True)
class BatchOffsets:
    """What a micro-batch reads: for each partition from `start` up to, not including, `end`."""

    start: Offsets
    end: Offsets

    @property
    def rows(self) -> int:
        """Offsets in the batch."""
        return sum(end - self.start.get(partition, 0) for partition, end in self.end.items())

    def holds(self, partitions: Ints, offsets: Ints) -> Flags:
        """Which of n deliveries, by partition and offset, lie in the batch."""
        flags = np.zeros(len(offsets), bool)
        for partition, end in self.end.items():
            start = self.start.get(partition, 0)
            flags |= (partitions == partition) & (offsets >= start) & (offsets < end)
        return flags

    def after(self, reached: Offsets) -> "BatchOffsets":
        """The part of the batch that a table which has come as far as `reached` has not yet."""
        start = {p: max(self.start.get(p, 0), reached.get(p, 0)) for p in self.end}
        return BatchOffsets(start, {p: max(end, start[p]) for p, end in self.end.items()})


def merge(one: Offsets, other: Offsets) -> Offsets:
    """The furthest of both, partition by partition."""
    return {p: max(one.get(p, 0), other.get(p, 0)) for p in one.keys() | other.keys()}


def batch_offsets(checkpoint: Path, batch_id: int) -> BatchOffsets:
    """The offsets that Spark logged for a batch before it ran it; those of the batch before are its start."""
    previous = _logged(checkpoint, batch_id - 1) if batch_id else _initial(checkpoint)
    return BatchOffsets(previous, _logged(checkpoint, batch_id))


def committed_offsets(checkpoint: Path) -> Offsets:
    """The end of the last batch that went through; empty when none did."""
    last = _last(checkpoint)
    return {} if last is None else _logged(checkpoint, last)


def last_batch_s(checkpoint: Path) -> float | None:
    """Seconds that the last batch took that went through, from its plan to its end; None when none did."""
    last = _last(checkpoint)
    if last is None:
        return None
    planned_ms: int = json.loads((checkpoint / "offsets" / str(last)).read_text().splitlines()[1])["batchTimestampMs"]
    return (checkpoint / "commits" / str(last)).stat().st_mtime - planned_ms / 1000


def _last(checkpoint: Path) -> int | None:
    """The number of the last batch that went through."""
    return max((int(file.name) for file in (checkpoint / "commits").glob("[0-9]*")), default=None)


def _logged(checkpoint: Path, batch_id: int) -> Offsets:
    return _parse((checkpoint / "offsets" / str(batch_id)).read_text().splitlines()[2])


def _initial(checkpoint: Path) -> Offsets:
    text = (checkpoint / "sources" / "0" / "0").read_text()
    return _parse(text[text.index("{") :])


def _parse(text: str) -> Offsets:
    ((_, partitions),) = json.loads(text).items()
    return {int(partition): int(offset) for partition, offset in partitions.items()}
